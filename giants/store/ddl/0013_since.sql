-- Rolling: yes
-- Since when, said three ways: first designated, held without interruption, and the current term. Null in rows of
-- a release that did not tell them apart, until a rebuild.

ALTER TABLE companies_rows ADD COLUMN IF NOT EXISTS first_designated Nullable(Date32) AFTER since;
ALTER TABLE companies_rows ADD COLUMN IF NOT EXISTS held_since Nullable(Date32) AFTER first_designated;
ALTER TABLE companies_rows ADD COLUMN IF NOT EXISTS term_since Nullable(Date32) AFTER held_since;

CREATE OR REPLACE VIEW companies AS
SELECT company_id, name, name_en, names, names_en, status, sub_state, since, first_designated, held_since,
       term_since, next_review_year, authority, tier, batches, framework, designations, reviews, timeline,
       merged_from, uscc, reason, provisional, caveats, tags, links, search, body, updated_at
FROM companies_rows FINAL
WHERE epoch = (SELECT epoch FROM visible_epoch);

ALTER TABLE status_changes_rows ADD COLUMN IF NOT EXISTS first_designated Nullable(Date32) AFTER batches;
ALTER TABLE status_changes_rows ADD COLUMN IF NOT EXISTS held_since Nullable(Date32) AFTER first_designated;
ALTER TABLE status_changes_rows ADD COLUMN IF NOT EXISTS term_since Nullable(Date32) AFTER held_since;
ALTER TABLE status_changes_rows ADD COLUMN IF NOT EXISTS next_review_year Nullable(UInt16) AFTER term_since;

CREATE OR REPLACE VIEW status_changes AS
SELECT company_id, seq, id, kind, name, name_en, previous, current, effective_on, cause_kind, cause_ref, reason,
       stage, authority, batches, first_designated, held_since, term_since, next_review_year, merged_into, at,
       backfill, replayed, epoch, caveats, body
FROM status_changes_rows FINAL
WHERE epoch = (SELECT epoch FROM visible_epoch);
