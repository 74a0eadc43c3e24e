import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { connectLog, createMemoryLog } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import { startTestEngines } from "@tallybook/testkit";
import type { TestEngines } from "@tallybook/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

import { points, startNumbering } from "./support/numbering-stage.ts";

let dir: string;
let engines: TestEngines;

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), "tallybook-numbers-"));
  engines = await startTestEngines(dir, "kafka");
}, 120_000);
afterAll(async () => {
  await engines?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const finalizers = 20;

async function expectGapless(log: Log): Promise<void> {
  const stage = await startNumbering(log, finalizers);
  await stage.finalizeAll();
  // Each step was one that some writer of numbers has died at.
  expect(new Set(stage.deaths)).toEqual(new Set(points));
  const invoices = await stage.invoices();
  expect(new Set(invoices.map(({ invoice }) => invoice)).size).toBe(2 * finalizers);
  for (const prefix of ["EU-", "US-"]) {
    const own = invoices.filter(({ number }) => number.startsWith(prefix));
    const places = Array.from({ length: finalizers }, (_, at) => at + 1);
    expect(own.map(({ number }) => number)).toEqual(
      places.map((place) => prefix + String(place).padStart(6, "0")),
    );
    const dates = own.map(({ finalized_at }) => finalized_at);
    expect(dates).toEqual(dates.toSorted((a, b) => a - b));
  }
}

const what = `${finalizers} finalizers at once of each of two entities, whoever writes dying at each step, leave no gap and no date behind another`;

test(`${what}: in memory`, () => expectGapless(createMemoryLog()), 30_000);

test(`${what}: Kafka`, async () => {
  const prefix = `numbers-${Date.now()}-`;
  const brokers = engines.brokers.split(",");
  const log = await connectLog({ brokers, clientId: "numbers", prefix });
  try {
    await expectGapless(log);
  } finally {
    await log.close();
  }
}, 120_000);
