-- Rolling: yes
-- Desks' own counterparties: lists in parts, deletions, judgements, matches, and runs of screening.

-- A part of a list is one row, so that of two contents of one part one wins as a whole.
CREATE TABLE portfolio_parts_rows (
    portfolio_id String,
    revision UInt64,
    part UInt16,
    parts UInt16,
    owner String,
    name Nullable(String),
    entries Array(Tuple(
        entry_id String, name String, place Nullable(String), uscc Nullable(String), former_names Array(String),
        name_en Nullable(String), website Nullable(String), note Nullable(String), reference Nullable(String)
    )) CODEC(ZSTD(3)),
    settings String,
    received_at DateTime64(3, 'UTC'),
    precedence UInt64
) ENGINE = ReplacingMergeTree(precedence)
ORDER BY (portfolio_id, revision, part)
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 128;

-- A deletion takes away whatever was received before it.
CREATE TABLE portfolio_deletions_rows (
    portfolio_id String,
    deleted_at DateTime64(3, 'UTC'),
    precedence UInt64
) ENGINE = ReplacingMergeTree(precedence)
ORDER BY portfolio_id
SETTINGS non_replicated_deduplication_window = 1000;

-- The highest revision whose parts are all there is in force.
CREATE VIEW counterparty_lists AS
SELECT portfolio_id, revision, any(p.owner) AS owner, any(p.name) AS name, any(p.parts) AS parts,
       sum(length(p.entries)) AS entries, argMin(p.settings, p.part) AS settings, max(p.received_at) AS received_at
FROM (SELECT * FROM portfolio_parts_rows FINAL) AS p
LEFT JOIN (SELECT portfolio_id, deleted_at FROM portfolio_deletions_rows FINAL) AS d USING (portfolio_id)
WHERE p.received_at > d.deleted_at
GROUP BY portfolio_id, revision
HAVING count() = max(p.parts) AND min(p.parts) = max(p.parts)
ORDER BY portfolio_id, revision DESC
LIMIT 1 BY portfolio_id;

CREATE VIEW counterparties AS
SELECT portfolio_id, revision, e.entry_id AS entry_id, e.name AS name, e.place AS place, e.uscc AS uscc,
       e.former_names AS former_names, e.name_en AS name_en, e.website AS website, e.note AS note,
       e.reference AS reference
FROM portfolio_parts_rows FINAL ARRAY JOIN entries AS e
WHERE (portfolio_id, revision) IN (SELECT portfolio_id, revision FROM counterparty_lists);

CREATE TABLE judgements_rows (
    portfolio_id String,
    judgement_id String,
    owner String,
    entry_id String,
    company_id String,
    verdict LowCardinality(String),
    `by` String,
    at DateTime64(3, 'UTC'),
    why Nullable(String),
    entry_name Nullable(String),
    company_name Nullable(String),
    body String CODEC(ZSTD(3)),
    received_at DateTime64(3, 'UTC'),
    precedence UInt64
) ENGINE = ReplacingMergeTree(precedence)
ORDER BY (portfolio_id, judgement_id)
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 1024;

CREATE VIEW judgements AS
SELECT portfolio_id, judgement_id, owner, entry_id, company_id, verdict, `by`, at, why, entry_name, company_name,
       body, received_at
FROM judgements_rows FINAL;

-- Like alerts, what was sent stays sent: matches belong to no epoch, and are part of a backup.
CREATE TABLE portfolio_matches_rows (
    portfolio_id String,
    entry_id String,
    company_id String,
    id String,
    owner String,
    entry_name String,
    name String,
    name_en Nullable(String),
    verdict LowCardinality(String),
    to_review Bool,
    score Float64,
    uscc Bool,
    query_name String,
    matched_name String,
    new_evidence Nullable(String),
    cause Nullable(String),
    at DateTime64(3, 'UTC'),
    body String CODEC(ZSTD(3)),
    precedence UInt64
) ENGINE = ReplacingMergeTree(precedence)
ORDER BY (portfolio_id, entry_id, company_id)
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 1024;

CREATE VIEW portfolio_matches AS
SELECT portfolio_id, entry_id, company_id, id, owner, entry_name, name, name_en, verdict, to_review, score, uscc,
       query_name, matched_name, new_evidence, cause, at, body
FROM portfolio_matches_rows FINAL;

CREATE TABLE screenings_rows (
    run_id String,
    part UInt32,
    origin LowCardinality(String),
    label Nullable(String),
    owner String,
    `by` String,
    at DateTime64(3, 'UTC'),
    names UInt32,
    matched UInt32,
    ambiguous UInt32,
    review UInt32,
    none UInt32,
    problems UInt32,
    body String CODEC(ZSTD(3)),
    received_at DateTime64(3, 'UTC'),
    precedence UInt64
) ENGINE = ReplacingMergeTree(precedence)
ORDER BY (run_id, part)
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 128;

CREATE VIEW screenings AS
SELECT run_id, part, origin, label, owner, `by`, at, names, matched, ambiguous, review, none, problems, body,
       received_at
FROM screenings_rows FINAL;
