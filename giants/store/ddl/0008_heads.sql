-- Rolling: yes
-- Where each partition of the feed ends, kept with every part: what a reader who goes on has to know is found
-- without reading the changes.

ALTER TABLE feed_rows ADD PROJECTION IF NOT EXISTS heads (
    SELECT epoch, topic, `partition`, max(`offset`), max(stored_at) GROUP BY epoch, topic, `partition`
);

ALTER TABLE feed_rows MATERIALIZE PROJECTION heads;
