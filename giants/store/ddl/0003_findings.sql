-- Rolling: yes
-- Data-quality findings in force: what is odd in the facts and may want a person's eye (D-05).

CREATE TABLE findings_rows (
    epoch UInt32,
    finding_id String,
    code LowCardinality(String),
    severity LowCardinality(String),
    subject String,
    detail String,
    ref String,
    at DateTime64(3, 'UTC'),
    precedence UInt64,
    deleted UInt8
) ENGINE = ReplacingMergeTree(precedence, deleted)
PARTITION BY epoch
ORDER BY (epoch, finding_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE VIEW findings AS
SELECT finding_id, code, severity, subject, detail, ref, at
FROM findings_rows FINAL
WHERE epoch = (SELECT epoch FROM visible_epoch);
