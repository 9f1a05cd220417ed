-- Rolling: yes
-- Which alerts are one piece of news; empty in alerts from before, each of which stands alone.
ALTER TABLE alerts_rows ADD COLUMN IF NOT EXISTS group_id String DEFAULT '' AFTER id;

CREATE OR REPLACE VIEW alerts AS
SELECT id, watchlist_id, owner, kind, company_id, name, name_en, technology, text, link, at, caveats, body,
       group_id
FROM alerts_rows FINAL;
