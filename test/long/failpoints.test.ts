import { expect, test } from "vitest";
import { runChaos } from "../chaos/chaos.ts";
import { reportOf } from "../chaos/report.ts";

const seed = Number(process.env["SEED"] ?? 20_231_116);

test(`a process dies at every fail point, and not a cent is off (SEED=${seed})`, async () => {
  const outcome = await runChaos({
    minutes: 3,
    timesEach: 1,
    seed,
    eventsPerSecond: 60,
    // The machine may have other work: how soon is measured by `npm run chaos`.
    restSecondsMax: 600,
    wipe: false,
    say: () => {},
  });
  expect(outcome.failures, reportOf(outcome).join("\n")).toEqual([]);
  expect(outcome.drift).toEqual({ events: "0", units: "0", money: "0" });
});
