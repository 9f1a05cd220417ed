-- Users of a ClickHouse server, each with what its process does and no more. Run once by an administrator, from a
-- client that puts the passwords in, after `CREATE DATABASE giants`; run again it changes nothing:
--
--   clickhouse-client --param_store=… --param_api=… --param_reader=… --multiquery < deploy/clickhouse/users.sql
--
-- Written for ClickHouse 24.8 and later. Another database than `giants` is put in here by name.

-- The store makes the tables, fills them, and drops the partitions of epochs that are over (ALTER DELETE).
CREATE ROLE IF NOT EXISTS giants_storing;
GRANT SELECT, INSERT, CREATE TABLE, CREATE VIEW, DROP VIEW, ALTER ADD COLUMN, ALTER MATERIALIZE COLUMN,
      ALTER ADD PROJECTION, ALTER MATERIALIZE PROJECTION, ALTER DELETE ON giants.* TO giants_storing;
GRANT SELECT ON system.tables TO giants_storing;
GRANT SELECT ON system.columns TO giants_storing;
GRANT SELECT ON system.parts TO giants_storing;
-- For tables on the replicas of a cluster alone; on one server these are not used.
GRANT SELECT ON system.clusters TO giants_storing;
GRANT SYSTEM SYNC REPLICA ON giants.* TO giants_storing;
GRANT CLUSTER ON *.* TO giants_storing;

-- The API reads. It writes through topics alone.
CREATE ROLE IF NOT EXISTS giants_reading SETTINGS readonly = 2, max_execution_time = 60, max_memory_usage = 4000000000;
GRANT SELECT ON giants.* TO giants_reading;
GRANT SELECT ON system.tables TO giants_reading;
GRANT SELECT ON system.columns TO giants_reading;

CREATE USER IF NOT EXISTS giants_store IDENTIFIED WITH sha256_password BY {store:String} DEFAULT ROLE giants_storing;
CREATE USER IF NOT EXISTS giants_api IDENTIFIED WITH sha256_password BY {api:String} DEFAULT ROLE giants_reading;
-- For people and dashboards.
CREATE USER IF NOT EXISTS giants_reader IDENTIFIED WITH sha256_password BY {reader:String} DEFAULT ROLE giants_reading;

GRANT giants_storing TO giants_store;
GRANT giants_reading TO giants_api;
GRANT giants_reading TO giants_reader;
