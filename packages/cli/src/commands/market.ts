import type { MarketCheck } from "@tallybook/invoice";

import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findDeployment } from "../deployment.ts";
import { misuse } from "../failure.ts";
import { marketText } from "../market.ts";

export const marketCheck: Command = {
  name: "market check",
  summary: "Says whether sales into a country can be invoiced, and what is missing",
  args: ["COUNTRY"],
  options: { ...deploymentOptions, ...jsonOption },
  examples: ["npx tally market check DE"],
  async run(call) {
    const [country = ""] = call.args;
    if (!/^[A-Z]{2}$/.test(country))
      throw misuse(
        `tally market check: COUNTRY is two capital letters of ISO 3166-1, such as DE: \`${country}\` is not.`,
      );
    const found = await findDeployment(call).ask<MarketCheck>(`/v1/markets/${country}/check`);
    if (call.has("json")) call.print(JSON.stringify(found, null, 2));
    else for (const line of marketText(found)) call.print(line);
    return found.ready ? 0 : 1;
  },
};
