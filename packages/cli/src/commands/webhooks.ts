import { type Call, type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findDeployment } from "../deployment.ts";
import { misuse } from "../failure.ts";
import { untilAsked } from "../until-asked.ts";
import { openWebhookListener } from "../webhook-listener.ts";
import { type Delivery, deliveriesText, type Endpoint, endpointsText } from "../webhooks.ts";

export const webhooks: Command = {
  name: "webhooks",
  summary: "Lists the endpoints of webhooks, and whether they are served",
  args: [],
  options: { ...deploymentOptions, ...jsonOption },
  examples: ["npx tally webhooks"],
  async run(call) {
    const found = await findDeployment(call).ask<{ endpoints: Endpoint[] }>(
      "/v1/webhooks/endpoints",
    );
    if (call.has("json")) call.print(JSON.stringify(found, null, 2));
    else for (const line of endpointsText(found.endpoints)) call.print(line);
    return 0;
  },
};

export const webhooksSecret: Command = {
  name: "webhooks secret",
  summary: "Makes the next secret of an endpoint, and shows it this once",
  args: ["ENDPOINT"],
  options: {
    ...deploymentOptions,
    overlap: { value: "HOURS", about: "how long the one before it signs as well (default 24)" },
  },
  examples: ["npx tally webhooks secret books", "npx tally webhooks secret books --overlap 1"],
  async run(call) {
    const [endpoint = ""] = call.args;
    const overlap = call.text("overlap");
    const made = await findDeployment(call).ask<{
      readonly secret: string;
      readonly previous_until: string | null;
    }>(`/v1/webhooks/endpoints/${encodeURIComponent(endpoint)}/secret`, {
      method: "POST",
      ...(overlap === undefined ? {} : { query: { overlap } }),
    });
    call.print(made.secret);
    call.remark("This is the only time that it is shown.");
    if (made.previous_until !== null)
      call.remark(`The one before it signs as well until ${made.previous_until}.`);
    return 0;
  },
};

export const webhooksDeliveries: Command = {
  name: "webhooks deliveries",
  summary: "Lists messages to endpoints and what became of them",
  args: [],
  options: {
    ...deploymentOptions,
    endpoint: { value: "ENDPOINT", about: "of one endpoint" },
    status: { value: "STATUS", about: "pending, delivered or dead" },
    ...jsonOption,
  },
  examples: ["npx tally webhooks deliveries --status dead"],
  async run(call) {
    const target = findDeployment(call);
    const all: Delivery[] = [];
    for (let after: string | null = ""; after !== null;) {
      const query: Record<string, string> = { limit: "1000", ...filterOf(call) };
      if (after !== "") query["after"] = after;
      const page: { deliveries: Delivery[]; next: string | null } = await target.ask(
        "/v1/webhooks/deliveries",
        { query },
      );
      all.push(...page.deliveries);
      after = page.next;
    }
    if (call.has("json")) call.print(JSON.stringify({ deliveries: all }, null, 2));
    else for (const line of deliveriesText(all)) call.print(line);
    return 0;
  },
};

export const webhooksReplay: Command = {
  name: "webhooks replay",
  summary: "Sends a message again by its id, or all of an endpoint between two times",
  args: ["[MESSAGE]"],
  options: {
    ...deploymentOptions,
    endpoint: { value: "ENDPOINT", about: "the endpoint, where no message is named" },
    since: { value: "TIME", about: "from when on it happened" },
    until: { value: "TIME", about: "until when, exclusive" },
    dead: { about: "only what is dead" },
  },
  examples: [
    "npx tally webhooks replay msg_5a7b…",
    "npx tally webhooks replay --endpoint books --since 2023-11-01T00:00:00Z --until 2023-12-01T00:00:00Z --dead",
  ],
  async run(call) {
    const [message] = call.args;
    const endpoint = call.text("endpoint");
    if ((message === undefined) === (endpoint === undefined))
      throw misuse("tally webhooks replay: say MESSAGE, or --endpoint, --since and --until.");
    const [since, until] = [call.text("since"), call.text("until")];
    if (endpoint !== undefined && (since === undefined || until === undefined))
      throw misuse("tally webhooks replay: --since TIME or --until TIME is missing.");
    const target = findDeployment(call);
    if (message !== undefined) {
      await target.ask(`/v1/webhooks/deliveries/${encodeURIComponent(message)}/replay`, {
        method: "POST",
      });
      call.print(`${message} is sent again`);
      return 0;
    }
    const { messages } = await target.ask<{ messages: number }>(
      `/v1/webhooks/endpoints/${encodeURIComponent(endpoint ?? "")}/replay`,
      {
        method: "POST",
        body: { since, until, ...(call.has("dead") ? { status: "dead" } : {}) },
      },
    );
    call.print(`${messages} messages are sent again`);
    return 0;
  },
};

export const webhooksListen: Command = {
  name: "webhooks listen",
  summary: "Receives webhooks on this machine, verifies and prints them",
  args: [],
  options: {
    secret: { value: "SECRET", about: "of the endpoint, whsec_… (or WEBHOOK_SECRET)" },
    port: { value: "N", about: "port to listen on (default 8787)" },
    status: { value: "N", about: "what to answer to those that are good (default 204)" },
  },
  examples: [
    "npx tally webhooks listen --secret whsec_…",
    "npx tally webhooks listen --status 500",
  ],
  async run(call) {
    const secret = call.text("secret") ?? call.env["WEBHOOK_SECRET"];
    if (secret === undefined || !/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(secret))
      throw misuse(
        "tally webhooks listen: --secret is missing or unfit: `tally webhooks secret ENDPOINT` makes one.",
      );
    const { asked } = untilAsked(call.remark, () => {});
    const listener = await openWebhookListener({
      port: numberOf(call, "port", { fallback: 8_787, min: 0, max: 65_535 }),
      status: numberOf(call, "status", { fallback: 204, min: 200, max: 599 }),
      secret,
      print: call.print,
    });
    call.remark(`Webhooks are taken at ${listener.url}`);
    await asked;
    await listener.close();
    return 0;
  },
};

function filterOf(call: Call): Record<string, string> {
  const given = ["endpoint", "status"].map((name) => [name, call.text(name)] as const);
  return Object.fromEntries(
    given.filter((each): each is [string, string] => each[1] !== undefined),
  );
}

function numberOf(
  call: Call,
  option: string,
  { fallback, min, max }: { readonly fallback: number; readonly min: number; readonly max: number },
): number {
  const text = call.text(option) ?? String(fallback);
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw misuse(
    `tally webhooks listen: --${option} ${text} is not a whole number from ${min} to ${max}.`,
  );
}
