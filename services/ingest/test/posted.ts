import { doorRequest, enter, resultOf, usualMapping } from "@tallybook/usage";
import { type Arrival, takeSplit } from "../src/intake.ts";

export const usualArrival: Arrival = {
  tenant: "acme",
  api_key: "k1",
  received_at: 0,
  window: { time: 0, lower_bound: null, ahead_seconds: 3_600 },
  partitions: 1,
  allowed: null,
  backfill: null,
  mapping: usualMapping,
  ownerOf: () => undefined,
};

/** What becomes of a body of JSON at the door that it is for. */
export function posted(
  path: string,
  json: unknown,
  arrival: Arrival,
  contentType = "application/json",
) {
  const body = Buffer.from(JSON.stringify(json));
  const headers = { "content-type": contentType };
  const entered = enter(doorRequest({ path, headers, body }));
  if ("unsupported" in entered) throw new Error(entered.unsupported);
  const intake = takeSplit(entered.door, entered.split, body, arrival);
  if (intake.kind !== "read") throw new Error(intake.kind);
  const { taken, records, isMany } = intake;
  return { results: taken.map(resultOf), records, answer: entered.door.success(taken, isMany) };
}
