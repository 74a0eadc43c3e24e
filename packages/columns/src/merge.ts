// How quantities merge, in SQL: what `createMerge` of `@tallybook/usage` does. A contract test holds the two together.

const groups =
  "tenant, customer, subscription, meter, meter_version, slot, dimensions, merging, value, backfill";

/** Makes the rollups of the part {cut}, {partition} from its measurements, or from those of a condition: a row for each group. */
export function rollUpQuery(and: string): string {
  return `INSERT INTO rollups (cut, log_partition, ${groups}, quantity, count, latest_time, latest_offset, taken_back)
  SELECT cut, log_partition, ${groups}, ${merged("measurements.quantity", "(latest_time, raw_offset)")}, count(),
    max(latest_time), if(merging = 'latest', argMax(raw_offset, (latest_time, raw_offset)), 0), countIf(takes_back >= 0)
  FROM measurements WHERE cut = {cut:UInt32} AND log_partition = {partition:UInt16} ${and}
  GROUP BY cut, log_partition, ${groups}, merging != 'sum' AND takes_back >= 0
  ORDER BY tenant, meter, customer, slot, subscription, meter_version, mapKeys(dimensions), mapValues(dimensions), merging, value, backfill, countIf(takes_back >= 0)`;
}

/** What the quantities of a group come to; `place` orders its latest values. */
export function merged(quantity: string, place: string): string {
  const wide = `CAST(${quantity}, 'Decimal(76, 12)')`;
  return `multiIf(merging = 'max', max(${wide}), merging = 'min', min(${wide}),
    merging = 'latest', argMax(${wide}, ${place}), merging = 'unique', any(${wide}), sum(${wide}))`;
}
