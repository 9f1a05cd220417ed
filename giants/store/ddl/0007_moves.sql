-- Rolling: no
-- Rating changes once more, in the order of time and without what a reader of one company wants: what moved in
-- a period is found by reading that period alone. Levels are those of the bands, 0 stands for unrated.

CREATE TABLE rating_moves_rows (
    epoch UInt32,
    at DateTime64(3, 'UTC'),
    company_id String,
    technology LowCardinality(String),
    seq UInt64,
    from_level UInt8,
    from_score Float64,
    to_level UInt8,
    to_score Float64,
    backfill Bool
) ENGINE = ReplacingMergeTree
PARTITION BY epoch
ORDER BY (epoch, at, company_id, technology, seq)
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 1024;

INSERT INTO rating_moves_rows
SELECT epoch, at, company_id, technology, seq,
       indexOf(['very_weak', 'weak', 'moderate', 'strong', 'very_strong'], ifNull(previous_band, '')),
       ifNull(previous_score, 0),
       indexOf(['very_weak', 'weak', 'moderate', 'strong', 'very_strong'], ifNull(current_band, '')),
       ifNull(current_score, 0), backfill
FROM rating_changes_rows;
