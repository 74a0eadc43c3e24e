import { readFileSync } from "node:fs";
import type { Schemas } from "@tallybook/client";
import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findDeployment } from "../deployment.ts";
import { Failure } from "../failure.ts";
import { table } from "../table.ts";

type Rejected = Schemas["Rejected"];
type RejectedPage = Schemas["RejectedPage"];
type RejectedRecord = Schemas["RejectedRecord"];

export const rejectedList: Command = {
  name: "rejected list",
  summary: "Lists what was sent and does not count, with the reason",
  args: [],
  options: {
    reason: { value: "REASON", about: "only what has this reason" },
    customer: { value: "ID", about: "only this customer's" },
    verdict: { value: "VERDICT", about: "refused or conflict" },
    limit: { value: "N", about: "so many at most, the latest (default 100)" },
    ...deploymentOptions,
    ...jsonOption,
  },
  examples: ["npx tally rejected list", "npx tally rejected list --reason too_old"],
  async run(call) {
    const query: Record<string, string> = {};
    for (const name of ["reason", "customer", "verdict", "limit"]) {
      const value = call.text(name);
      if (value !== undefined) query[name] = value;
    }
    const found = await findDeployment(call).ask<RejectedPage>("/v1/rejected", { query });
    if (call.has("json")) call.print(JSON.stringify(found, null, 2));
    else if (found.rejected.length === 0) call.print("There is no such record.");
    else for (const line of rejectedText(found.rejected)) call.print(line);
    return 0;
  },
};

export const rejectedShow: Command = {
  name: "rejected show",
  summary: "Shows what was sent and does not count, as it came",
  args: ["ID"],
  options: { ...deploymentOptions, ...jsonOption },
  examples: ["npx tally rejected show 2-117"],
  async run(call) {
    const [id = ""] = call.args;
    const found = await findDeployment(call).ask<RejectedRecord>(pathOf(id));
    if (call.has("json")) call.print(JSON.stringify(found, null, 2));
    else for (const line of recordText(found)) call.print(line);
    return 0;
  },
};

export const rejectedResubmit: Command = {
  name: "rejected resubmit",
  summary: "Sends what does not count again to its front door, as it was or as a file has it",
  args: ["ID"],
  options: {
    with: { value: "FILE", about: "the body to send instead: what was wrong, put right" },
    ...deploymentOptions,
    ...jsonOption,
  },
  examples: [
    "npx tally rejected resubmit 2-117",
    "npx tally rejected resubmit 2-117 --with mended.json",
  ],
  async run(call) {
    const [id = ""] = call.args;
    const target = findDeployment(call);
    const { again } = await target.ask<RejectedRecord>(pathOf(id));
    if (again === null)
      throw new Failure(
        `${id} cannot be sent again from what is kept of it: send it from where it came.`,
      );
    const file = call.text("with");
    const answer = await fetch(new URL(again.path, target.url), {
      method: "POST",
      headers: { "content-type": again.content_type, authorization: `Bearer ${target.key}` },
      body: file === undefined ? again.body : textOf(file),
    });
    const said = await answer.text();
    if (call.has("json")) call.print(JSON.stringify({ status: answer.status, answer: said }));
    else if (answer.ok) call.print(`${id} was sent to ${again.path} again, and is taken.`);
    else call.print(`${id} was sent to ${again.path} again, and refused: ${detailIn(said)}`);
    return answer.ok ? 0 : 1;
  },
};

function pathOf(id: string): string {
  return `/v1/rejected/${encodeURIComponent(id)}`;
}

function rejectedText(rows: readonly Rejected[]): readonly string[] {
  const titles = ["ID", "Verdict", "Reason", "Customer", "Event", "What is wrong"];
  return table(
    titles.map((title) => ({ title })),
    rows.map(({ rejected, verdict, reason, customer, id, field, detail }) => [
      rejected,
      verdict,
      reason,
      customer ?? "",
      id ?? "",
      field === null ? detail : `${field} ${detail}`,
    ]),
  );
}

function recordText(found: RejectedRecord): string[] {
  const { rejected, verdict, reason, field, detail, door, api_key, received_at } = found;
  return [
    `${rejected}: ${verdict}, ${reason}`,
    field === null ? detail : `${field} ${detail}`,
    `Came ${received_at ?? "straight into Kafka"}${door === null ? "" : ` by the door ${door}`}${api_key === null ? "" : `, with the key ${api_key}`}.`,
    found.again === null ? "It cannot be sent again from here." : `It goes to ${found.again.path}.`,
    "",
    found.content ?? "What it holds is no text.",
  ];
}

function detailIn(said: string): string {
  try {
    const { detail } = JSON.parse(said) as { readonly detail?: unknown };
    return typeof detail === "string" ? detail : said;
  } catch {
    return said;
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`);
  }
}
