-- Usage as it was known at a closed cut: SELECT ... FROM usage_at(cut = 17). A row is a slot of a group, or a single event where the
-- bound of a billed period lies inside its hour, or the meter is rated by single events.
CREATE OR REPLACE VIEW {analytics}.usage_at
(
    tenant LowCardinality(String) COMMENT 'The vendor that bills',
    customer String COMMENT 'Who is billed',
    subscription String COMMENT 'Empty: the events named none',
    meter LowCardinality(String) COMMENT 'What is measured',
    merging LowCardinality(String) COMMENT 'How rows of the meter are put together: sum (also of counts) sum(quantity); max, min max(quantity), min(quantity); latest argMax(quantity, (latest_time, latest_partition, latest_offset)); unique uniqExact(value); average sum(quantity) / sum(count)',
    time DateTime64(6, 'UTC') COMMENT 'Start of the slot (an hour, or a quarter of one), UTC; of a row that is a single event, its time. No bound of a billed period lies inside of a row, so that a period is time >= period_from AND time < period_to',
    dimensions Map(String, String) COMMENT 'What the meter is told apart by',
    value String COMMENT 'unique: the value itself, a row for each; else empty',
    quantity Decimal(76, 12) COMMENT 'In the meter''s unit, exact: the total (of an average too), the highest or lowest, the latest; 1 of a unique value',
    count UInt64 COMMENT 'Events measured',
    latest_time DateTime64(6, 'UTC') COMMENT 'latest, and single events: time of the event, UTC; else 1970-01-01',
    latest_partition UInt16 COMMENT 'latest, and single events: its log_partition',
    latest_offset UInt64 COMMENT 'latest, and single events: its raw_offset',
    cut UInt32 COMMENT 'The last cut that made something of it known, at most the one that is asked for',
    late Bool COMMENT 'Something of it became known after its billing period was first rated',
    complete_to Nullable(DateTime64(6, 'UTC')) COMMENT 'Time of the cut that is asked for, UTC'
)
SQL SECURITY INVOKER AS
WITH
    (SELECT groupArray((tenant, meter, last_cut)) FROM {database}.known_fills WHERE known_cut > {cut:UInt32}) AS hidden,
    taking AS (
        SELECT log_partition, tenant, customer, meter, slot, toUInt64(takes_back) AS raw_offset FROM {database}.measurements
        WHERE takes_back >= 0 AND cut <= {cut:UInt32} AND NOT arrayExists(fill -> fill.1 = tenant AND fill.2 = meter AND cut <= fill.3, hidden)
    ),
    divided AS (
        SELECT tenant, customer, toStartOfHour(bound) AS hour
        FROM (SELECT tenant, customer, arrayJoin([period_from, period_to]) AS bound FROM {database}.mirror_journal FINAL WHERE kind = 'TransactionPosted')
        WHERE bound != toStartOfHour(bound)
    ),
    single AS (
        SELECT tenant, id FROM {database}.mirror_catalog FINAL
        WHERE collection = 'meters' AND kind = 'MeterPublished' AND JSONExtractString(body, 'aggregation') IN ('weighted_sum', 'percentile', 'composite')
    )
SELECT
    used.tenant AS tenant, used.customer AS customer, used.subscription AS subscription, used.meter AS meter, used.merging AS merging,
    used.time AS time, used.dimensions AS dimensions, used.value AS value, used.quantity AS quantity, used.count AS count,
    used.latest_time AS latest_time, used.latest_partition AS latest_partition, used.latest_offset AS latest_offset, used.cut AS cut,
    (used.time < rated.period_to AND used.cut > rated.rated_cut)::Bool AS late,
    (SELECT maxOrNull(time) FROM {database}.mirror_cuts FINAL WHERE kind = 'CutClosed' AND cut = {cut:UInt32}) AS complete_to
FROM (
    SELECT
        tenant, customer, subscription, meter, merging::LowCardinality(String) AS merging,
        toDateTime64(slot, 6, 'UTC') AS time,
        dimensions, value,
        multiIf(
            merging = 'max', max(rollups.quantity),
            merging = 'min', min(rollups.quantity),
            merging = 'latest', argMax(rollups.quantity, (rollups.latest_time, log_partition, rollups.latest_offset)),
            merging = 'unique', any(rollups.quantity),
            sum(rollups.quantity)) AS quantity,
        sum(rollups.count) AS count,
        max((rollups.latest_time, log_partition, rollups.latest_offset)) AS place,
        place.1 AS latest_time, place.2 AS latest_partition, place.3 AS latest_offset,
        max(rollups.cut) AS cut
    FROM (
        SELECT tenant, customer, subscription, meter, merging, slot, dimensions, value, quantity, count, latest_time, log_partition, latest_offset, cut
        FROM {database}.rollups
        WHERE cut <= {cut:UInt32} AND NOT arrayExists(fill -> fill.1 = tenant AND fill.2 = meter AND cut <= fill.3, hidden)
            AND (tenant, customer, meter, slot) NOT IN (SELECT tenant, customer, meter, slot FROM taking)
        UNION ALL
        -- Of slots of which something was taken back, what stands.
        SELECT tenant, customer, subscription, meter, merging, slot, dimensions, value, CAST(quantity, 'Decimal(76, 12)') AS quantity, toUInt64(1) AS count,
            latest_time, log_partition, if(merging = 'latest', raw_offset, 0) AS latest_offset, cut
        FROM {database}.measurements
        WHERE cut <= {cut:UInt32} AND NOT arrayExists(fill -> fill.1 = tenant AND fill.2 = meter AND cut <= fill.3, hidden)
            AND (tenant, customer, meter, slot) IN (SELECT tenant, customer, meter, slot FROM taking)
            AND takes_back < 0 AND (log_partition, tenant, meter, raw_offset) NOT IN (SELECT log_partition, tenant, meter, raw_offset FROM taking)
    ) AS rollups
    WHERE (tenant, customer, toStartOfHour(slot)) NOT IN (SELECT tenant, customer, hour FROM divided)
        AND (tenant, meter) NOT IN (SELECT tenant, id FROM single)
    GROUP BY tenant, customer, subscription, meter, merging, slot, dimensions, value
    UNION ALL
    SELECT
        tenant, customer, subscription, meter, merging::LowCardinality(String) AS merging,
        happened AS time,
        dimensions, value,
        CAST(quantity, 'Decimal(76, 12)') AS quantity,
        toUInt64(1) AS count,
        (happened, log_partition, raw_offset) AS place,
        happened AS latest_time, log_partition AS latest_partition, raw_offset AS latest_offset,
        cut
    FROM (
        SELECT * FROM {database}.measurements
        WHERE measurements.cut <= {cut:UInt32}
            AND NOT arrayExists(fill -> fill.1 = tenant AND fill.2 = meter AND measurements.cut <= fill.3, hidden)
            AND takes_back < 0 AND (log_partition, tenant, meter, raw_offset) NOT IN (SELECT log_partition, tenant, meter, raw_offset FROM taking)
            AND ((tenant, customer, toStartOfHour(slot)) IN (SELECT tenant, customer, hour FROM divided) OR (tenant, meter) IN (SELECT tenant, id FROM single))
    ) AS measured
    INNER JOIN (
        SELECT cut, log_partition, raw_offset, time AS happened FROM {database}.usage_events
        WHERE cut <= {cut:UInt32} AND (tenant, customer) IN (
            SELECT tenant, customer FROM divided UNION ALL
            SELECT tenant, customer FROM {database}.measurements WHERE (tenant, meter) IN (SELECT tenant, id FROM single))
    ) AS events USING (cut, log_partition, raw_offset)
) AS used
ASOF LEFT JOIN {database}.rated_periods AS rated
    ON used.tenant = rated.tenant AND used.customer = rated.customer AND used.subscription = rated.subscription AND used.time >= rated.period_from
WHERE (SELECT throwIf(toInt64({cut:UInt32}) > closed_cut, 'usage_at: this cut is not closed; the view cuts says which are') FROM {database}.completeness) = 0;

-- check: SELECT count() = 1 FROM system.tables WHERE database = '{analytics}' AND name = 'usage_at'
