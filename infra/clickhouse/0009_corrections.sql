-- Corrections: what they correct, and which measurements they take back. What adds up is taken back by its opposite; of everything
-- else the slot is computed again from the measurements that were not taken back.
ALTER TABLE usage_events
    ADD COLUMN IF NOT EXISTS target String DEFAULT '' COMMENT 'Of a correction: id of the event that it corrects; else empty',
    ADD COLUMN IF NOT EXISTS target_offset Int64 DEFAULT -1 COMMENT 'Of a correction: raw_offset of its target, in the same partition; else -1',
    ADD COLUMN IF NOT EXISTS replaced_offset Int64 DEFAULT -1 COMMENT 'Of a correction: raw_offset of what counted until then, the target or its last correction; else -1',
    ADD COLUMN IF NOT EXISTS retracts Bool DEFAULT false COMMENT 'The correction takes its target back, and puts nothing in its place',
    ADD COLUMN IF NOT EXISTS reason String DEFAULT '' COMMENT 'Of a correction: why';

ALTER TABLE measurements
    ADD COLUMN IF NOT EXISTS takes_back Int64 DEFAULT -1 COMMENT 'raw_offset of the measurement of the same meter and partition that this one takes back; else -1';

ALTER TABLE rollups
    ADD COLUMN IF NOT EXISTS taken_back UInt64 DEFAULT 0 COMMENT 'Measurements in it that take others back: of what does not add up they have rows of their own, which say only that the slot is to be computed from measurements_standing';

-- What was measured and not taken back, as known now: what adds up can be summed here or in the rollups, all else only here.
CREATE VIEW IF NOT EXISTS measurements_standing AS
SELECT * FROM measurements
WHERE takes_back < 0 AND (log_partition, tenant, meter, raw_offset) NOT IN
    (SELECT log_partition, tenant, meter, toUInt64(takes_back) FROM measurements WHERE takes_back >= 0);

-- Averages are taken back in the total and not in the count, and readings not at all: see measurements_standing.
CREATE OR REPLACE MATERIALIZED VIEW usage_live_feed TO usage_live AS
SELECT
    cut,
    log_partition,
    tenant,
    customer,
    meter,
    slot,
    sumIf(CAST(if(merging = 'average' AND takes_back >= 0, -measurements.quantity, measurements.quantity), 'Decimal(76, 12)'), merging IN ('sum', 'average')) AS quantity,
    count() AS count
FROM measurements
GROUP BY cut, log_partition, tenant, customer, meter, slot;

CREATE OR REPLACE MATERIALIZED VIEW usage_live_readings_feed TO usage_live_readings AS
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
WHERE merging IN ('max', 'min', 'latest', 'unique') AND takes_back < 0
GROUP BY cut, log_partition, tenant, customer, meter, slot, merging;

-- check: SELECT countIf(table = 'usage_events' AND name IN ('target', 'target_offset', 'replaced_offset', 'retracts', 'reason')) = 5 AND countIf(table = 'measurements' AND name = 'takes_back') = 1 AND countIf(table = 'rollups' AND name = 'taken_back') = 1 AND (SELECT count() FROM system.tables WHERE database = currentDatabase() AND name IN ('measurements_standing', 'usage_live_feed', 'usage_live_readings_feed') AND as_select LIKE '%takes_back%') = 3 FROM system.columns WHERE database = currentDatabase()
