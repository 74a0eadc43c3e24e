import { table } from "@tallybook/cli";
import type { CatalogFact } from "@tallybook/catalog";
import type { TransactionPosted } from "@tallybook/journal";
import { decode, topics } from "@tallybook/wire";

import { stepAt } from "../places.ts";
import { runWorld } from "../world.ts";
import { openHouse } from "./house.ts";
import { monthByMonth, stepsOfMonth, vendor } from "./months.ts";

/** What is asked for, one thing after the other. */
export type Line =
  /** A month passes, and a cut with it. */
  | "a month passes"
  | {
      readonly what: string;
      /** Below /v1. `draft`: the id of the customer's draft. */
      readonly path: string;
      readonly body?: object;
    };

export interface Story {
  readonly title: string;
  /** Whose invoices and credit are shown. */
  readonly customer: string;
  /** Besides those of the vendor. */
  readonly facts?: readonly CatalogFact[];
  readonly lines: readonly Line[];
}

const months = 4;

/** What is asked, answered, true of the customer's invoices then, and posted of it, as a text table; what a refusal says stands below it. */
export async function told({ customer, lines, facts = [] }: Story): Promise<string> {
  const { log, columns } = await runWorld({
    seed: 1,
    steps: months * stepsOfMonth,
    transactions: true,
    traffic: monthByMonth([...vendor("default", 3), ...facts]),
    isUntouched: true,
  });
  let ticks = 0;
  const house = await openHouse({
    log,
    memory: log,
    columns,
    reached: () => {},
    now: (lastCut) => lastCut + ticks * 1_000_000,
  });
  const notes: string[] = [];
  const rows: string[][] = [];
  let postedBefore = 0;

  async function rest(): Promise<void> {
    for (let idle = 0; idle < 3; idle += 1) {
      for (const place of [house.rater, house.invoicer])
        if ((await stepAt(place)) !== "idle") idle = -1;
      await house.settled();
    }
  }

  async function ask(line: Exclude<Line, string>): Promise<string> {
    const draft = [...(house.archive().byTenant.get("default")?.facts ?? [])].findLast(
      (fact) => fact.kind === "InvoiceDrafted" && fact.customer === customer,
    );
    const path = `/v1/${line.path.replace("draft", draft?.invoice ?? "none")}`;
    const { body } = line;
    const asked = { tenant: "default", method: "POST", path } as const;
    const attempt = await house.ask({ ...asked, ...(body === undefined ? {} : { body }) });
    await rest();
    const { status = 0, body: answer } = attempt?.answer ?? {};
    if (status < 300) return String(status);
    notes.push(
      `(${notes.length + 1}) ${String(answer.detail).replaceAll(draft?.invoice ?? "none", "DRAFT")}`,
    );
    return `${status} (${notes.length})`;
  }

  function posted(): TransactionPosted[] {
    const all = log
      .recordsOf(topics.journal, 0)
      .map(({ value }) => decode(value))
      .filter((fact) => fact.kind === "TransactionPosted")
      .filter(({ evidence }) => evidence.customer === customer);
    const news = all.slice(postedBefore);
    postedBefore = all.length;
    return news;
  }

  async function standing(): Promise<string[]> {
    const own = house.archive().byTenant.get("default")?.byName.values() ?? [];
    const invoices = [...new Set(own)].filter((fact) => fact.customer === customer);
    const states = [];
    for (const fact of invoices) {
      const path = `/v1/invoices/${fact.invoice}/state`;
      const state = (await house.ask({ tenant: "default", method: "GET", path }))?.answer?.body;
      const open = state.open === "0" ? "" : ` ${state.open}`;
      states.push(
        `${fact.kind === "InvoiceFinalized" ? `${fact.number} ` : ""}${state.state}${open}`,
      );
    }
    const { body } =
      (await house.ask({ tenant: "default", method: "GET", path: "/v1/credits" }))?.answer ?? {};
    const credit = body?.credits.find((each: { customer: string }) => each.customer === customer);
    return [states.join(", "), credit?.amount ?? ""];
  }

  // The cut at the beginning.
  house.showCut();
  await rest();
  for (const line of lines) {
    ticks += 1;
    if (line === "a month passes") house.showCut();
    const answer = line === "a month passes" ? "" : await ask(line);
    await rest();
    const [state = "", credit = ""] = await standing();
    const what = line === "a month passes" ? line : line.what;
    const postings = posted().flatMap(({ transaction_kind: kind, postings: own }) =>
      own.map(({ account, amount }, nth) => [nth === 0 ? kind : "", account, amount]),
    );
    const [first = ["", "", ""], ...others] = postings;
    rows.push([what, answer, state, credit, ...first]);
    for (const other of others) rows.push(["", "", "", "", ...other]);
  }
  await house.close();
  const text = table(
    [
      { title: "what" },
      { title: "answer" },
      { title: "then, with what is open in cents" },
      { title: "credit", align: "right" },
      { title: "posted" },
      { title: "account" },
      { title: "USD", align: "right" },
    ],
    rows,
  );
  return [...text, ...(notes.length === 0 ? [] : [""]), ...notes].join("\n");
}
