import type { WhyCustomer, WhyEvent } from "@tallybook/audit";
import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findDeployment } from "../deployment.ts";
import { Failure, misuse } from "../failure.ts";
import { whyText } from "../why.ts";

export const why: Command = {
  name: "why",
  summary: "Says why an event, or a customer's usage, is or is not on an invoice, and what to do",
  args: ["EVENT|CUSTOMER"],
  options: {
    ...deploymentOptions,
    source: { value: "SOURCE", about: "of the event, where its door has one" },
    as: {
      value: "WHAT",
      about: "event or customer, where both have that name (default: customer)",
    },
    ...jsonOption,
  },
  examples: ["npx tally why evt_1042", "npx tally why acme", "npx tally why evt_1 --source app-7"],
  async run(call) {
    const [name = ""] = call.args;
    const as = call.text("as");
    if (as !== undefined && as !== "event" && as !== "customer")
      throw misuse(`tally why: --as is event or customer: \`${as}\` is neither.`);
    const source = call.text("source");
    const found = await findDeployment(call).ask<WhyEvent | WhyCustomer>("/v1/why", {
      query: {
        name,
        ...(as === undefined ? {} : { as }),
        ...(source === undefined ? {} : { source }),
      },
    });
    if (found.kind === "event" && found.records.length === 0)
      throw new Failure(
        `usage.raw has no decided record of event ${name}${source === undefined ? "" : ` of source ${source}`}. Was it sent? Look for the answer that its sender got; an event of a source needs --source.`,
      );
    if (call.has("json")) call.print(JSON.stringify(found, null, 2));
    else for (const line of whyText(found)) call.print(line);
    return 0;
  },
};
