import { generateKeyPairSync } from "node:crypto";

import {
  accounts,
  chainHash,
  emptyLedger,
  evolveLedger,
  signHead,
  tailOf,
  transactionId,
  unrated,
} from "@tallybook/journal";
import type {
  Evidence,
  JournalFact,
  Posting,
  Transaction,
  TransactionKind,
} from "@tallybook/journal";
import type { CatalogFact } from "@tallybook/catalog";
import { createMemoryLog } from "@tallybook/log";
import type { MemoryLog } from "@tallybook/log";
import { customer, system } from "@tallybook/testkit/facts";
import { encode, topics, topicSpecs } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";
import { random } from "@tallybook/cli";

import { madeUpInvoice } from "./made-up-invoices.ts";

/**
 * A journal that nobody rated: months of steps with random amounts and every kind of transaction, several tenants and entities, and
 * names that mean harm.
 */
export interface MadeUp {
  readonly log: MemoryLog;
  readonly transactions: readonly Transaction[];
  /** In whose books each stands, by id; null: in the tenant's own. */
  readonly entities: ReadonlyMap<string, string | null>;
  /** The first moment of each month that has entries, and of the one after. */
  readonly months: readonly string[];
}

/** What stands in names of customers and plans. */
export const hostile = [
  "plain",
  "Acme Ltd.",
  "line\nbreak",
  "semi;colon  ; note",
  "=cmd|'/c calc'!A1",
  "+1",
  "-1",
  "@sum",
  "(virtual)",
  "[balanced]",
  'quo"te\\',
  "<script>alert(1)</script>",
  "\u202Egnp.exe",
  "x-ray_y",
  "Umlaut Ä ß 漢字",
  "a:b%3Ac",
  "*star",
  "!mark",
  "{brace} {{price}}",
];

/** What invoices are written in the name of, by their place; they are of nobody in particular. */
const invoicing = [null, "gmbh", "kk"] as const;

/** Who is invoiced by which entity, before and from a cut on. */
const moved = { customer: "plain", before: "gmbh", after: "kk", cut: 5 } as const;
const stays: Readonly<Record<string, string>> = {
  "line\nbreak": "kk",
  "=cmd|'/c calc'!A1": "kk",
  "Acme Ltd.": "gmbh",
  "semi;colon  ; note": "gmbh",
};

const monthsMade = ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"];

/** The same seed makes the same journal, but for the key and so the signatures. */
export async function madeUpJournal(seed: number, perMonth: number): Promise<MadeUp> {
  const draw = random(seed).next;
  const pick = <Of>(all: readonly Of[]): Of => all[Math.floor(draw() * all.length)] as Of;
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const log = createMemoryLog();
  await log.prepareTopics(topicSpecs(1));
  const producer = await log.producer();
  const append = (topic: string, fact: Fact) =>
    producer.send([{ topic, partition: 0, key: null, value: encode(fact) }]);
  await append(topics.cuts, {
    kind: "DeploymentMade",
    generation: 1,
    partitions: 1,
    public_key: publicKey.export({ type: "spki", format: "der" }),
    made_at: 0,
  });

  const invoiced = Object.entries({ ...stays, [moved.customer]: moved.before });
  for (const fact of [...entityFacts(), ...invoiced.map(([id]) => customer(id))])
    await append(topics.catalog, fact);
  for (const [id, entity] of invoiced) await append(topics.catalog, invoicedBy(id, entity));
  await append(topics.catalog, invoicedBy(moved.customer, moved.after, 2));
  for (const [at, entity] of invoicing.entries())
    await append(topics.invoices, { ...madeUpInvoice(at), invoice: invoiceNamed(at), entity });

  let ledger = emptyLedger();
  const transactions: Transaction[] = [];
  const entities = new Map<string, string | null>();
  let [step, cut] = [0, 0];
  const write = async (fact: JournalFact) => {
    ledger = evolveLedger(ledger, fact);
    await append(topics.journal, fact);
  };

  const stepAt = async (time: number, count: number) => {
    const catalog_offset = log.recordsOf(topics.catalog, 0).length - (cut < moved.cut ? 1 : 0);
    const invoices_offset = invoicing.length;
    await write({ kind: "StepBegun", step, cut, time, catalog_offset, invoices_offset });
    for (let made = 0; made < count; made++) {
      const transaction = transactionAt(time, cut, transactions.length);
      transactions.push(transaction);
      const { seq, hash: previous } = tailOf(ledger);
      const hash = chainHash(previous, transaction);
      await write({
        kind: "TransactionPosted",
        ...transaction,
        seq: seq + 1,
        previous,
        hash,
        step,
      });
    }
    const { seq, hash } = tailOf(ledger);
    const head = { step, cut, cut_root: new Uint8Array(32), seq, hash, invoices_offset };
    await write(signHead(head, privateKey));
    step++;
  };

  function transactionAt(time: number, revision: number, at: number): Transaction {
    const [whose, plan, price] = [pick(hostile), pick(hostile), pick(hostile)];
    const kind = kinds[at % kinds.length] ?? "fee";
    const cause = `made-up/${at}`;
    const [first, ...others] = postedTo[kind]({ customer: whose, plan, price, nth: at });
    const tenant = at % 7 === 3 ? "other" : "default";
    const id = transactionId(kind, cause, revision);
    const settled = Math.floor(draw() * invoicing.length);
    const isOfInvoice = !charges.has(kind);
    const ofCustomer = tenant === "default" ? invoicedAt(whose, revision) : null;
    entities.set(id, isOfInvoice ? (invoicing[settled] ?? null) : ofCustomer);
    return {
      id,
      tenant,
      transaction_kind: kind,
      cause,
      revision,
      date: time,
      currency: pick(["USD", "JPY", "KWD"]),
      postings: balanced(first, others, draw),
      adjusts: null,
      evidence: {
        ...evidence(whose, plan, price, revision),
        invoice: isOfInvoice && !settling.has(kind) ? invoiceNamed(settled) : null,
        settles: settling.has(kind) ? [{ invoice: invoiceNamed(settled), amount: "1" }] : [],
      },
    };
  }

  for (const month of monthsMade.slice(0, -1)) {
    const begin = Date.parse(`${month}T00:00:00Z`) * 1_000;
    // Entries at a month's first moment and within its last hour, and two steps of one cut.
    for (const [hours, isNewCut] of [
      [0, true],
      [300, true],
      [300, false],
      [671, true],
    ] as const) {
      if (isNewCut) cut++;
      await stepAt(begin + hours * 3_600_000_000, Math.ceil(perMonth / 4));
    }
  }
  cut++;
  await stepAt(Date.parse(`${monthsMade.at(-1)}T00:00:00Z`) * 1_000, 1);
  return { log, transactions, entities, months: monthsMade };
}

/** Names of a transaction; `nth` is another number for each. */
interface Names {
  readonly customer: string;
  readonly plan: string;
  readonly price: string;
  readonly nth: number;
}

/** What each kind posts: the account that the others make up, and those. */
const postedTo: Readonly<Record<TransactionKind, (of: Names) => readonly [string, ...string[]]>> = {
  fee: (of) => [accounts.receivable(of.customer), accounts.fees(of.plan)],
  usage: ({ customer: whose, plan, price, nth }) => [
    accounts.receivable(whose),
    accounts.usage(plan, price),
    ...(nth % 2 === 0 ? [] : [accounts.fees(plan)]),
  ],
  adjustment: (of) => [
    accounts.receivable(of.customer),
    accounts.adjustments(of.plan),
    ...(of.nth % 2 === 0 ? [] : [accounts.writtenOff(of.plan)]),
  ],
  discount: (of) => [accounts.receivable(of.customer), accounts.discounts(of.price)],
  tax: ({ customer: whose, plan, nth }) => [
    nth % 2 === 0 ? accounts.receivable(whose) : accounts.includedTax(plan),
    accounts.tax(plan),
  ],
  rounding: (of) => [accounts.receivable(of.customer), accounts.rounding],
  payment: (of) => [accounts.bank, accounts.receivable(of.customer), accounts.credits(of.customer)],
  payment_reversal: (of) => [accounts.bank, accounts.receivable(of.customer)],
  credit: (of) => [accounts.credits(of.customer), accounts.receivable(of.customer)],
  refund: (of) => [accounts.credits(of.customer), accounts.bank],
  void: (of) => [accounts.receivable(of.customer), accounts.usage(of.plan, of.price)],
  credit_note: (of) => [
    accounts.adjustments(of.plan),
    accounts.receivable(of.customer),
    accounts.credits(of.customer),
  ],
  debit_note: (of) => [accounts.receivable(of.customer), accounts.adjustments(of.plan)],
};
const kinds = Object.keys(postedTo) as TransactionKind[];

/** Of the customer, and of no invoice yet. */
const charges: ReadonlySet<TransactionKind> = new Set(["fee", "usage", "adjustment", "discount"]);
/** Of the invoices that they settle. */
const settling: ReadonlySet<TransactionKind> = new Set(["payment", "payment_reversal", "credit"]);

function invoiceNamed(at: number): string {
  return `invoice ${at}`;
}

function invoicedAt(whose: string, cut: number): string | null {
  if (whose !== moved.customer) return stays[whose] ?? null;
  return cut < moved.cut ? moved.before : moved.after;
}

function entityFacts(): CatalogFact[] {
  return ["gmbh", "kk"].map((id) => ({
    kind: "ObjectRevised",
    ...system,
    collection: "entities",
    id,
    version: 1,
    archived: false,
    body: { name: id },
  }));
}

function invoicedBy(id: string, entity: string, version = 1): CatalogFact {
  return {
    kind: "ObjectRevised",
    ...system,
    collection: "customers",
    id,
    version,
    archived: false,
    body: { name: id, entity },
  };
}

/** A debit and one or two credits that make it up, below a billion and with up to 24 decimals. */
function balanced(receivable: string, income: readonly string[], draw: () => number): Posting[] {
  const decimals = Math.floor(draw() * 25);
  const units = income.map(() => {
    const whole = String(Math.floor(draw() * 1e9));
    const digits = Array.from({ length: decimals }, () => Math.floor(draw() * 10));
    return BigInt(whole + digits.join("")) * (draw() < 0.2 ? -1n : 1n);
  });
  const sum = units.reduce((total, unit) => total + unit, 0n);
  const amounts = [sum, ...units.map((unit) => -unit)].map((unit) => textOf(unit, decimals));
  return [receivable, ...income].map((account, at) => ({ account, amount: amounts[at] ?? "0" }));
}

/** Units of 10^-decimals as the shortest text. */
export function textOf(units: bigint, decimals: number): string {
  const digits = String(units < 0n ? -units : units).padStart(decimals + 1, "0");
  const [whole, rest] = [
    digits.slice(0, digits.length - decimals),
    digits.slice(digits.length - decimals),
  ];
  const fraction = rest.replace(/0+$/, "");
  const text = fraction === "" ? whole : `${whole}.${fraction}`;
  return units < 0n ? `-${text}` : text;
}

function evidence(whose: string, plan: string, price: string, cut: number): Evidence {
  return {
    ...unrated,
    cut,
    catalog_offset: cut,
    customer: whose,
    subscription: "s",
    contract: null,
    contract_version: null,
    plan,
    plan_version: 1,
    price,
    period_from: 0,
    period_to: 0,
    quantity: "0",
    amount: "0",
    shares: [],
  };
}
