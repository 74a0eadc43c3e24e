import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { Interrupted, runChaos } from "./chaos.ts";
import { textOf } from "./faults.ts";
import { planFaults } from "./plan.ts";
import { pageOf, reportOf } from "./report.ts";

const help = `npm run chaos -- [--minutes M] [--seed S] [--rate N] [--rest N] [--wipe] [--json FILE] [--report FILE]

Runs a deployment of its own under load, and kills its services at fail points and at random, stops them for longer than
their transactions live, restarts Kafka and ClickHouse, and loses ClickHouse's answers; then compares all that came of it
with what was sent. Ends with 0 only if nothing is lost, nothing is doubled, and every invoice is right to the cent.

  --minutes M    of faults; 3 unless given
  --each-failpoint N
                 in place of that: a process dies at each fail point in turn, N times, and nothing else goes wrong
  --seed S       of the faults and of the usage; a new one unless given, and printed
  --rate N       new events a second, each of them repeated at least once; 150 unless given
  --rest N       seconds within which a cut has to pass everybody after the last fault; 60 unless given
  --wipe         drops ClickHouse's database once
  --plan         prints what would go wrong and when, and ends
  --json FILE    writes the figures there
  --report FILE  writes the report there, as Markdown`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "3" },
    "each-failpoint": { type: "string", default: "0" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    rate: { type: "string", default: "150" },
    rest: { type: "string", default: "60" },
    wipe: { type: "boolean", default: false },
    plan: { type: "boolean", default: false },
    json: { type: "string" },
    report: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(help);
else if (values.plan) printPlan();
else process.exit(await chaos().catch(codeOf));

function printPlan(): void {
  const seconds = positive("minutes", values.minutes) * 60;
  const plan = planFaults(whole("seed", values.seed), seconds, { wipe: values.wipe });
  for (const [lane, dues] of Object.entries(plan))
    for (const { at, fault } of dues)
      console.log(`${lane.padEnd(10)}${String(at).padStart(7)} s  ${textOf(fault)}`);
}

/** Ends with 130, as what was interrupted does. */
function codeOf(error: unknown): number {
  if (!(error instanceof Interrupted)) throw error;
  console.error(error.message);
  return 130;
}

async function chaos(): Promise<number> {
  const interrupting = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => interrupting.abort());
  // Faults that still play when a run is interrupted find its deployment gone: that is no failure then, and ends nothing.
  process.on("unhandledRejection", (error) => {
    if (!interrupting.signal.aborted) throw error;
  });
  const outcome = await runChaos({
    minutes: positive("minutes", values.minutes),
    timesEach: whole("each-failpoint", values["each-failpoint"]),
    seed: whole("seed", values.seed),
    eventsPerSecond: positive("rate", values.rate),
    restSecondsMax: positive("rest", values.rest),
    wipe: values.wipe,
    interrupted: interrupting.signal,
    say: (line) => console.error(line),
  });
  for (const line of reportOf(outcome)) console.log(line);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify(outcome, null, 2)}\n`);
  if (values.report !== undefined) writeFileSync(values.report, pageOf(outcome));
  return outcome.failures.length === 0 ? 0 : 1;
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0 && number <= 100_000) return number;
  throw new Error(`--${name} is ${JSON.stringify(text)}: give a number above 0`);
}

function whole(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${name} is ${JSON.stringify(text)}: give a whole number`);
}
