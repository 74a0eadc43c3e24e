-- Slots may be quarters of an hour: the meter says which.
ALTER TABLE measurements MODIFY COLUMN slot COMMENT 'Start of the UTC hour, or of the quarter of one where the meter says so, that holds the event''s time';

ALTER TABLE rollups MODIFY COLUMN slot COMMENT 'Start of a UTC hour, or of the quarter of one where the meter says so';

-- check: SELECT count() = 2 FROM system.columns WHERE database = currentDatabase() AND table IN ('measurements', 'rollups') AND name = 'slot' AND comment LIKE '%quarter%'
