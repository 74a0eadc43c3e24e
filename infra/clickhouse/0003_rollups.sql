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
    count UInt64 COMMENT 'Measurements summed'
)
ENGINE = MergeTree
PARTITION BY (cut, log_partition)
ORDER BY (tenant, meter, customer, slot)
SETTINGS non_replicated_deduplication_window = 100000;

-- check: SELECT count() = 11 FROM system.columns WHERE database = currentDatabase() AND table = 'rollups'
