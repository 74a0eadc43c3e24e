import type { Clock } from "@tallybook/client";
import { parseTime } from "@tallybook/periods";
import { advanceClock, requestCut } from "../clock.ts";
import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findDeployment } from "../deployment.ts";
import { misuse } from "../failure.ts";

export const clock: Command = {
  name: "clock",
  summary: "Shows the deployment's time, and whether it is simulated",
  args: [],
  options: { ...deploymentOptions, ...jsonOption },
  examples: ["npx tally clock"],
  async run(call) {
    const now = await findDeployment(call).ask<Clock>("/v1/clock");
    if (call.has("json")) call.print(JSON.stringify(now));
    else call.print(`${now.time} ${now.simulated ? "(simulated)" : "(wall clock)"}`);
    return 0;
  },
};

export const clockAdvance: Command = {
  name: "clock advance",
  summary: "Moves simulated time forward, and returns when a cut with the new time has passed",
  args: ["TIME"],
  options: deploymentOptions,
  examples: ["npx tally clock advance 2023-12-01T01:00:00Z"],
  async run(call) {
    const [time = ""] = call.args;
    if (parseTime(time) === undefined) {
      throw misuse(
        `tally clock advance: ${time} is not an RFC 3339 time with a zone, like 2023-12-01T01:00:00Z.`,
      );
    }
    const progress = await advanceClock(findDeployment(call), time, call);
    call.print(`cut ${progress["aggregator"]?.cut ?? "?"} at ${time}`);
    return 0;
  },
};

export const cut: Command = {
  name: "cut",
  summary: "Asks for a cut now, and returns when it has passed",
  args: [],
  options: deploymentOptions,
  examples: ["npx tally cut"],
  async run(call) {
    const progress = await requestCut(findDeployment(call), "tally cut", call);
    call.print(`cut ${progress["aggregator"]?.cut ?? "?"}`);
    return 0;
  },
};
