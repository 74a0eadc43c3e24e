import { generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { table } from "@tallybook/cli";
import { createMemoryLog } from "@tallybook/log";
import {
  createSnapshots,
  openDeduper,
  openLmdbStore,
  restoreSnapshot,
} from "@tallybook/service-deduper";
import type { IdentityStore } from "@tallybook/service-deduper";
import { identityKey, signBarrier } from "@tallybook/usage";
import type { UsageReported } from "@tallybook/usage";
import { encode, topics } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";

const help = `npm run bench:identities -- [--events N]

Decides events over a log in memory and an identity store on disk, and starts with a store that was lost: folded from the
log, and from a snapshot. Prints microseconds of processor time per event. Nothing passes or fails.

  --events N   how many; 1000000 unless given, which takes two minutes and a gigabyte of memory`;

const start = 1_700_000_000_000_000;
const keys = generateKeyPairSync("ed25519");
const grounds = {
  partition: 0,
  partitions: 1,
  publicKey: keys.publicKey,
  settingsAt: async () => ({
    window_seconds: 35 * 86_400,
    ahead_seconds: 3_600,
    cut_interval_seconds: 3_600,
    simulated: true,
    backfills: [],
  }),
};
const scratch = mkdtempSync(path.join(tmpdir(), "tallybook-bench-"));
const place = { dir: path.join(scratch, "snapshots"), partition: 0, deployment: "d" };

if (process.argv.includes("--help")) console.log(help);
else {
  try {
    await bench(wholeNumber(process.argv[process.argv.indexOf("--events") + 1]));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function bench(events: number): Promise<void> {
  const rows: string[][] = [];
  async function measure(name: string, share: number, work: () => Promise<void>): Promise<void> {
    const [before, begun] = [process.cpuUsage(), performance.now()];
    await work();
    const { user, system } = process.cpuUsage(before);
    const seconds = (performance.now() - begun) / 1_000;
    rows.push([name, ((user + system) / share).toFixed(1), seconds.toFixed(1)]);
    console.error(`${name}: ${seconds.toFixed(1)} s`);
  }

  for (const [name, idOf] of [
    ["ids in order", (at: number) => `req-${at}`],
    ["ids at random", () => randomUUID()],
  ] as const) {
    const log = await logOf(events, idOf);
    const first = path.join(scratch, name);
    const store = openLmdbStore(first, "d");
    await measure(`decide, ${name}`, events, () => decideAll(log, store));
    const snapshots = await createSnapshots({ store, place, say: () => {}, tailMin: 1 });
    await measure(`take a snapshot, ${name}`, events, async () => {
      snapshots.atCut();
      await snapshots.close();
    });
    await store.close();

    const folded = openLmdbStore(path.join(scratch, `${name}, folded`), "d");
    await measure(`lost store from the log, ${name}`, events, () => decideAll(log, folded));
    await folded.close();

    const folder = path.join(scratch, `${name}, restored`);
    await measure(`lost store from a snapshot, ${name}`, events, async () => {
      const end = await log.endOffset(topics.usageRaw, 0);
      await restoreSnapshot({ folder, place, end, say: () => {} });
      const restored = openLmdbStore(folder, "d");
      await decideAll(log, restored);
      await restored.close();
    });
    rmSync(place.dir, { recursive: true });
  }
  const columns = [
    { title: `${events.toLocaleString("en")} events` },
    { title: "CPU µs/event", align: "right" },
    { title: "seconds", align: "right" },
  ] as const;
  for (const line of table(columns, rows)) console.log(line);
}

async function decideAll(
  log: Awaited<ReturnType<typeof logOf>>,
  store: IdentityStore,
): Promise<void> {
  const deduper = await openDeduper({
    log,
    store,
    grounds,
    transactions: true,
    reached: () => {},
    now: () => performance.now(),
  });
  while ((await deduper.turn()) === "worked");
  await deduper.close();
}

async function logOf(events: number, idOf: (at: number) => string) {
  const log = createMemoryLog();
  await log.prepareTopics(
    [topics.usageRaw, topics.usageAccepted, topics.usageRejected].map((topic) => ({
      topic,
      partitions: 1,
    })),
  );
  const producer = await log.producer();
  const append = (fact: Fact, key: Buffer | null) =>
    producer.send([{ topic: topics.usageRaw, partition: 0, key, value: encode(fact) }]);
  const barrier = { cut: 0, partition: 0, time: start, catalog_offset: 1 };
  await append(signBarrier(barrier, keys.privateKey), null);
  for (let at = 0; at < events; at += 1) {
    const event = eventOf(at, idOf(at));
    await append(event, identityKey(event.tenant, event.source, event.id));
  }
  return log;
}

function eventOf(at: number, id: string): UsageReported {
  return {
    kind: "UsageReported",
    tenant: "acme-ai",
    source: "",
    id,
    type: "llm.completion",
    customer: `c-${at % 10_000}`,
    subscription: null,
    time: start + at,
    properties: {
      model: "large",
      region: "eu-west-1",
      input_token_count: String(at % 7_000),
      output_token_count: String(at % 900),
      request_kind: "chat",
      latency_ms: String(at % 3_000),
    },
    received_at: start + at,
    door: "native",
    api_key: "key-1",
    target: null,
    personal: {},
    correction: null,
    backfill: null,
  };
}

function wholeNumber(text: string | undefined): number {
  if (!process.argv.includes("--events")) return 1_000_000;
  if (text === undefined || !/^[1-9]\d{0,8}$/.test(text))
    throw new Error(`--events is ${JSON.stringify(text)}: give a whole number from 1`);
  return Number(text);
}
