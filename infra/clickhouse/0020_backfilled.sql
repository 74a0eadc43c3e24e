-- By which backfill usage came: an adjustment of it says so.
ALTER TABLE measurements
    ADD COLUMN IF NOT EXISTS backfill LowCardinality(String) DEFAULT '' COMMENT 'The backfill that the event came by; empty: by the usual way';

ALTER TABLE rollups
    ADD COLUMN IF NOT EXISTS backfill LowCardinality(String) DEFAULT '' COMMENT 'The backfill that its events came by, rows of their own; empty: by the usual way';

-- check: SELECT count() = 2 FROM system.columns WHERE database = currentDatabase() AND table IN ('measurements', 'rollups') AND name = 'backfill'
