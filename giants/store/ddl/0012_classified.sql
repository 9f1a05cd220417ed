-- Rolling: yes
-- Families with at least one CPC symbol, which confidence counts by `exposure-2`, beside all families; null in rows
-- of a release that did not count them, until a rebuild.

ALTER TABLE exposures_rows ADD COLUMN IF NOT EXISTS classified Nullable(UInt64) AFTER families;

ALTER TABLE rating_changes_rows ADD COLUMN IF NOT EXISTS classified Nullable(UInt64) AFTER families;

CREATE OR REPLACE VIEW portfolios AS
SELECT company_id, families, classified, instances, confidence, taxonomy, taxonomy_version, methodology, technology,
       matching, alignment, score, band, profile, caveats, updated_at
FROM exposures_rows FINAL
WHERE epoch = (SELECT epoch FROM visible_epoch);

CREATE OR REPLACE VIEW exposures AS
SELECT company_id, t AS technology, families, classified, instances, m AS matching, a AS alignment, confidence,
       s AS score, b AS band, p AS profile, taxonomy, taxonomy_version, methodology, updated_at
FROM exposures_rows FINAL
ARRAY JOIN technology AS t, matching AS m, alignment AS a, score AS s, band AS b, profile AS p
WHERE epoch = (SELECT epoch FROM visible_epoch);

CREATE OR REPLACE VIEW rating_changes AS
SELECT company_id, technology, seq, id, previous_band, previous_profile, previous_score, current_band,
       current_profile, current_score, cause_kind, cause_ref, families, classified, instances, matching, taxonomy,
       taxonomy_version, methodology, at, backfill, replayed, epoch, caveats
FROM rating_changes_rows FINAL
WHERE epoch = (SELECT epoch FROM visible_epoch);
