import { rerate as rerateAll, UnprovenColumns } from "@tallybook/audit";
import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findEngines, withEngines } from "../engines.ts";
import { Failure } from "../failure.ts";
import { readPeriod } from "../period-option.ts";
import { reratedText } from "../rerated.ts";
import { withProgress } from "../waiting.ts";

export const rerate: Command = {
  name: "rerate",
  summary:
    "Rates a period again with the present code; fails unless all that was posted comes out again",
  args: [],
  options: {
    period: {
      value: "PERIOD",
      about: "of billing periods that begin in it: 2023-11, 2023-11-16, or FROM/TO",
    },
    tenant: { value: "NAME", about: "of this tenant only (default: all)" },
    customer: { value: "NAME", about: "of this customer only (default: all)" },
    data: deploymentOptions.data,
    ...jsonOption,
  },
  examples: [
    "npx tally rerate --period 2023-11",
    "npx tally rerate --period 2023-11 --customer cust-00 --json",
  ],
  async run(call) {
    const period = readPeriod("rerate", call.text("period"));
    const [tenant, customer] = [call.text("tenant"), call.text("customer")];
    let doing = "reading the log";
    const rerated = await withProgress(
      call.remark,
      () => doing,
      withEngines(findEngines(call), (engines) =>
        rerateAll({
          ...engines,
          period,
          ...(tenant === undefined ? {} : { tenant }),
          ...(customer === undefined ? {} : { customer }),
          told: (done, of) => {
            doing = `rating again: step ${done + 1} of ${of}`;
          },
        }),
      ),
    ).catch((error: unknown) => {
      if (!(error instanceof UnprovenColumns)) throw error;
      throw new Failure(`${error.message}. \`tally reconcile\` says where; it mends itself.`);
    });
    if (call.has("json")) call.print(JSON.stringify(rerated, null, 2));
    else for (const line of reratedText(rerated)) call.print(line);
    return rerated.differences.length === 0 ? 0 : 1;
  },
};
