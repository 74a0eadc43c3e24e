import { readFileSync } from "node:fs";
import { compareShadow } from "@tallybook/audit";
import type { Applied } from "@tallybook/client";
import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findDeployment } from "../deployment.ts";
import { findEngines, withEngines } from "../engines.ts";
import { readExpected } from "../expected-bills.ts";
import { Failure } from "../failure.ts";
import { readPeriod } from "../period-option.ts";
import { shadowText } from "../shadow.ts";
import { withProgress } from "../waiting.ts";

/** Bills in one request. */
const billsMax = 500;

export const shadowImport: Command = {
  name: "shadow import",
  summary:
    "Takes in what another system has billed, from a CSV file, to compare it with what is billed here",
  args: ["FILE"],
  options: { ...deploymentOptions, ...jsonOption },
  examples: ["npx tally shadow import old-system-2023-11.csv"],
  async run(call) {
    const [file = ""] = call.args;
    const bills = readExpected(readText(file), file);
    const target = findDeployment(call);
    let done = 0;
    let changed = 0;
    const sending = async () => {
      for (let at = 0; at < bills.length; at += billsMax) {
        const some = bills.slice(at, at + billsMax);
        const { changes } = await target.ask<Applied>("/v1/apply", {
          body: { expected_bills: some },
        });
        changed += changes.length;
        done += some.length;
      }
    };
    await withProgress(call.remark, () => `taken in: ${done} of ${bills.length} bills`, sending());
    const lines = bills.reduce((sum, bill) => sum + bill.lines.length, 0);
    const customers = new Set(bills.map(({ customer }) => customer)).size;
    const counts = { bills: bills.length, lines, customers, changed };
    if (call.has("json")) call.print(JSON.stringify(counts));
    else
      call.print(
        `${bills.length} bills with ${lines} lines, of ${customers} customers; ${changed} of them new or changed.`,
      );
    return 0;
  },
};

export const shadowCompare: Command = {
  name: "shadow compare",
  summary:
    "Holds what another system has billed against what is billed here; fails unless it is the same to the cent",
  args: [],
  options: {
    period: {
      value: "PERIOD",
      about: "of billing periods that begin in it: 2023-11, 2023-11-16, or FROM/TO",
    },
    tenant: { value: "NAME", about: "whose bills (default: default)" },
    data: deploymentOptions.data,
    ...jsonOption,
  },
  examples: ["npx tally shadow compare --period 2023-11"],
  async run(call) {
    const period = readPeriod("shadow compare", call.text("period"));
    const tenant = call.text("tenant") ?? "default";
    const found = await withProgress(
      call.remark,
      () => "reading the log",
      withEngines(findEngines(call), ({ log }) => compareShadow({ log, tenant, period })),
    );
    if (call.has("json")) call.print(JSON.stringify(found, null, 2));
    else for (const line of shadowText(found)) call.print(line);
    return found.differences.length === 0 && found.expected > 0 ? 0 : 1;
  },
};

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`);
  }
}
