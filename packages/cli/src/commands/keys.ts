import type { NewApiKey } from "@tallybook/client";
import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findDeployment } from "../deployment.ts";
import { misuse } from "../failure.ts";

export const keysCreate: Command = {
  name: "keys create",
  summary: "Makes an API key and shows it this once",
  args: [],
  options: {
    role: { value: "ROLE", about: "producer, analyst, auditor, finance or admin" },
    ...deploymentOptions,
    ...jsonOption,
  },
  examples: ["npx tally keys create --role producer"],
  async run(call) {
    const role = call.text("role");
    if (role === undefined) {
      throw misuse(
        "tally keys create: --role is missing: producer, analyst, auditor, finance or admin.",
      );
    }
    const made = await findDeployment(call).ask<NewApiKey>("/v1/api-keys", { body: { role } });
    call.print(call.has("json") ? JSON.stringify(made) : made.key);
    return 0;
  },
};
