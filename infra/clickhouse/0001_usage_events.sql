-- Accepted events, as the log has them. A partition is a span of 168 cuts (a week of hourly ones) in one partition of the log,
-- sorted by cut, so that years make few partitions and a cut is still read alone.
CREATE TABLE IF NOT EXISTS usage_events
(
    cut UInt32 COMMENT 'The cut that made the event known',
    log_partition UInt16 COMMENT 'Partition of usage.raw; with raw_offset the event''s source',
    raw_offset UInt64 COMMENT 'Offset in usage.raw',
    tenant LowCardinality(String) COMMENT 'The vendor that bills',
    source String COMMENT 'Where the event comes from; empty where its door has none',
    id String COMMENT 'As the producer gave it; with tenant and source the identity',
    type LowCardinality(String) COMMENT 'Event type',
    customer String COMMENT 'Who is billed',
    subscription String COMMENT 'Empty where the event named none',
    time DateTime64(6, 'UTC') COMMENT 'When it happened, UTC',
    received_at DateTime64(6, 'UTC') COMMENT 'When ingest took it, UTC',
    properties Map(String, String) COMMENT 'Scalars as text',
    content_hash String COMMENT 'SHA-256 of the canonical event, hex',
    outcome Enum8('measured' = 1, 'without_meter' = 2, 'unmeasurable' = 3) COMMENT 'What the meters made of it',
    outcome_reason String COMMENT 'Of an unmeasurable event: the meter and why',
    door String COMMENT 'Front door; empty for a producer that writes to Kafka itself',
    api_key String COMMENT 'Id of the API key; empty likewise',
    INDEX by_time time TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY (intDiv(cut, 168), log_partition)
ORDER BY (cut, tenant, customer, time, raw_offset)
SETTINGS non_replicated_deduplication_window = 100000;

-- check: SELECT count() = 1 FROM system.tables WHERE database = currentDatabase() AND name = 'usage_events' AND partition_key = '(intDiv(cut, 168), log_partition)'
