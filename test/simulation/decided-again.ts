import { decidePartition } from "@tallybook/audit";
import type { DecidedRecord } from "@tallybook/audit";
import type { MemoryLog } from "@tallybook/log";
import { settingsBehind } from "@tallybook/usage";
import type { KnownSettings } from "@tallybook/usage";
import { decode, topics } from "@tallybook/wire";

import type { Expected } from "./oracle.ts";
import { partitions } from "./traffic.ts";
import { publicKeyDer } from "./world.ts";

const kinds = ["accepted", "duplicate", "conflict", "refused"] as const;

/** What an auditor who reads `usage.raw` from its beginning says of each partition. */
export async function decidedAgain(log: MemoryLog): Promise<string[]> {
  const settings: { offset: number; settings: KnownSettings }[] = [];
  for (const { offset, value } of log.recordsOf(topics.catalog, 0)) {
    const fact = decode(value);
    if (fact.kind === "SettingsSet" || fact.kind === "BackfillRequested")
      settings.push({ offset, settings: settingsBehind(settings.at(-1)?.settings, fact, offset) });
  }
  const lines: string[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const to = log.recordsOf(topics.usageRaw, partition).length;
    const owners = [{ tenant: "a", customer: "c1" }];
    const key = { publicKey: publicKeyDer, settings };
    const task = { partition, partitions, ...key, to, owners, pieceMax: 5 };
    const own: DecidedRecord[] = [];
    const { counts } = await decidePartition(log, task, async (records) => {
      own.push(...records);
    });
    own.sort((one, other) => one.offset - other.offset);
    lines.push(
      countsText(partition, (kind) => counts[kind]),
      ...own
        .filter(({ original }) => original !== null)
        .map(({ offset, kind, original }) => `${partition}/${offset} ${kind} of ${original}`),
    );
  }
  return lines;
}

/** The same of what is expected. */
export function expectedAgain(expected: readonly Expected[]): string[] {
  return Array.from({ length: partitions }, (_, partition) => {
    const here = expected.filter((each) => each.partition === partition);
    const isOwn = ({ event }: Expected) => event?.tenant === "a" && event.customer === "c1";
    return [
      countsText(partition, (kind) => here.filter(({ outcome }) => outcome === kind).length),
      ...here
        .filter((each) => isOwn(each) && each.original !== undefined)
        .map(({ offset, outcome, original }) => `${partition}/${offset} ${outcome} of ${original}`),
    ];
  }).flat();
}

function countsText(partition: number, countOf: (kind: (typeof kinds)[number]) => number): string {
  return `${partition}: ${kinds.map((kind) => `${kind} ${countOf(kind)}`).join(", ")}`;
}
