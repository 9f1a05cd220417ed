-- Rolling: yes
-- Of each rated technology what its rating would be by other choices, as JSON; empty below the floor, and in rows of
-- a release that did not compute it.

ALTER TABLE exposures_rows
    ADD COLUMN IF NOT EXISTS sensitivity Array(String) DEFAULT arrayMap(t -> '', technology) AFTER profile;

CREATE OR REPLACE VIEW portfolios AS
SELECT company_id, families, classified, instances, confidence, taxonomy, taxonomy_version, methodology, technology,
       matching, alignment, score, band, profile, sensitivity, caveats, updated_at
FROM exposures_rows FINAL
WHERE epoch = (SELECT epoch FROM visible_epoch);

CREATE OR REPLACE VIEW exposures AS
SELECT company_id, t AS technology, families, classified, instances, m AS matching, a AS alignment, confidence,
       s AS score, b AS band, p AS profile,
       JSONExtract(v, 'without_indexing', 'score', 'Nullable(Float64)') AS score_without_indexing,
       JSONExtract(v, 'without_indexing', 'band', 'Nullable(String)') AS band_without_indexing,
       JSONExtract(v, 'without_children', 'score', 'Nullable(Float64)') AS score_without_children,
       JSONExtract(v, 'without_children', 'band', 'Nullable(String)') AS band_without_children,
       JSONExtract(v, 'limits_lower', 'Nullable(String)') AS band_at_lower_limits,
       JSONExtract(v, 'limits_higher', 'Nullable(String)') AS band_at_higher_limits,
       taxonomy, taxonomy_version, methodology, updated_at
FROM exposures_rows FINAL
ARRAY JOIN technology AS t, matching AS m, alignment AS a, score AS s, band AS b, profile AS p, sensitivity AS v
WHERE epoch = (SELECT epoch FROM visible_epoch);
