-- Rolling: yes
-- Changes of a kind and a technology in the order of their instants: the latest of a technology that seldom
-- changes are found without reading what changed elsewhere. A projection is a part of its part: it is there
-- once the change is, goes with its epoch, and has to be filled by nobody.

ALTER TABLE feed_rows ADD PROJECTION IF NOT EXISTS by_technology (
    SELECT epoch, kind, technology, at, id, backfill, stored_at ORDER BY (epoch, kind, technology, at, id)
);

ALTER TABLE feed_rows MATERIALIZE PROJECTION by_technology;
