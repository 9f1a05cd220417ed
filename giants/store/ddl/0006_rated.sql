-- Rolling: yes
-- Of each portfolio the rated technologies alone, in short columns: lists of a technology and filters by band
-- read these instead of every technology that a family touches.
-- Levels are those of the bands, from 1 for the weakest; 0 stands for a band that this version does not know.

ALTER TABLE exposures_rows
    ADD COLUMN IF NOT EXISTS rated Array(LowCardinality(String))
        MATERIALIZED arrayFilter((t, b) -> b IS NOT NULL, technology, band),
    ADD COLUMN IF NOT EXISTS rated_score Array(Float64)
        MATERIALIZED arrayMap(s -> ifNull(s, 0), arrayFilter((s, b) -> b IS NOT NULL, score, band)),
    ADD COLUMN IF NOT EXISTS rated_level Array(UInt8)
        MATERIALIZED arrayMap(b -> toUInt8(indexOf(['very_weak', 'weak', 'moderate', 'strong', 'very_strong'],
                                                   toString(ifNull(b, '')))),
                              arrayFilter(b -> b IS NOT NULL, band)),
    ADD COLUMN IF NOT EXISTS best UInt8
        MATERIALIZED arrayMax(arrayConcat([0], rated_level));

-- Rows from before would have them computed whenever they are read.
ALTER TABLE exposures_rows
    MATERIALIZE COLUMN rated, MATERIALIZE COLUMN rated_score, MATERIALIZE COLUMN rated_level,
    MATERIALIZE COLUMN best;

CREATE VIEW rated_portfolios AS
SELECT company_id, families, instances, rated, rated_score, rated_level, best
FROM exposures_rows FINAL
WHERE epoch = (SELECT epoch FROM visible_epoch);
