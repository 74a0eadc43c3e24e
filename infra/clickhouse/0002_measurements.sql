-- Events as seen by their meters: one row per event and meter.
CREATE TABLE IF NOT EXISTS measurements
(
    cut UInt32,
    log_partition UInt16,
    raw_offset UInt64,
    tenant LowCardinality(String),
    customer String,
    subscription String,
    meter LowCardinality(String),
    meter_version UInt32,
    slot DateTime('UTC') COMMENT 'Start of the UTC hour that holds the event''s time',
    dimensions Map(String, String),
    quantity Decimal(38, 12)
)
ENGINE = MergeTree
PARTITION BY (intDiv(cut, 168), log_partition)
ORDER BY (cut, tenant, meter, customer, slot, raw_offset)
SETTINGS non_replicated_deduplication_window = 100000;

-- check: SELECT count() = 1 FROM system.tables WHERE database = currentDatabase() AND name = 'measurements' AND partition_key = '(intDiv(cut, 168), log_partition)'
