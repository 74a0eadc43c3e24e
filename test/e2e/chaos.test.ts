import { expect, test } from "vitest";

import { runChaos } from "../chaos/chaos.ts";
import { reportOf } from "../chaos/report.ts";

const seed = Number(process.env["SEED"] ?? 20_231_116);

test(`three minutes of kills, stalls and cut connections, and not a cent is off (SEED=${seed})`, async () => {
  const outcome = await runChaos({
    minutes: 3,
    timesEach: 0,
    seed,
    eventsPerSecond: 60,
    // The machine may have other work: how soon is measured by `npm run chaos`.
    restSecondsMax: 600,
    wipe: false,
    say: () => {},
  });
  expect(outcome.failures, reportOf(outcome).join("\n")).toEqual([]);
  expect(outcome.drift).toEqual({ events: "0", units: "0", money: "0" });
  expect(outcome.events.backfilled).toBeGreaterThanOrEqual(60);
  expect(outcome.kills).toBeGreaterThanOrEqual(12);
  expect(Object.keys(outcome.killsByFailPoint).length).toBeGreaterThanOrEqual(6);
  expect(Object.keys(outcome.wrongs)).toEqual(
    expect.arrayContaining([
      expect.stringContaining("deduper stalled"),
      expect.stringContaining("aggregator stalled"),
      expect.stringContaining("rater stalled"),
      "kafka killed",
      expect.stringContaining("kafka restarted"),
      "clickhouse killed",
      "clickhouse restarted",
      "clickhouse killed, down for a while",
      "inserts cut off after their answer",
    ]),
  );
}, 1_500_000);
