import type { Schemas } from "@tallybook/client";
import { type Call, type Command, deploymentOptions, jsonOption } from "../command.ts";
import { type Deployment, findDeployment } from "../deployment.ts";
import { Failure, misuse } from "../failure.ts";
import { table } from "../table.ts";

type Conflict = Schemas["Conflict"];
type Conflicts = Schemas["Conflicts"];

export const conflicts: Command = {
  name: "conflicts",
  summary: "Lists events whose id was taken by other content, with both",
  args: [],
  options: {
    customer: { value: "ID", about: "only this customer's" },
    state: { value: "STATE", about: "open, corrected or dismissed (default: open)" },
    ...deploymentOptions,
    ...jsonOption,
  },
  examples: ["npx tally conflicts", "npx tally conflicts --customer acme --state dismissed"],
  async run(call) {
    const found = await allConflicts(findDeployment(call), {
      state: call.text("state") ?? "open",
      ...(call.text("customer") === undefined ? {} : { customer: call.text("customer") ?? "" }),
    });
    if (call.has("json")) call.print(JSON.stringify({ conflicts: found }, null, 2));
    else if (found.length === 0) call.print("There is no such conflict.");
    else for (const line of conflictsText(found)) call.print(line);
    return 0;
  },
};

export const conflictsAccept: Command = {
  name: "conflicts accept",
  summary: "Takes the rejected content of a conflict instead, by a correction",
  args: ["ID"],
  options: { reason: { value: "TEXT", about: "why" }, ...deploymentOptions, ...jsonOption },
  examples: ['npx tally conflicts accept 2-117 --reason "the gateway was right the second time"'],
  async run(call) {
    const { id, reason } = settled(call, "accept");
    const target = findDeployment(call);
    const conflict = await target.ask<Conflict>(`/v1/conflicts/${encodeURIComponent(id)}`);
    if (conflict.state === "corrected") return tellCorrected(call, conflict);
    if (conflict.correction === null) {
      const why = "the event was taken back, or the rejected record is none";
      throw new Failure(`conflict ${id} has nothing to accept, since ${why}: dismiss it`);
    }
    const body = { ...conflict.correction, reason };
    const taken = await target.ask<object>("/v1/events", { body });
    if (call.has("json")) call.print(JSON.stringify(taken, null, 2));
    else call.print(`The correction conflict-${id} is accepted: it counts from the next cut on.`);
    return 0;
  },
};

export const conflictsDismiss: Command = {
  name: "conflicts dismiss",
  summary: "Leaves the rejected content of a conflict rejected, with a reason",
  args: ["ID"],
  options: { reason: { value: "TEXT", about: "why" }, ...deploymentOptions, ...jsonOption },
  examples: ['npx tally conflicts dismiss 2-117 --reason "a replay of the staging system"'],
  async run(call) {
    const { id, reason } = settled(call, "dismiss");
    const target = findDeployment(call);
    const path = `/v1/conflicts/${encodeURIComponent(id)}`;
    const conflict = await target.ask<Conflict>(path);
    if (conflict.state === "corrected") return tellCorrected(call, conflict);
    const dismissed = await target.ask<object>(`${path}/dismissal`, { body: { reason } });
    if (call.has("json")) call.print(JSON.stringify(dismissed, null, 2));
    else call.print(`Conflict ${id} is dismissed: what was accepted first stays.`);
    return 0;
  },
};

function settled(call: Call, what: string): { readonly id: string; readonly reason: string } {
  const [id = ""] = call.args;
  const reason = call.text("reason");
  if (reason === undefined) throw misuse(`tally conflicts ${what} needs --reason: why.`);
  return { id, reason };
}

/** Somebody has settled it before: nothing is left to do. */
function tellCorrected(call: Call, conflict: Conflict): number {
  const by = conflict.corrections.at(-1);
  if (call.has("json")) call.print(JSON.stringify(conflict, null, 2));
  else
    call.print(`Conflict ${conflict.conflict} is settled by correction ${by?.id}: ${by?.reason}`);
  return 0;
}

async function allConflicts(
  target: Deployment,
  filter: Readonly<Record<string, string>>,
): Promise<Conflict[]> {
  const found: Conflict[] = [];
  for (let after: string | null = ""; after !== null;) {
    const query = { ...filter, ...(after === "" ? {} : { after }) };
    const page: Conflicts = await target.ask<Conflicts>("/v1/conflicts", { query });
    found.push(...page.conflicts);
    after = page.next;
  }
  return found;
}

function conflictsText(found: readonly Conflict[]): readonly string[] {
  const columns = [
    { title: "conflict" },
    { title: "customer" },
    { title: "id" },
    { title: "accepted" },
    { title: "rejected" },
    { title: "state" },
  ];
  return table(
    columns,
    found.map((each) => [
      each.conflict,
      each.customer,
      each.source === "" ? each.id : `${each.source} ${each.id}`,
      contentText(each, "accepted"),
      contentText(each, "rejected"),
      each.dismissal === null ? each.state : `${each.state}: ${each.dismissal.reason}`,
    ]),
  );
}

/** What differs between the two, and nothing else. */
function contentText(conflict: Conflict, which: "accepted" | "rejected"): string {
  const [own, other] =
    which === "accepted"
      ? [conflict.accepted.event, conflict.rejected.event]
      : [conflict.rejected.event, conflict.accepted.event];
  if (own === null) return "(no event)";
  const [mine, theirs] = [flat(own), flat(other)];
  const differing = Object.keys({ ...mine, ...theirs })
    .toSorted()
    .filter((name) => mine[name] !== theirs[name]);
  return differing.map((name) => `${name} ${mine[name] ?? "(none)"}`).join(", ");
}

function flat(event: Conflict["accepted"]["event"]): Readonly<Record<string, string>> {
  if (event === null) return {};
  const { properties, ...own } = event;
  const texts = Object.entries({ ...own, ...properties }).map(([name, value]) => [
    name,
    value ?? "",
  ]);
  return Object.fromEntries(texts) as Record<string, string>;
}
