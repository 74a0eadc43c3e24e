import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { random } from "@tallybook/cli";
import { connectColumns, migrate } from "@tallybook/columns";
import type { Columns, InsertRange, MeasuredEvent } from "@tallybook/columns";
import { freePorts, startClickHouse } from "@tallybook/local";
import type { ClickHouse } from "@tallybook/local";
import { usualMeter } from "@tallybook/testkit/facts";
import { createPartControl, measure, partDigest } from "@tallybook/usage";
import type { Meter, PartCompared, UsageAccepted } from "@tallybook/usage";
import { afterAll, beforeAll, expect, test } from "vitest";

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const chance = random(seed);
const rowsPerPart = 3_000;
const killsInside = 5;
/** What the second half of an insert takes at most, on most machines: kills hit all of it. */
const measurementsMs = 150;

const meters: ReadonlyMap<string, readonly Meter[]> = new Map(
  (["sum", "max", "unique"] as const).map((aggregation): [string, Meter[]] => [
    aggregation,
    [
      {
        ...usualMeter,
        tenant: "t",
        meter: aggregation,
        version: 1,
        event_type: "llm",
        aggregation,
        value_property: "n",
      },
    ],
  ]),
);

const dir = mkdtempSync(path.join(tmpdir(), "tallybook-restart-"));
let ports: number[];
let server: ClickHouse;
let columns: Columns;
/** Called when the events of an insert are there and its measurements are not. */
let atMeasurements = (): void => {};

beforeAll(async () => {
  ports = await freePorts(2);
  server = await start();
  const options = { url: server.url, database: "tallybook_restart" };
  await migrate(options);
  columns = connectColumns({ ...options, reached: () => atMeasurements() });
}, 60_000);

afterAll(async () => {
  await columns?.close();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
}, 30_000);

test("an insert that is sent again after ClickHouse was killed is there once, in the live numbers too", async () => {
  const { range, rows } = partOf(0);
  await columns.insertMeasured(range, rows);
  await restart("SIGKILL");
  await columns.insertMeasured(range, rows);
  await expectOnce(0);
}, 60_000);

test(`so is one in which ClickHouse was killed (SEED=${seed})`, async () => {
  for (let cut = 1; cut <= killsInside; cut += 1) {
    const { range, rows } = partOf(cut);
    const half = Promise.withResolvers<void>();
    atMeasurements = half.resolve;
    const inserting = columns.insertMeasured(range, rows).catch(() => {});
    await half.promise;
    await sleep(chance.below(measurementsMs));
    await restart("SIGKILL");
    await inserting;
    await columns.insertMeasured(range, rows);
    await expectOnce(cut);
  }
}, 120_000);

function start(): Promise<ClickHouse> {
  const [httpPort = 0, tcpPort = 0] = ports;
  const logFile = path.join(dir, "clickhouse.log");
  return startClickHouse({ dir: path.join(dir, "clickhouse"), httpPort, tcpPort, logFile });
}

async function restart(signal: NodeJS.Signals): Promise<void> {
  process.kill(server.pid, signal);
  await server.exited;
  server = await start();
}

/** A cut's part with all its rows, in one insert. */
function partOf(cut: number): { range: InsertRange; rows: MeasuredEvent[]; part: PartCompared } {
  const rows = Array.from({ length: rowsPerPart }, (_, at): MeasuredEvent => {
    const event: UsageAccepted = {
      kind: "UsageAccepted",
      raw_offset: cut * rowsPerPart + at,
      cut,
      tenant: "t",
      source: "",
      id: `${cut}-${at}`,
      type: "llm",
      customer: `c-${at % 100}`,
      subscription: null,
      time: 1_700_000_000_000_000 + at * 1_000_000,
      properties: { n: String(at % 97) },
      content_hash: Buffer.alloc(32, at % 250),
      received_at: 1_700_000_000_000_001,
      door: null,
      api_key: null,
      target: null,
      personal: {},
      corrected: null,
      backfill: null,
    };
    return { event, measured: measure(event, meters) };
  });
  const control = createPartControl();
  for (const { event, measured } of rows) control.add(event, measured);
  const tenants = control.totals();
  const [from, to] = [cut * rowsPerPart, (cut + 1) * rowsPerPart - 1];
  return {
    range: { generation: 1, cut, partition: 0, from, to, repair: 0 },
    rows,
    part: {
      kind: "PartCompared",
      cut,
      partition: 0,
      end_offset: to + 1,
      raw_end_offset: to + 1,
      repair: 0,
      tenants,
      digest: partDigest(cut, 0, tenants),
      merkle_root: null,
    },
  };
}

/** Every table holds what the log does, the live numbers what the measurements come to. */
async function expectOnce(cut: number): Promise<void> {
  const { range, part } = partOf(cut);
  await columns.buildRollups(range);
  expect(await columns.proveParts([part])).toEqual({ ok: true });
}
