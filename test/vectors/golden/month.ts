import { readFileSync } from "node:fs";

import type { CatalogFact } from "@tallybook/catalog";
import type { Corrected, UsageAccepted } from "@tallybook/usage";
import { parseTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

/** A cut of the golden month: what the catalog was told before it, and what was used. */
export interface GoldenCut {
  readonly time: Micros;
  readonly catalog: readonly CatalogFact[];
  readonly events: readonly UsageAccepted[];
}

/** The month as it is checked in: nothing of it changes when the code does. */
export function readMonth(): GoldenCut[] {
  const { cuts } = JSON.parse(readText("catalog.json")) as {
    readonly cuts: readonly { readonly time: string; readonly catalog: readonly CatalogFact[] }[];
  };
  const all: UsageAccepted[] = [];
  for (const line of readText("events.csv").trimEnd().split("\n").slice(1))
    all.push(eventOf(line, all));
  const events = Map.groupBy(all, ({ cut }) => cut);
  return cuts.map(({ time, catalog }, cut) => ({
    time: timeOf(time),
    catalog,
    events: events.get(cut) ?? [],
  }));
}

export function readText(file: string): string {
  return readFileSync(new URL(file, import.meta.url), "utf8");
}

/**
 * `cut,time,customer,subscription,type,id,properties,corrects`: properties as `name=value;name=value`, the last only of what `corrects=ID`
 * or `retracts=ID` one of the events before it.
 */
function eventOf(line: string, before: readonly UsageAccepted[]): UsageAccepted {
  const [cut = "", time = "", customer = "", subscription = "", type = "", id = "", ...others] =
    line.split(",");
  const [said = "", correcting = ""] = others;
  const [how = "", target = null] = correcting.split("=");
  return {
    kind: "UsageAccepted",
    raw_offset: before.length,
    cut: Number(cut),
    tenant: "default",
    source: "",
    id,
    type,
    customer,
    subscription: subscription === "" ? null : subscription,
    time: timeOf(time),
    properties:
      said === "" ? {} : Object.fromEntries(said.split(";").map((each) => each.split("=", 2))),
    content_hash: new Uint8Array(32),
    received_at: timeOf(time),
    door: null,
    api_key: null,
    target,
    personal: {},
    corrected: target === null ? null : correctedBy(target, how === "retracts", before),
    backfill: null,
  };
}

function correctedBy(
  target: string,
  retracts: boolean,
  before: readonly UsageAccepted[],
): Corrected {
  const original = before.find(({ id }) => id === target);
  const counted = before.findLast((each) => each.id === target || each.target === target);
  if (original === undefined || counted === undefined) throw new Error(`no event ${target}`);
  const { raw_offset, type, customer, subscription, time, properties } = counted;
  const replaced = { raw_offset, type, customer, subscription, time, properties };
  const reason = "the golden month";
  return { retracts, reason, target_offset: original.raw_offset, replaced };
}

function timeOf(text: string): Micros {
  const time = parseTime(text);
  if (time === undefined) throw new Error(`no time: ${text}`);
  return time;
}
