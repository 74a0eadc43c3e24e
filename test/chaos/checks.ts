import { reconcile } from "@tallybook/audit";
import { listInvoices, withEngines } from "@tallybook/cli";
import type { Columns } from "@tallybook/columns";
import type { InvoiceFinalized } from "@tallybook/invoice";
import { emptyLedger, evolveLedger, isHeadSigned } from "@tallybook/journal";
import type { JournalFact } from "@tallybook/journal";
import { readAll } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import type { TestStack } from "@tallybook/testkit";
import { readPublicKey } from "@tallybook/usage";
import { decode, topics } from "@tallybook/wire";

import { monthIndex } from "./calendar.ts";
import { differencesOfInvoice, exactOf } from "./compare.ts";
import type { Expected } from "./oracle.ts";
import type { Sent } from "./workload.ts";

export interface Check {
  readonly name: string;
  /** What is wrong; empty where it holds. */
  readonly faults: readonly string[];
}

/** How far the system is from the list of what was sent. */
export interface Drift {
  readonly events: number;
  readonly units: bigint;
  /** Cents. */
  readonly money: bigint;
}

export interface Verdict {
  readonly checks: readonly Check[];
  readonly drift: Drift;
  readonly invoices: number;
  readonly transactions: number;
  readonly cuts: number;
}

const partitions = 4;
const faultsMax = 10;

/** Compares everything that can be seen from outside with what the sender knows. */
export async function verify(
  stack: TestStack,
  acknowledged: ReadonlyMap<string, Sent>,
  expected: Expected,
): Promise<Verdict> {
  const documents = await listInvoices(stack.target);
  return withEngines(stack.run(), async ({ log, columns }) => {
    const { rows, lists, ahead, cut } = await reconcile({ log, columns });
    const identity = [
      ...rows.filter(({ residual }) => residual !== "0").map((row) => JSON.stringify(row)),
      ...lists.differences,
      ...(rows.length > 10 ? [] : [`the identity has ${rows.length} lines only`]),
      ...(ahead.length === 0 ? [] : [`cuts ${ahead.join(", ")} are not passed`]),
    ];
    const accepted = await acceptedIdentities(log);
    const events = differencesOfEvents(accepted, acknowledged);
    const units = await differencesOfUnits(columns, expected.units);
    const invoices = await readFacts(log, topics.invoices, "InvoiceFinalized");
    const money = differencesOfInvoices(invoices, expected);
    if (totalsOf(documents) !== totalsOf(invoices))
      money.faults.push("the API shows other invoices than the log holds");
    const journal = await checkJournal(log);
    const checks = [
      { name: "the identity: every residual is 0", faults: identity },
      {
        name: "every acknowledged event is accepted exactly once, and nothing else is",
        faults: events.faults,
      },
      { name: "the rollups hold the units that were sent", faults: units.faults },
      { name: "every invoice is what the oracle says", faults: money.faults },
      {
        name: "the journal's chain and signed heads hold, its postings sum to 0",
        faults: journal.faults,
      },
    ];
    return {
      checks: checks.map(({ name, faults }) => ({ name, faults: faults.slice(0, faultsMax) })),
      drift: { events: events.drift, units: units.drift, money: money.drift },
      invoices: invoices.length,
      transactions: journal.transactions,
      cuts: cut + 1,
    };
  });
}

function totalsOf(
  invoices: readonly { readonly number: string; readonly total: string }[],
): string {
  return invoices
    .map(({ number, total }) => `${number} ${total}`)
    .sort()
    .join();
}

/** By identity: how often it stands on `usage.accepted`. */
async function acceptedIdentities(log: Log): Promise<Map<string, number>> {
  const accepted = new Map<string, number>();
  for (let partition = 0; partition < partitions; partition += 1) {
    for await (const { value } of readAll(log, topics.usageAccepted, partition)) {
      const fact = decode(value);
      if (fact.kind === "UsageAccepted") accepted.set(fact.id, (accepted.get(fact.id) ?? 0) + 1);
    }
  }
  return accepted;
}

function differencesOfEvents(
  accepted: ReadonlyMap<string, number>,
  acknowledged: ReadonlyMap<string, Sent>,
): { faults: string[]; drift: number } {
  const faults: string[] = [];
  let drift = 0;
  const note = (by: number, what: string): void => {
    drift += by;
    faults.push(what);
  };
  for (const id of acknowledged.keys()) {
    const times = accepted.get(id) ?? 0;
    if (times !== 1) note(Math.abs(times - 1), `${id} was acknowledged and is accepted ${times}×`);
  }
  for (const [id, times] of accepted)
    if (!acknowledged.has(id)) note(times, `${id} is accepted and was never acknowledged`);
  return { faults, drift };
}

async function differencesOfUnits(
  columns: Columns,
  expected: ReadonlyMap<string, bigint>,
): Promise<{ faults: string[]; drift: bigint }> {
  const answer = await columns.client.query({
    query:
      "SELECT customer, meter, toString(sum(quantity)) AS quantity FROM rollups GROUP BY customer, meter",
    format: "JSONEachRow",
  });
  const rows = await answer.json<{ customer: string; meter: string; quantity: string }>();
  const found = new Map(
    rows.map(({ customer, meter, quantity }) => [`${customer}|${meter}`, BigInt(quantity)]),
  );
  const faults: string[] = [];
  let drift = 0n;
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const [wanted, is] = [expected.get(key) ?? 0n, found.get(key) ?? 0n];
    if (wanted === is) continue;
    drift += wanted > is ? wanted - is : is - wanted;
    faults.push(`${key}: ${is} units where ${wanted} were sent`);
  }
  return { faults, drift };
}

function differencesOfInvoices(
  invoices: readonly InvoiceFinalized[],
  expected: Expected,
): { faults: string[]; drift: bigint } {
  const faults: string[] = [];
  let drift = 0n;
  const found = new Map<string, InvoiceFinalized>();
  for (const invoice of invoices) {
    const key = `${invoice.customer}|${monthIndex(invoice.period_from / 1_000)}`;
    const again = found.has(key) || !expected.invoices.has(key);
    found.set(key, invoice);
    if (!again) continue;
    drift += BigInt(invoice.total);
    faults.push(`${invoice.number} of ${key} should not be there`);
  }
  for (const [key, wanted] of expected.invoices) {
    const invoice = found.get(key);
    if (invoice === undefined) {
      drift += wanted.total;
      faults.push(`there is no invoice of ${key}`);
      continue;
    }
    const off = BigInt(invoice.total) - wanted.total;
    drift += off < 0n ? -off : off;
    faults.push(
      ...differencesOfInvoice(invoice, wanted).map(
        (what) => `${invoice.number} of ${key}: ${what}`,
      ),
    );
  }
  return { faults, drift };
}

async function checkJournal(log: Log): Promise<{ faults: string[]; transactions: number }> {
  const [made] = await readFacts(log, topics.cuts, "DeploymentMade");
  if (made === undefined) return { faults: ["there is no DeploymentMade"], transactions: 0 };
  const publicKey = readPublicKey(made.public_key);
  const faults: string[] = [];
  const sums = new Map<string, bigint>();
  const ledger = emptyLedger();
  let transactions = 0;
  for await (const { value } of readAll(log, topics.journal, 0)) {
    const fact = decode(value) as JournalFact;
    try {
      evolveLedger(ledger, fact);
    } catch (error) {
      return { faults: [`the journal does not fold: ${(error as Error).message}`], transactions };
    }
    if (fact.kind === "HeadSigned" && !isHeadSigned(fact, publicKey))
      faults.push(`the head of step ${fact.step} is not signed by the deployment`);
    if (fact.kind !== "TransactionPosted") continue;
    transactions += 1;
    for (const { amount } of fact.postings)
      sums.set(fact.currency, (sums.get(fact.currency) ?? 0n) + exactOf(amount));
  }
  for (const [currency, sum] of sums)
    if (sum !== 0n) faults.push(`the postings in ${currency} sum to ${sum}e-24`);
  if (ledger.open !== null) faults.push("the last step has no head");
  return { faults, transactions };
}

type FactOfKind<Kind> = Extract<ReturnType<typeof decode>, { kind: Kind }>;

async function readFacts<Kind extends ReturnType<typeof decode>["kind"]>(
  log: Log,
  topic: string,
  kind: Kind,
): Promise<FactOfKind<Kind>[]> {
  const facts: FactOfKind<Kind>[] = [];
  for await (const { value } of readAll(log, topic, 0)) {
    const fact = decode(value);
    if (fact.kind === kind) facts.push(fact as FactOfKind<Kind>);
  }
  return facts;
}
