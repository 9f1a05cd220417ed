-- Rolling: yes
-- What came in: the journal of accepted facts, and what follows from single facts.
-- Written for ClickHouse 24.8 and later, and for chDB, its embedded form.
-- Rows that were inserted twice are one row in the views, whatever was replayed.

-- One row for a fact however often it was ingested. Of equal facts the first that arrived counts; of equal
-- watchlists the last, since a watchlist may be changed back to what it was: the writer chooses `precedence`.
CREATE TABLE facts_rows (
    topic LowCardinality(String),
    identity String,
    digest FixedString(32),
    key String,
    value String CODEC(ZSTD(3)),
    tombstone Bool,
    `partition` UInt32,
    `offset` UInt64,
    received_at DateTime64(3, 'UTC'),
    precedence UInt64
) ENGINE = ReplacingMergeTree(precedence)
ORDER BY (topic, identity, digest)
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 1024;

CREATE VIEW facts AS
SELECT topic, identity, lower(hex(digest)) AS digest, key, value, tombstone, `partition`, `offset`, received_at
FROM facts_rows FINAL;

CREATE TABLE families_rows (
    family_id String,
    version UInt64,
    assignees Array(String),
    cpc Array(LowCardinality(String)),
    filed_on Nullable(Date32),
    publications Array(String),
    withdrawn Bool,
    backfill Bool,
    received_at DateTime64(3, 'UTC'),
    precedence UInt128
) ENGINE = ReplacingMergeTree(precedence)
ORDER BY family_id
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 1024;

CREATE VIEW families AS
SELECT family_id, version, assignees, cpc, filed_on, publications, withdrawn, backfill, received_at
FROM families_rows FINAL;

-- A taxonomy version is one row, so that of two contents of one version one wins as a whole.
CREATE TABLE taxonomies_rows (
    taxonomy LowCardinality(String),
    taxonomy_version UInt64,
    technologies Array(Tuple(id String, name String, category String, cpc Array(String))),
    effective_on Nullable(Date32),
    note Nullable(String),
    body String CODEC(ZSTD(3)),
    received_at DateTime64(3, 'UTC'),
    precedence UInt64
) ENGINE = ReplacingMergeTree(precedence)
ORDER BY (taxonomy, taxonomy_version)
SETTINGS non_replicated_deduplication_window = 1000;

-- The highest version of each taxonomy is in force.
CREATE VIEW taxonomies AS
SELECT taxonomy, taxonomy_version, technologies, effective_on, note, body, received_at
FROM taxonomies_rows FINAL
WHERE (taxonomy, taxonomy_version) IN (
    SELECT taxonomy, max(taxonomy_version) FROM taxonomies_rows GROUP BY taxonomy
);

CREATE VIEW technologies AS
SELECT taxonomy, taxonomy_version, t.id AS technology, t.name AS name, t.category AS category, t.cpc AS cpc,
       listed_as, effective_on
FROM taxonomies ARRAY JOIN technologies AS t, arrayEnumerate(technologies) AS listed_as;

CREATE TABLE watchlists_rows (
    watchlist_id String,
    owner String,
    name Nullable(String),
    body String CODEC(ZSTD(3)),
    received_at DateTime64(3, 'UTC'),
    precedence UInt64,
    deleted UInt8
) ENGINE = ReplacingMergeTree(precedence, deleted)
ORDER BY watchlist_id
SETTINGS non_replicated_deduplication_window = 1000;

CREATE VIEW watchlists AS
SELECT watchlist_id, owner, name, body, received_at FROM watchlists_rows FINAL;

CREATE TABLE dead_letters_rows (
    topic String,
    `partition` Int64,
    `offset` Int64,
    digest FixedString(32),
    key String,
    value String CODEC(ZSTD(3)),
    reason String,
    headers Map(String, String),
    received_at DateTime64(3, 'UTC'),
    precedence UInt64
) ENGINE = ReplacingMergeTree(precedence)
ORDER BY (topic, `partition`, `offset`, digest)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE VIEW dead_letters AS
SELECT topic, `partition`, `offset`, lower(hex(digest)) AS digest, key, value, reason, headers, received_at
FROM dead_letters_rows FINAL;

-- Records that the store itself could not read, with their coordinates.
CREATE TABLE store_rejects_rows (
    topic String,
    `partition` UInt32,
    `offset` UInt64,
    key String,
    value String CODEC(ZSTD(3)),
    reason String,
    received_at DateTime64(3, 'UTC'),
    precedence UInt64
) ENGINE = ReplacingMergeTree(precedence)
ORDER BY (topic, `partition`, `offset`)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE VIEW store_rejects AS
SELECT topic, `partition`, `offset`, key, value, reason, received_at FROM store_rejects_rows FINAL;
