import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { advanceClock, applyExample, monthBegin, table } from "@tallybook/cli";
import { startStack } from "@tallybook/testkit";

import { openConnection } from "./connection.ts";

const help = `npm run bench:analyst -- [--rounds N] [--seconds N] [--queries N] [--json FILE]

How long ingest takes to answer while an analyst's queries run away, beside how long it takes without: each round has a stretch
of both, under the same steady load, on one stack. Nothing passes or fails.

  --rounds N     5 unless given
  --seconds N    of each stretch, and the time that the queries may take; 15 unless given
  --queries N    that run away at once; 2 unless given
  --json FILE    writes the figures there`;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "15" },
    queries: { type: "string", default: "2" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

/** Steady: so many requests a second of so many events, whether they are answered or not. */
const requestsPerSecond = 100;
const eventsPerRequest = 10;
const connections = 16;

const runaways = {
  "stopped by its time":
    "SELECT sum(sipHash64(a.number, b.number)) FROM numbers(1000000000) AS a CROSS JOIN numbers(1000) AS b",
  "stopped by its memory": "SELECT length(groupArray(toString(number))) FROM numbers(1000000000)",
  "stopped by its rows": "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(number)",
} as const;

if (values.help) console.log(help);
else await bench(Number(values.rounds), Number(values.seconds), Number(values.queries));

async function bench(rounds: number, seconds: number, queries: number): Promise<void> {
  await using stack = await startStack({ clock: monthBegin });
  await applyExample(stack.target, { customers: [{ customer: "c-0" }] });
  await advanceClock(stack.target, "2023-11-15T12:00:00Z", { remark: () => {} });
  const { analyst_url } = stack.run().clickhouse;
  if (analyst_url === null) throw new Error("ClickHouse is somebody else's: this measures its own");

  const verdicts: string[][] = [];
  for (const [name, query] of Object.entries(runaways)) {
    const begun = performance.now();
    const { error } = await ask(analyst_url, query, seconds);
    verdicts.push([name, error, ((performance.now() - begun) / 1_000).toFixed(1)]);
  }
  for (const line of table(
    [{ title: "query" }, { title: "its error" }, { title: "after s", align: "right" }],
    verdicts,
  ))
    console.log(line);
  console.log("");

  const p99s: { calm: number[]; runaway: number[] } = { calm: [], runaway: [] };
  await load(stack.target, 5, "warm");
  for (let round = 0; round < rounds; round += 1) {
    p99s.calm.push(await load(stack.target, seconds, `calm-${round}`));
    const running = Array.from({ length: queries }, () =>
      ask(analyst_url, runaways["stopped by its time"], seconds),
    );
    p99s.runaway.push(await load(stack.target, seconds, `runaway-${round}`));
    await Promise.all(running);
  }
  const [calm, runaway] = [median(p99s.calm), median(p99s.runaway)];
  const rows = p99s.calm.map((ms, round) => [
    String(round + 1),
    ms.toFixed(1),
    (p99s.runaway[round] ?? 0).toFixed(1),
    ((p99s.runaway[round] ?? 0) / ms).toFixed(2),
  ]);
  rows.push(["median", calm.toFixed(1), runaway.toFixed(1), (runaway / calm).toFixed(2)]);
  const columns = ["round", "p99 ms", "p99 ms, runaway", "ratio"].map(
    (title) => ({ title, align: "right" }) as const,
  );
  for (const line of table(columns, rows)) console.log(line);
  if (values.json !== undefined)
    writeFileSync(
      values.json,
      `${JSON.stringify({ calm, runaway, ratio: runaway / calm }, null, 2)}\n`,
    );
}

/** The code of ClickHouse's error, or `none`. */
async function ask(url: string, query: string, seconds: number): Promise<{ error: string }> {
  const { origin, username, password } = new URL(url);
  const answer = await fetch(`${origin}/?max_execution_time=${seconds}`, {
    method: "POST",
    body: query,
    headers: { "x-clickhouse-user": username, "x-clickhouse-key": decodeURIComponent(password) },
  });
  const text = await answer.text();
  return { error: /\(([A-Z_]+)\) \(version/.exec(text)?.[1] ?? "none" };
}

/** Sends for so many seconds, and answers the 99th percentile of the milliseconds from when a request was due to its answer. */
async function load(
  target: { readonly url: string; readonly key: string },
  seconds: number,
  name: string,
): Promise<number> {
  const url = new URL(target.url);
  const lanes = await Promise.all(
    Array.from({ length: connections }, () => openConnection(url, target.key)),
  );
  const everyMs = (1_000 / requestsPerSecond) * connections;
  const latencies: number[] = [];
  const begun = performance.now();
  await Promise.all(
    lanes.map(async (lane, at) => {
      const first = begun + (everyMs * at) / connections;
      for (let sent = 0; sent * everyMs < seconds * 1_000; sent += 1) {
        const due = first + sent * everyMs;
        await sleep(Math.max(0, due - performance.now()));
        const events = Array.from({ length: eventsPerRequest }, (_, of) => ({
          id: `${name}-${at}-${sent}-${of}`,
          type: "llm.completion",
          customer: "c-0",
          time: "2023-11-15T11:30:00Z",
          properties: { model: "m", input_token_count: 800, output_token_count: 150 },
        }));
        await lane.post("/v1/events/batch", JSON.stringify(events));
        latencies.push(performance.now() - due);
      }
    }),
  );
  for (const lane of lanes) lane.close();
  latencies.sort((one, other) => one - other);
  return latencies[Math.floor(latencies.length * 0.99)] ?? 0;
}

function median(of: readonly number[]): number {
  return of.toSorted((one, other) => one - other)[Math.floor(of.length / 2)] ?? 0;
}
