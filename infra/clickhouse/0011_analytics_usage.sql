-- What analysts' tools read: a contract. A column is never renamed, removed or given another meaning; that is a view of another
-- name, with _v2. Every view is read with the rights of whoever asks, row policies among them.
CREATE DATABASE IF NOT EXISTS {analytics};

CREATE OR REPLACE VIEW {analytics}.usage_events
(
    tenant LowCardinality(String) COMMENT 'The vendor that bills',
    customer String COMMENT 'Who is billed',
    subscription String COMMENT 'Empty: the event named none',
    source String COMMENT 'Where the event comes from, as its producer says; with tenant and id its identity. Empty: its door has none',
    id String COMMENT 'As the producer gave it',
    type LowCardinality(String) COMMENT 'Event type',
    time DateTime64(6, 'UTC') COMMENT 'When it happened, UTC, to the microsecond; the producer''s clock, or received_at where it said nothing',
    received_at DateTime64(6, 'UTC') COMMENT 'When it was taken, UTC',
    properties Map(String, String) COMMENT 'What the event said, scalars as text: numbers in plain decimal notation',
    outcome LowCardinality(String) COMMENT 'What the meters made of it at its cut: measured, without_meter or unmeasurable',
    outcome_reason String COMMENT 'Of an unmeasurable event the meter and why; else empty',
    door LowCardinality(String) COMMENT 'Front door; empty: a producer that writes to Kafka itself',
    log_partition UInt16 COMMENT 'Partition of usage.raw; with raw_offset unique: the key of this view',
    raw_offset UInt64 COMMENT 'Offset in usage.raw',
    content_hash String COMMENT 'SHA-256 of the canonical event, 64 hex digits',
    cut UInt32 COMMENT 'The cut that made it known; above the last closed one it is provisional',
    late Bool COMMENT 'Became known after its billing period was first rated: it is billed as an adjustment',
    complete_to Nullable(DateTime64(6, 'UTC')) COMMENT 'Time of the last cut up to which this view has everything, UTC; the same in every row; null: no cut is closed'
)
SQL SECURITY INVOKER AS
SELECT
    events.tenant AS tenant,
    events.customer AS customer,
    events.subscription AS subscription,
    events.source AS source,
    events.id AS id,
    events.type AS type,
    events.time AS time,
    events.received_at AS received_at,
    events.properties AS properties,
    events.outcome::LowCardinality(String) AS outcome,
    events.outcome_reason AS outcome_reason,
    events.door::LowCardinality(String) AS door,
    events.log_partition AS log_partition,
    events.raw_offset AS raw_offset,
    events.content_hash AS content_hash,
    events.cut AS cut,
    (events.time < rated.period_to AND events.cut > rated.rated_cut)::Bool AS late,
    (SELECT complete_to FROM {database}.completeness) AS complete_to
FROM {database}.usage_events AS events
ASOF LEFT JOIN {database}.rated_periods AS rated
    ON events.tenant = rated.tenant AND events.customer = rated.customer AND events.subscription = rated.subscription AND events.time >= rated.period_from;

-- What a correction takes back is not among them.
CREATE OR REPLACE VIEW {analytics}.measurements
(
    tenant LowCardinality(String) COMMENT 'The vendor that bills',
    customer String COMMENT 'Who is billed',
    subscription String COMMENT 'Empty: the event named none',
    meter LowCardinality(String) COMMENT 'What is measured',
    meter_version UInt32 COMMENT 'Version of the meter that measured',
    merging LowCardinality(String) COMMENT 'How quantities of the meter are put together: sum (also of counts), max, min, latest, unique or average. Only sums may be summed',
    slot DateTime('UTC') COMMENT 'Start of the UTC hour, or of the quarter of one where the meter says so, that holds the event''s time',
    dimensions Map(String, String) COMMENT 'What the meter is told apart by',
    quantity Decimal(38, 12) COMMENT 'In the meter''s unit, such as tokens or calls; exact; 1 of a unique value',
    value String COMMENT 'unique: the value itself; else empty',
    log_partition UInt16 COMMENT 'Of its event: usage_events has it under the same log_partition and raw_offset. One event has a row for each meter',
    raw_offset UInt64 COMMENT 'Offset in usage.raw of its event',
    cut UInt32 COMMENT 'The cut of its event; above the last closed one it is provisional',
    late Bool COMMENT 'Became known after its billing period was first rated, by the start of its slot',
    complete_to Nullable(DateTime64(6, 'UTC')) COMMENT 'Time of the last cut up to which this view has everything, UTC; the same in every row; null: no cut is closed'
)
SQL SECURITY INVOKER AS
WITH hidden AS (SELECT groupArray((tenant, meter, last_cut)) FROM {database}.known_fills WHERE known_cut = 4294967295)
SELECT
    measured.tenant AS tenant,
    measured.customer AS customer,
    measured.subscription AS subscription,
    measured.meter AS meter,
    measured.meter_version AS meter_version,
    measured.merging::LowCardinality(String) AS merging,
    measured.slot AS slot,
    measured.dimensions AS dimensions,
    measured.quantity AS quantity,
    measured.value AS value,
    measured.log_partition AS log_partition,
    measured.raw_offset AS raw_offset,
    measured.cut AS cut,
    (measured.begins < rated.period_to AND measured.cut > rated.rated_cut)::Bool AS late,
    (SELECT complete_to FROM {database}.completeness) AS complete_to
FROM (
    SELECT *, toDateTime64(slot, 6, 'UTC') AS begins FROM {database}.measurements
    WHERE NOT arrayExists(fill -> fill.1 = tenant AND fill.2 = meter AND cut <= fill.3, (SELECT * FROM hidden))
        AND takes_back < 0 AND (log_partition, tenant, meter, raw_offset) NOT IN (SELECT log_partition, tenant, meter, toUInt64(takes_back) FROM {database}.measurements WHERE takes_back >= 0)
) AS measured
ASOF LEFT JOIN {database}.rated_periods AS rated
    ON measured.tenant = rated.tenant AND measured.customer = rated.customer AND measured.subscription = rated.subscription AND measured.begins >= rated.period_from;

CREATE OR REPLACE VIEW {analytics}.usage_hourly
(
    tenant LowCardinality(String) COMMENT 'The vendor that bills',
    customer String COMMENT 'Who is billed',
    subscription String COMMENT 'Empty: the events named none',
    meter LowCardinality(String) COMMENT 'What is measured',
    merging LowCardinality(String) COMMENT 'How hours of the meter are put together: sum (also of counts), max, min, latest, unique or average. Only sums may be summed',
    hour DateTime('UTC') COMMENT 'Start of the UTC hour that holds the events'' times',
    dimensions Map(String, String) COMMENT 'What the meter is told apart by',
    quantity Decimal(76, 12) COMMENT 'Of the hour, in the meter''s unit, such as tokens or calls: the total, the highest or lowest, the latest, how many distinct values, or the average. Exact, but for an average, cut at 12 decimals',
    total Decimal(76, 12) COMMENT 'average: what the values add up to, so that averages of longer times are sum(total) / sum(count); else as quantity',
    count UInt64 COMMENT 'Events measured',
    late_count UInt64 COMMENT 'Of these, events that became known after their billing period was first rated',
    cut UInt32 COMMENT 'The last cut that made something of it known; above the last closed one it is provisional',
    late Bool COMMENT 'Some of it became known after its billing period was first rated',
    complete_to Nullable(DateTime64(6, 'UTC')) COMMENT 'Time of the last cut up to which this view has everything, UTC; the same in every row; null: no cut is closed'
)
SQL SECURITY INVOKER AS
WITH
    (SELECT groupArray((tenant, meter, last_cut)) FROM {database}.known_fills WHERE known_cut = 4294967295) AS hidden,
    (SELECT closed_cut FROM {database}.completeness) AS closed,
    taking AS (SELECT log_partition, tenant, customer, meter, slot, toUInt64(takes_back) AS raw_offset FROM {database}.measurements WHERE takes_back >= 0)
SELECT
    used.tenant AS tenant,
    used.customer AS customer,
    used.subscription AS subscription,
    used.meter AS meter,
    used.merging::LowCardinality(String) AS merging,
    toStartOfHour(used.slot) AS hour,
    used.dimensions AS dimensions,
    multiIf(
        used.merging = 'max', max(used.amount),
        used.merging = 'min', min(used.amount),
        used.merging = 'latest', argMax(used.amount, (used.latest_time, used.log_partition, used.latest_offset)),
        used.merging = 'unique', toDecimal256(uniqExact(used.value), 12),
        used.merging = 'average', CAST(divideDecimal(sum(used.amount), toDecimal256(sum(used.number), 0), 12), 'Decimal(76, 12)'),
        sum(used.amount)) AS quantity,
    if(used.merging = 'average', sum(used.amount), quantity) AS total,
    sum(used.number) AS count,
    sumIf(used.number, used.begins < rated.period_to AND used.cut > rated.rated_cut) AS late_count,
    max(used.cut) AS cut,
    (late_count > 0)::Bool AS late,
    (SELECT complete_to FROM {database}.completeness) AS complete_to
FROM (
    SELECT tenant, customer, subscription, meter, merging, slot, toDateTime64(slot, 6, 'UTC') AS begins, dimensions, value, quantity AS amount, count AS number, latest_time, log_partition, latest_offset, cut
    FROM {database}.rollups
    WHERE toInt64(cut) <= closed AND NOT arrayExists(fill -> fill.1 = tenant AND fill.2 = meter AND cut <= fill.3, hidden)
        AND (tenant, customer, meter, slot) NOT IN (SELECT tenant, customer, meter, slot FROM taking)
    UNION ALL
    SELECT tenant, customer, subscription, meter, merging, slot, toDateTime64(slot, 6, 'UTC') AS begins, dimensions, value, CAST(quantity, 'Decimal(76, 12)') AS amount, toUInt64(1) AS number, latest_time, log_partition, raw_offset AS latest_offset, cut
    FROM {database}.measurements
    WHERE NOT arrayExists(fill -> fill.1 = tenant AND fill.2 = meter AND cut <= fill.3, hidden)
        AND (toInt64(cut) > closed OR (tenant, customer, meter, slot) IN (SELECT tenant, customer, meter, slot FROM taking))
        AND takes_back < 0 AND (log_partition, tenant, meter, raw_offset) NOT IN (SELECT log_partition, tenant, meter, raw_offset FROM taking)
) AS used
ASOF LEFT JOIN {database}.rated_periods AS rated
    ON used.tenant = rated.tenant AND used.customer = rated.customer AND used.subscription = rated.subscription AND used.begins >= rated.period_from
GROUP BY used.tenant, used.customer, used.subscription, used.meter, used.merging, hour, used.dimensions;

-- check: SELECT count() = 3 FROM system.tables WHERE database = '{analytics}' AND name IN ('usage_events', 'measurements', 'usage_hourly')
