import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findDeployment } from "../deployment.ts";
import {
  type AgedReceivables,
  receivablesText,
  type Statement,
  statementText,
} from "../statements.ts";

export const statement: Command = {
  name: "statement",
  summary: "Prints what a customer was asked for and paid",
  args: ["CUSTOMER"],
  options: {
    from: { value: "TIME", about: "RFC 3339 (default: from the beginning)" },
    to: { value: "TIME", about: "exclusive (default: now)" },
    ...deploymentOptions,
    ...jsonOption,
  },
  examples: [
    "npx tally statement acme",
    "npx tally statement acme --from 2024-01-01T00:00:00Z --to 2024-02-01T00:00:00Z",
  ],
  async run(call) {
    const [customer = ""] = call.args;
    const found = await findDeployment(call).ask<Statement>(
      `/v1/statements/${encodeURIComponent(customer)}`,
      { query: given({ from: call.text("from"), to: call.text("to") }) },
    );
    if (call.has("json")) call.print(JSON.stringify(found, null, 2));
    else for (const line of statementText(found)) call.print(line);
    return 0;
  },
};

export const receivables: Command = {
  name: "receivables",
  summary: "Prints what each customer owes, by how long it should have been paid",
  args: [],
  options: {
    "as-of": { value: "TIME", about: "RFC 3339 (default: now)" },
    customer: { value: "ID", about: "only this one" },
    ...deploymentOptions,
    ...jsonOption,
  },
  examples: ["npx tally receivables", "npx tally receivables --as-of 2024-02-01T00:00:00Z"],
  async run(call) {
    const found = await findDeployment(call).ask<AgedReceivables>("/v1/receivables", {
      query: given({ as_of: call.text("as-of"), customer: call.text("customer") }),
    });
    if (call.has("json")) call.print(JSON.stringify(found, null, 2));
    else for (const line of receivablesText(found)) call.print(line);
    return 0;
  },
};

function given(query: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
