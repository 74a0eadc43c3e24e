import { findLast, readAll } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import type { CutFact } from "@tallybook/usage";
import { decode, topics } from "@tallybook/wire";

import type { CatalogView } from "./meters.ts";

const microsPerSecond = 1_000_000;

/** Whether the closer has work: a cut that is opened and not placed, one that somebody asked for, or one that is due. */
export async function closerLag(
  log: Log,
  settings: CatalogView["settings"],
  now: number,
): Promise<boolean> {
  if (settings === undefined) return false;
  const [opened, placed] = [await lastCut(log, "CutOpened"), await lastCut(log, "CutPlaced")];
  if (opened === undefined || opened.cut > (placed?.cut ?? -1)) return true;
  const dueAt = opened.time + settings.cut_interval_seconds * microsPerSecond;
  if (!settings.simulated && now >= dueAt) return true;
  for await (const { value } of readAll(log, topics.catalog, 0, { from: opened.catalog_offset })) {
    if (asking.has(decode(value).kind)) return true;
  }
  return false;
}

const asking: ReadonlySet<string> = new Set([
  "BackfillRequested",
  "BillingRequested",
  "ClockAdvanced",
  "CutRequested",
  "MeterFillRequested",
  "MeterPublished",
]);

function lastCut<Kind extends "CutOpened" | "CutPlaced">(
  log: Log,
  kind: Kind,
): Promise<Extract<CutFact, { kind: Kind }> | undefined> {
  return findLast(
    log,
    topics.cuts,
    0,
    ({ value }) => {
      const fact = decode(value);
      return fact.kind === kind ? (fact as Extract<CutFact, { kind: Kind }>) : undefined;
    },
    { spanMin: 50 },
  );
}
