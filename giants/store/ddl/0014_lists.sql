-- Rolling: yes
-- Lists as lists: the latest summary of each, and its news.

CREATE TABLE lists_rows (
    epoch UInt32,
    list_id String,
    revision UInt64,
    kind LowCardinality(String),
    batch Nullable(UInt8),
    review_year Nullable(UInt16),
    stage LowCardinality(String),
    authority LowCardinality(Nullable(String)),
    published_on Date32,
    source Tuple(class String, publisher Nullable(String), url Nullable(String), title Nullable(String)),
    complete Bool,
    proves_absence Bool,
    doubt Nullable(String),
    expected_count Nullable(UInt32),
    unread_rows UInt32,
    names UInt32,
    total Nullable(UInt32),
    confirms Nullable(String),
    counts Tuple(new UInt32, again UInt32, withdrawn UInt32, passed UInt32, failed UInt32, absent UInt32,
                 absent_after_elevation UInt32, struck_out UInt32, revoked UInt32, elevated UInt32,
                 unknown UInt32),
    came Array(String),
    passed Array(String),
    left Array(String),
    body String CODEC(ZSTD(3)),
    updated_at DateTime64(3, 'UTC'),
    precedence UInt64,
    deleted UInt8
) ENGINE = ReplacingMergeTree(precedence, deleted)
PARTITION BY epoch
ORDER BY (epoch, list_id)
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 128;

CREATE VIEW lists AS
SELECT list_id, revision, kind, batch, review_year, stage, authority, published_on, source, complete,
       proves_absence, doubt, expected_count, unread_rows, names, total, confirms, counts, came, passed, left,
       body, updated_at
FROM lists_rows FINAL
WHERE epoch = (SELECT epoch FROM visible_epoch);

CREATE TABLE list_changes_rows (
    epoch UInt32,
    list_id String,
    seq UInt64,
    id String,
    kind LowCardinality(String),
    previous Nullable(String),
    added UInt32,
    dropped UInt32,
    text String,
    effective_on Date32,
    cause_kind LowCardinality(String),
    cause_ref String,
    at DateTime64(3, 'UTC'),
    backfill Bool,
    replayed Bool,
    body String CODEC(ZSTD(3)),
    precedence UInt64
) ENGINE = ReplacingMergeTree(precedence)
PARTITION BY epoch
ORDER BY (epoch, list_id, seq)
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 1024;

CREATE VIEW list_changes AS
SELECT list_id, seq, id, kind, previous, added, dropped, text, effective_on, cause_kind, cause_ref, at, backfill,
       replayed, epoch, body
FROM list_changes_rows FINAL
WHERE epoch = (SELECT epoch FROM visible_epoch);
