-- Accepted events, as the log has them. A part (cut, log_partition) can be dropped whole and inserted again.
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
    api_key String COMMENT 'Id of the API key; empty likewise'
)
ENGINE = MergeTree
PARTITION BY (cut, log_partition)
ORDER BY (tenant, customer, time, raw_offset)
SETTINGS non_replicated_deduplication_window = 100000;

-- check: SELECT count() = 17 FROM system.columns WHERE database = currentDatabase() AND table = 'usage_events'
