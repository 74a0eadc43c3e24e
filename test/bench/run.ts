import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { table } from "@tallybook/cli";

import { measureDocuments } from "./documents.ts";
import { measureAudit, measureDoorsAlone, measureRound } from "./round.ts";
import type { Figures } from "./round.ts";

const help = `npm run bench -- [--runs N] [--events N] [--json FILE] [--against FILE]

Measures a stack of its own on this machine and prints medians of several runs. Nothing passes or fails.

  --runs N        rounds, each on a new stack; 3 unless given
  --events N      events in batches, a fifth of it as single events; 200000 unless given
  --subscriptions N   how many are rated at the month's end; 10000 unless given
  --audit-events N    in the log that a line is replayed from, on a stack of its own; 400000 unless given
  --audit-only        measure that alone
  --door-events N     at each front door; 20000 unless given
  --doors-only        measure these alone, on a stack without a customer
  --documents N       invoices that are rated and written as pages and PDFs, once, in this process; 10000 unless given
  --documents-only    measure that alone
  --anniversaries     each subscription begins at a time of its own, and its periods with it
  --json FILE     writes the figures there
  --against FILE  prints each figure's ratio to an earlier run's`;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "3" },
    events: { type: "string", default: "200000" },
    subscriptions: { type: "string", default: "10000" },
    "audit-events": { type: "string", default: "400000" },
    "audit-only": { type: "boolean", default: false },
    "door-events": { type: "string", default: "20000" },
    "doors-only": { type: "boolean", default: false },
    documents: { type: "string", default: "10000" },
    "documents-only": { type: "boolean", default: false },
    anniversaries: { type: "boolean", default: false },
    json: { type: "string" },
    against: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(help);
else await bench();

async function bench(): Promise<void> {
  const batched = wholeNumber("events", values.events);
  const sizes = {
    batched,
    single: Math.ceil(batched / 5),
    perDoor: wholeNumber("door-events", values["door-events"]),
    subscriptions: wholeNumber("subscriptions", values.subscriptions),
    anniversaries: values.anniversaries,
  };
  const audited = wholeNumber("audit-events", values["audit-events"]);
  const documents = wholeNumber("documents", values.documents);
  const rounds: Figures[] = [];
  for (let run = 1; run <= wholeNumber("runs", values.runs); run += 1) {
    const say = (line: string) => console.error(`run ${run}: ${line}`);
    if (values["documents-only"]) break;
    if (values["doors-only"]) {
      rounds.push(await measureDoorsAlone(sizes.perDoor, say));
      continue;
    }
    const round = values["audit-only"] ? {} : await measureRound(run, sizes, say);
    rounds.push({ ...round, ...(await measureAudit(audited, say)) });
  }
  // Once: what one process computes by itself differs little, and takes minutes.
  const written =
    values["audit-only"] || values["doors-only"]
      ? {}
      : await measureDocuments(documents, (line) => console.error(line));
  const figures = { ...medians(rounds), ...written };
  const earlier =
    values.against === undefined
      ? undefined
      : (JSON.parse(readFileSync(values.against, "utf8")) as Figures);
  const columns = [
    { title: "figure" },
    { title: rounds.length === 0 ? "once" : `median of ${rounds.length}`, align: "right" },
    ...(earlier ? [{ title: "ratio to earlier", align: "right" } as const] : []),
  ] as const;
  const rows = Object.entries(figures).map(([name, value]) => [
    name,
    shown(value),
    ...(earlier ? [ratio(value, earlier[name])] : []),
  ]);
  for (const line of table(columns, rows)) console.log(line);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
}

function medians(rounds: readonly Figures[]): Figures {
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(
    names.map((name) => {
      const sorted = rounds.map((round) => round[name] ?? 0).toSorted((one, other) => one - other);
      return [name, sorted[Math.floor(sorted.length / 2)] ?? 0];
    }),
  );
}

function shown(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(1);
}

function ratio(value: number, earlier: number | undefined): string {
  return earlier === undefined || earlier === 0 ? "" : (value / earlier).toFixed(2);
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new Error(`--${name} is ${JSON.stringify(text)}: give a whole number from 1`);
  return Number(text);
}
