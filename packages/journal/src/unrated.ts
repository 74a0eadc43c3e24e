import type { Evidence } from "./facts.ts";

/** What evidence says of an amount that follows from no price: no usage, and nothing of how a rating came to it. */
export const unrated = {
  price: null,
  meter: null,
  meter_version: null,
  tiers: [],
  invoice: null,
  rows: [],
  made_of: [],
  part: null,
  in_advance: false,
  covered: "nothing",
  explanation: null,
  discount: null,
  settles: [],
  written_off: null,
  backfills: [],
  tax: null,
} as const satisfies Partial<Evidence>;
