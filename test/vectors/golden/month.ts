import { readFileSync } from "node:fs";

import type { CatalogFact } from "@tallybook/catalog";
import type { UsageAccepted } from "@tallybook/usage";
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
  const events = Map.groupBy(
    readText("events.csv").trimEnd().split("\n").slice(1).map(eventOf),
    ({ cut }) => cut,
  );
  return cuts.map(({ time, catalog }, cut) => ({
    time: timeOf(time),
    catalog,
    events: events.get(cut) ?? [],
  }));
}

export function readText(file: string): string {
  return readFileSync(new URL(file, import.meta.url), "utf8");
}

/** `cut,time,customer,subscription,type,id,properties`, the last as `name=value;name=value`. */
function eventOf(line: string, index: number): UsageAccepted {
  const [cut = "", time = "", customer = "", subscription = "", type = "", id = "", said = ""] =
    line.split(",");
  return {
    kind: "UsageAccepted",
    raw_offset: index,
    cut: Number(cut),
    tenant: "default",
    source: "",
    id,
    type,
    customer,
    subscription: subscription === "" ? null : subscription,
    time: timeOf(time),
    properties: Object.fromEntries(said.split(";").map((each) => each.split("=", 2))),
    content_hash: new Uint8Array(32),
    received_at: timeOf(time),
    door: null,
    api_key: null,
    target: null,
    personal: {},
    corrected: null,
    backfill: null,
  };
}

function timeOf(text: string): Micros {
  const time = parseTime(text);
  if (time === undefined) throw new Error(`no time: ${text}`);
  return time;
}
