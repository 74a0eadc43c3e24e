-- What bills: made once per closed part, from measurements that equal the log.
CREATE TABLE IF NOT EXISTS rollups
(
    cut UInt32,
    log_partition UInt16,
    tenant LowCardinality(String),
    customer String,
    subscription String,
    meter LowCardinality(String),
    meter_version UInt32,
    slot DateTime('UTC') COMMENT 'Start of a UTC hour',
    dimensions Map(String, String),
    quantity Decimal(76, 12),
    count UInt64 COMMENT 'Measurements summed',
    INDEX by_slot slot TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY (intDiv(cut, 168), log_partition)
ORDER BY (cut, tenant, meter, customer, slot)
SETTINGS non_replicated_deduplication_window = 100000;

-- check: SELECT count() = 1 FROM system.tables WHERE database = currentDatabase() AND name = 'rollups' AND partition_key = '(intDiv(cut, 168), log_partition)'
