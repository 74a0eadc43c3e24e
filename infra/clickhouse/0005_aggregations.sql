-- What a meter needs whose values do not add up: rows say how they merge, so that every part, cut and slot can be put together.
ALTER TABLE measurements
    ADD COLUMN IF NOT EXISTS merging Enum8('sum' = 0, 'max' = 1, 'min' = 2, 'latest' = 3, 'unique' = 4, 'average' = 5) DEFAULT 'sum' COMMENT 'How quantities of the meter merge; a count is a sum of ones',
    ADD COLUMN IF NOT EXISTS value String DEFAULT '' COMMENT 'unique: the value itself; else empty',
    ADD COLUMN IF NOT EXISTS latest_time DateTime64(6, 'UTC') DEFAULT 0 COMMENT 'latest: the event''s time; else 1970-01-01';

ALTER TABLE rollups
    ADD COLUMN IF NOT EXISTS merging Enum8('sum' = 0, 'max' = 1, 'min' = 2, 'latest' = 3, 'unique' = 4, 'average' = 5) DEFAULT 'sum' COMMENT 'How rows of the meter merge; a count is a sum of ones',
    ADD COLUMN IF NOT EXISTS value String DEFAULT '' COMMENT 'unique: a row for each distinct value, and this is it; else empty',
    ADD COLUMN IF NOT EXISTS latest_time DateTime64(6, 'UTC') DEFAULT 0 COMMENT 'latest: time of the event whose value quantity is; else 1970-01-01',
    ADD COLUMN IF NOT EXISTS latest_offset UInt64 DEFAULT 0 COMMENT 'latest: its raw_offset; with log_partition it breaks ties of time';

ALTER TABLE rollups
    MODIFY COLUMN quantity COMMENT 'sum, average: the total (an average is sum(quantity) / sum(count)); max, min: the extreme; latest: the latest value; unique: 1',
    MODIFY COLUMN count COMMENT 'Measurements in it';

-- Live totals are of what adds up: of all other meters they hold the count alone.
ALTER TABLE usage_live_feed MODIFY QUERY
SELECT
    cut,
    log_partition,
    tenant,
    customer,
    meter,
    slot,
    sumIf(CAST(measurements.quantity, 'Decimal(76, 12)'), merging IN ('sum', 'average')) AS quantity,
    count() AS count
FROM measurements
GROUP BY cut, log_partition, tenant, customer, meter, slot;

ALTER TABLE usage_live
    MODIFY COLUMN quantity COMMENT 'sum: sum(quantity); average: sum(quantity) / sum(count); of other meters 0: see usage_live_readings',
    MODIFY COLUMN count COMMENT 'Measurements: sum(count)';

-- Live numbers of the meters that do not add up; like usage_live for looking at, never for billing.
CREATE TABLE IF NOT EXISTS usage_live_readings
(
    cut UInt32,
    log_partition UInt16,
    tenant LowCardinality(String),
    customer String,
    meter LowCardinality(String),
    slot DateTime('UTC'),
    merging Enum8('sum' = 0, 'max' = 1, 'min' = 2, 'latest' = 3, 'unique' = 4, 'average' = 5) COMMENT 'How the meter merges, and so which column to read',
    highest SimpleAggregateFunction(max, Decimal(38, 12)) COMMENT 'max: max(highest)',
    lowest SimpleAggregateFunction(min, Decimal(38, 12)) COMMENT 'min: min(lowest)',
    latest AggregateFunction(argMax, Decimal(38, 12), Tuple(DateTime64(6, 'UTC'), UInt16, UInt64)) COMMENT 'latest: argMaxMerge(latest)',
    unique_values AggregateFunction(uniqExact, String) COMMENT 'unique: uniqExactMerge(unique_values)',
    INDEX by_slot slot TYPE minmax GRANULARITY 1
)
ENGINE = AggregatingMergeTree
PARTITION BY (intDiv(cut, 168), log_partition)
ORDER BY (cut, log_partition, tenant, meter, customer, slot, merging)
SETTINGS non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW IF NOT EXISTS usage_live_readings_feed TO usage_live_readings AS
SELECT
    cut,
    log_partition,
    tenant,
    customer,
    meter,
    slot,
    merging,
    max(quantity) AS highest,
    min(quantity) AS lowest,
    argMaxState(quantity, (latest_time, log_partition, raw_offset)) AS latest,
    uniqExactState(value) AS unique_values
FROM measurements
WHERE merging IN ('max', 'min', 'latest', 'unique')
GROUP BY cut, log_partition, tenant, customer, meter, slot, merging;

-- check: SELECT countIf(table IN ('measurements', 'rollups') AND name IN ('merging', 'value', 'latest_time', 'latest_offset')) = 7 AND countIf(table = 'usage_live_readings') = 11 AND countIf(table = 'usage_live_readings_feed') = 11 AND (SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'usage_live_feed' AND as_select LIKE '%merging%') = 1 FROM system.columns WHERE database = currentDatabase()
