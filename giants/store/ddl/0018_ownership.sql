-- Rolling: yes
-- What sources name companies as: parent, subsidiary or affiliate of another one, each with its source.

ALTER TABLE companies_rows ADD COLUMN IF NOT EXISTS
    ownership Array(Tuple(record_id String, ref String, role LowCardinality(String), other String,
                          other_id Nullable(String), share_percent Nullable(Float64), title Nullable(String),
                          url String,
                          source Tuple(class String, publisher Nullable(String), url Nullable(String),
                                       title Nullable(String)),
                          `on` Date32)) AFTER links;

CREATE OR REPLACE VIEW companies AS
SELECT company_id, name, name_en, names, names_en, status, sub_state, since, first_designated, held_since,
       term_since, next_review_year, authority, tier, batches, framework, designations, reviews, timeline,
       merged_from, uscc, reason, provisional, caveats, tags, links, ownership, search, body, updated_at
FROM companies_rows FINAL
WHERE epoch = (SELECT epoch FROM visible_epoch);

CREATE OR REPLACE VIEW company_ownership AS
SELECT company_id, o.role AS role, o.other AS other, o.other_id AS other_id, o.share_percent AS share_percent,
       o.title AS title, o.url AS url, o.source.class AS source_class, o.source.publisher AS publisher,
       o.`on` AS published_on, o.record_id AS record_id, o.ref AS ref
FROM companies_rows FINAL ARRAY JOIN ownership AS o
WHERE epoch = (SELECT epoch FROM visible_epoch);
