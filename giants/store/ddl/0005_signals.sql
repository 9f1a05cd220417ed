-- Rolling: yes
-- Trajectory signals: those in force, one row a company, so that a snapshot replaces the one before it as a
-- whole; and the chains of their changes, of which the first copy counts.

CREATE TABLE signals_rows (
    epoch UInt32,
    company_id String,
    signal Array(LowCardinality(String)),
    technology Array(LowCardinality(String)),
    evidence Array(String),
    text Array(String),
    methodology LowCardinality(String),
    caveats Array(LowCardinality(String)),
    updated_at DateTime64(3, 'UTC'),
    precedence UInt64,
    deleted UInt8
) ENGINE = ReplacingMergeTree(precedence, deleted)
PARTITION BY epoch
ORDER BY (epoch, company_id)
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 256;

CREATE VIEW signals AS
SELECT company_id, s AS signal, t AS technology, e AS evidence, x AS text, methodology, updated_at
FROM signals_rows FINAL
ARRAY JOIN signal AS s, technology AS t, evidence AS e, text AS x
WHERE epoch = (SELECT epoch FROM visible_epoch);

CREATE TABLE signal_changes_rows (
    epoch UInt32,
    company_id String,
    signal LowCardinality(String),
    technology LowCardinality(String),
    seq UInt64,
    id String,
    kind LowCardinality(String),
    text String,
    cause_kind LowCardinality(String),
    cause_ref String,
    at DateTime64(3, 'UTC'),
    backfill Bool,
    replayed Bool,
    body String CODEC(ZSTD(3)),
    precedence UInt64
) ENGINE = ReplacingMergeTree(precedence)
PARTITION BY epoch
ORDER BY (epoch, company_id, signal, technology, seq)
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 1024;

CREATE VIEW signal_changes AS
SELECT company_id, signal, technology, seq, id, kind, text, cause_kind, cause_ref, at, backfill, replayed, epoch,
       body
FROM signal_changes_rows FINAL
WHERE epoch = (SELECT epoch FROM visible_epoch);
