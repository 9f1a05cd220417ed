-- Rolling: yes
-- What went out: snapshots and changes. Every row carries its epoch: a rebuild from the journal is a new one,
-- and the views show the newest epoch that is complete. An epoch is a partition, so that an old one is
-- dropped at once.

CREATE TABLE epochs_rows (
    epoch UInt32,
    started_at DateTime64(3, 'UTC'),
    complete_at Nullable(DateTime64(3, 'UTC')),
    precedence UInt64
) ENGINE = ReplacingMergeTree(precedence)
ORDER BY epoch;

CREATE VIEW epochs AS SELECT epoch, started_at, complete_at FROM epochs_rows FINAL;

CREATE VIEW visible_epoch AS SELECT max(epoch) AS epoch FROM epochs_rows WHERE complete_at IS NOT NULL;

CREATE TABLE companies_rows (
    epoch UInt32,
    company_id String,
    name String,
    name_en Nullable(String),
    names Array(Tuple(name String, cause LowCardinality(String), ref String, since Nullable(Date32))),
    names_en Array(String),
    status LowCardinality(String),
    sub_state LowCardinality(String),
    since Date32,
    next_review_year Nullable(UInt16),
    authority LowCardinality(Nullable(String)),
    tier LowCardinality(Nullable(String)),
    batches Array(UInt8),
    framework LowCardinality(Nullable(String)),
    designations Array(Tuple(batch UInt8, stage LowCardinality(String), authority Nullable(String), `on` Date32,
                             ref String, confirmed Nullable(Bool))),
    reviews Array(Tuple(review_year UInt16, outcome LowCardinality(String), authority Nullable(String),
                        `on` Nullable(Date32), ref Nullable(String), reason Nullable(String))),
    timeline Array(Tuple(since Date32, status LowCardinality(String), sub_state LowCardinality(String),
                         cause_kind LowCardinality(String), cause_ref String, reason Nullable(String))),
    merged_from Array(String),
    uscc Nullable(String),
    reason Nullable(String),
    provisional Bool,
    caveats Array(LowCardinality(String)),
    search String CODEC(ZSTD(1)),
    body String CODEC(ZSTD(3)),
    updated_at DateTime64(3, 'UTC'),
    precedence UInt64,
    deleted UInt8
) ENGINE = ReplacingMergeTree(precedence, deleted)
PARTITION BY epoch
ORDER BY (epoch, company_id)
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 128;

CREATE VIEW companies AS
SELECT company_id, name, name_en, names, names_en, status, sub_state, since, next_review_year, authority, tier,
       batches, framework, designations, reviews, timeline, merged_from, uscc, reason, provisional, caveats,
       search, body, updated_at
FROM companies_rows FINAL
WHERE epoch = (SELECT epoch FROM visible_epoch);

CREATE VIEW company_names AS
SELECT company_id, n.name AS name, n.cause AS cause, n.ref AS ref, n.since AS since
FROM companies_rows FINAL ARRAY JOIN names AS n
WHERE epoch = (SELECT epoch FROM visible_epoch);

CREATE VIEW designations AS
SELECT company_id, d.batch AS batch, d.stage AS stage, d.authority AS authority, d.`on` AS designated_on,
       d.ref AS ref, d.confirmed AS confirmed
FROM companies_rows FINAL ARRAY JOIN designations AS d
WHERE epoch = (SELECT epoch FROM visible_epoch);

CREATE VIEW reviews AS
SELECT company_id, r.review_year AS review_year, r.outcome AS outcome, r.authority AS authority,
       r.`on` AS published_on, r.ref AS ref, r.reason AS reason
FROM companies_rows FINAL ARRAY JOIN reviews AS r
WHERE epoch = (SELECT epoch FROM visible_epoch);

-- Of a change that was sent again the first copy counts: who follows the feed has seen that one.
CREATE TABLE status_changes_rows (
    epoch UInt32,
    company_id String,
    seq UInt64,
    id String,
    kind LowCardinality(String),
    name String,
    name_en Nullable(String),
    previous Array(Tuple(status String, tier Nullable(String), name String)),
    current Array(Tuple(status String, tier Nullable(String), name String)),
    effective_on Date32,
    cause_kind LowCardinality(String),
    cause_ref String,
    reason Nullable(String),
    stage LowCardinality(Nullable(String)),
    authority LowCardinality(Nullable(String)),
    batches Array(UInt8),
    merged_into Nullable(String),
    at DateTime64(3, 'UTC'),
    backfill Bool,
    replayed Bool,
    caveats Array(LowCardinality(String)),
    body String CODEC(ZSTD(3)),
    precedence UInt64
) ENGINE = ReplacingMergeTree(precedence)
PARTITION BY epoch
ORDER BY (epoch, company_id, seq)
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 1024;

CREATE VIEW status_changes AS
SELECT company_id, seq, id, kind, name, name_en, previous, current, effective_on, cause_kind, cause_ref, reason,
       stage, authority, batches, merged_into, at, backfill, replayed, epoch, caveats, body
FROM status_changes_rows FINAL
WHERE epoch = (SELECT epoch FROM visible_epoch);

-- The technologies of one company are one row, so that a snapshot replaces the one before it as a whole.
CREATE TABLE exposures_rows (
    epoch UInt32,
    company_id String,
    families UInt64,
    instances UInt64,
    confidence Float64,
    taxonomy LowCardinality(String),
    taxonomy_version UInt64,
    methodology LowCardinality(String),
    technology Array(LowCardinality(String)),
    matching Array(UInt64),
    alignment Array(Float64),
    score Array(Nullable(Float64)),
    band Array(LowCardinality(Nullable(String))),
    profile Array(LowCardinality(Nullable(String))),
    caveats Array(LowCardinality(String)),
    updated_at DateTime64(3, 'UTC'),
    precedence UInt64,
    deleted UInt8
) ENGINE = ReplacingMergeTree(precedence, deleted)
PARTITION BY epoch
ORDER BY (epoch, company_id)
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 64;

CREATE VIEW portfolios AS
SELECT company_id, families, instances, confidence, taxonomy, taxonomy_version, methodology, technology, matching,
       alignment, score, band, profile, caveats, updated_at
FROM exposures_rows FINAL
WHERE epoch = (SELECT epoch FROM visible_epoch);

CREATE VIEW exposures AS
SELECT company_id, t AS technology, families, instances, m AS matching, a AS alignment, confidence, s AS score,
       b AS band, p AS profile, taxonomy, taxonomy_version, methodology, updated_at
FROM exposures_rows FINAL
ARRAY JOIN technology AS t, matching AS m, alignment AS a, score AS s, band AS b, profile AS p
WHERE epoch = (SELECT epoch FROM visible_epoch);

CREATE TABLE rating_changes_rows (
    epoch UInt32,
    company_id String,
    technology LowCardinality(String),
    seq UInt64,
    id String,
    previous_band LowCardinality(Nullable(String)),
    previous_profile LowCardinality(Nullable(String)),
    previous_score Nullable(Float64),
    current_band LowCardinality(Nullable(String)),
    current_profile LowCardinality(Nullable(String)),
    current_score Nullable(Float64),
    cause_kind LowCardinality(String),
    cause_ref String,
    families UInt64,
    instances UInt64,
    matching UInt64,
    taxonomy LowCardinality(String),
    taxonomy_version UInt64,
    methodology LowCardinality(String),
    at DateTime64(3, 'UTC'),
    backfill Bool,
    replayed Bool,
    caveats Array(LowCardinality(String)),
    precedence UInt64
) ENGINE = ReplacingMergeTree(precedence)
PARTITION BY epoch
ORDER BY (epoch, company_id, technology, seq)
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 1024;

CREATE VIEW rating_changes AS
SELECT company_id, technology, seq, id, previous_band, previous_profile, previous_score, current_band,
       current_profile, current_score, cause_kind, cause_ref, families, instances, matching, taxonomy,
       taxonomy_version, methodology, at, backfill, replayed, epoch, caveats
FROM rating_changes_rows FINAL
WHERE epoch = (SELECT epoch FROM visible_epoch);

-- Every change in the order in which it was stored, with its bytes: what `changes` and the event stream read.
-- Within one partition `stored_at` never goes back, so that a reader who keeps the last offset of each
-- partition misses nothing.
CREATE TABLE feed_rows (
    epoch UInt32,
    stored_at DateTime64(6, 'UTC'),
    topic LowCardinality(String),
    `partition` UInt32,
    `offset` UInt64,
    id String,
    kind LowCardinality(String),
    company_id String,
    technology LowCardinality(String),
    authority LowCardinality(Nullable(String)),
    batches Array(UInt8),
    at DateTime64(3, 'UTC'),
    backfill Bool,
    replayed Bool,
    body String CODEC(ZSTD(3)),
    INDEX at_range at TYPE minmax GRANULARITY 1,
    INDEX companies company_id TYPE bloom_filter GRANULARITY 1,
    INDEX technologies technology TYPE set(100) GRANULARITY 1,
    INDEX kinds kind TYPE set(20) GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY epoch
ORDER BY (epoch, stored_at, topic, `partition`, `offset`)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 1024;

-- An alert that was sent stays sent: a rebuild alerts nobody again, so alerts belong to no epoch.
CREATE TABLE alerts_rows (
    watchlist_id String,
    id String,
    owner String,
    kind LowCardinality(String),
    company_id String,
    name String,
    name_en Nullable(String),
    technology LowCardinality(Nullable(String)),
    text String,
    link String,
    at DateTime64(3, 'UTC'),
    caveats Array(LowCardinality(String)),
    body String CODEC(ZSTD(3)),
    precedence UInt64
) ENGINE = ReplacingMergeTree(precedence)
ORDER BY (watchlist_id, id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE VIEW alerts AS
SELECT id, watchlist_id, owner, kind, company_id, name, name_en, technology, text, link, at, caveats, body
FROM alerts_rows FINAL;

-- The symbols that each family brings into the portfolio of each company: what an explanation is made from.
CREATE TABLE portfolio_rows (
    epoch UInt32,
    company_id String,
    family_id String,
    version UInt64,
    symbols Array(LowCardinality(String)),
    updated_at DateTime64(3, 'UTC'),
    precedence UInt64,
    deleted UInt8
) ENGINE = ReplacingMergeTree(precedence, deleted)
PARTITION BY epoch
ORDER BY (epoch, company_id, family_id)
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 1024;

CREATE VIEW portfolio AS
SELECT company_id, family_id, version, symbols, updated_at
FROM portfolio_rows FINAL
WHERE epoch = (SELECT epoch FROM visible_epoch);
