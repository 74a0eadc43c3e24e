-- Live totals, the open cut included: for looking at, never for billing.
CREATE TABLE IF NOT EXISTS usage_live
(
    cut UInt32,
    log_partition UInt16,
    tenant LowCardinality(String),
    customer String,
    meter LowCardinality(String),
    slot DateTime('UTC'),
    quantity Decimal(76, 12),
    count UInt64,
    INDEX by_slot slot TYPE minmax GRANULARITY 1
)
ENGINE = SummingMergeTree((quantity, count))
PARTITION BY (intDiv(cut, 168), log_partition)
ORDER BY (cut, log_partition, tenant, meter, customer, slot)
SETTINGS non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW IF NOT EXISTS usage_live_feed TO usage_live AS
SELECT
    cut,
    log_partition,
    tenant,
    customer,
    meter,
    slot,
    sum(CAST(quantity, 'Decimal(76, 12)')) AS quantity,
    count() AS count
FROM measurements
GROUP BY cut, log_partition, tenant, customer, meter, slot;

-- check: SELECT count() = 2 FROM system.tables WHERE database = currentDatabase() AND (name = 'usage_live_feed' OR name = 'usage_live' AND partition_key = '(intDiv(cut, 168), log_partition)')
