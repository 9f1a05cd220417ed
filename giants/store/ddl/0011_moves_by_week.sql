-- Rolling: no
-- Moves by week and technology, each with its cause: those of one technology lie together, and why a pair moved
-- is read with how far. Within a technology by company, which takes a third of the room that the order of time
-- takes; and as whole weeks are read, marks stand as far apart as ClickHouse puts them by itself. The order of a
-- table cannot be changed, so that these are a table of their own. The one before, `rating_moves_rows`, is left:
-- an API from before reads it until it is upgraded, and then nobody does.

CREATE TABLE moves_rows (
    epoch UInt32,
    at DateTime64(3, 'UTC'),
    company_id String,
    technology LowCardinality(String),
    seq UInt64,
    from_level UInt8,
    from_score Float64,
    to_level UInt8,
    to_score Float64,
    cause_kind LowCardinality(String),
    cause_ref String,
    backfill Bool
) ENGINE = ReplacingMergeTree
PARTITION BY epoch
ORDER BY (epoch, toMonday(at), technology, company_id, seq)
SETTINGS non_replicated_deduplication_window = 1000;

INSERT INTO moves_rows
SELECT epoch, at, company_id, technology, seq,
       indexOf(['very_weak', 'weak', 'moderate', 'strong', 'very_strong'], ifNull(previous_band, '')),
       ifNull(previous_score, 0),
       indexOf(['very_weak', 'weak', 'moderate', 'strong', 'very_strong'], ifNull(current_band, '')),
       ifNull(current_score, 0), cause_kind, cause_ref, backfill
FROM rating_changes_rows;
