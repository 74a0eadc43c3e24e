import type { Collection } from "./collection.ts";

/** What a meter is besides how it measures: nothing but whether anything new may refer to it. */
export type MeterDetails = Readonly<Record<string, never>>;

export const meterDetails: Collection<MeterDetails> = {
  collection: "meter_details",
  idField: "meter",
  idRule: "name",
  within: "meters",
  read: () => usualMeterDetails,
  references: () => [],
};

/** Of a meter of which nobody has said more than how it measures. */
export const usualMeterDetails: MeterDetails = {};
