-- Rolling: yes
-- What a list of a technology shows of a rated pair, in short columns as well: of a page of a thousand
-- companies nothing is read of the technologies that their portfolios only touch.

ALTER TABLE exposures_rows
    ADD COLUMN IF NOT EXISTS rated_matching Array(UInt64)
        MATERIALIZED arrayFilter((m, b) -> b IS NOT NULL, matching, band),
    ADD COLUMN IF NOT EXISTS rated_alignment Array(Float64)
        MATERIALIZED arrayFilter((a, b) -> b IS NOT NULL, alignment, band),
    ADD COLUMN IF NOT EXISTS rated_profile Array(LowCardinality(String))
        MATERIALIZED arrayMap(p -> ifNull(p, ''), arrayFilter((p, b) -> b IS NOT NULL, profile, band));

ALTER TABLE exposures_rows
    MATERIALIZE COLUMN rated_matching, MATERIALIZE COLUMN rated_alignment, MATERIALIZE COLUMN rated_profile;
