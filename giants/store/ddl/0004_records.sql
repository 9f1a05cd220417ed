-- Rolling: yes
-- What analysts add to companies: tags with their evidence, links to records of others.

ALTER TABLE companies_rows ADD COLUMN IF NOT EXISTS
    tags Array(Tuple(record_id String, ref String, category LowCardinality(String), evidence String,
                     url Nullable(String), author String, `on` Date32)) AFTER caveats;

ALTER TABLE companies_rows ADD COLUMN IF NOT EXISTS
    links Array(Tuple(record_id String, ref String, record LowCardinality(String), title String, url String,
                      source Tuple(class String, publisher Nullable(String), url Nullable(String),
                                   title Nullable(String)),
                      `on` Date32)) AFTER tags;

CREATE OR REPLACE VIEW companies AS
SELECT company_id, name, name_en, names, names_en, status, sub_state, since, next_review_year, authority, tier,
       batches, framework, designations, reviews, timeline, merged_from, uscc, reason, provisional, caveats,
       tags, links, search, body, updated_at
FROM companies_rows FINAL
WHERE epoch = (SELECT epoch FROM visible_epoch);

CREATE VIEW company_tags AS
SELECT company_id, t.category AS category, t.evidence AS evidence, t.url AS url, t.author AS author,
       t.`on` AS set_on, t.record_id AS record_id, t.ref AS ref
FROM companies_rows FINAL ARRAY JOIN tags AS t
WHERE epoch = (SELECT epoch FROM visible_epoch);

CREATE VIEW company_links AS
SELECT company_id, l.record AS record, l.title AS title, l.url AS url, l.source.class AS source_class,
       l.source.publisher AS publisher, l.`on` AS published_on, l.record_id AS record_id, l.ref AS ref
FROM companies_rows FINAL ARRAY JOIN links AS l
WHERE epoch = (SELECT epoch FROM visible_epoch);
