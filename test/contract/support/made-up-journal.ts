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
import { createMemoryLog } from "@tallybook/log";
import type { MemoryLog } from "@tallybook/log";
import { encode, topics, topicSpecs } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";
import { random } from "@tallybook/cli";

/** A journal that nobody rated: months of steps with random amounts, several tenants, and names that mean harm. */
export interface MadeUp {
  readonly log: MemoryLog;
  readonly transactions: readonly Transaction[];
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

  let ledger = emptyLedger();
  const transactions: Transaction[] = [];
  let [step, cut] = [0, 0];
  const write = async (fact: JournalFact) => {
    ledger = evolveLedger(ledger, fact);
    await append(topics.journal, fact);
  };

  const stepAt = async (time: number, count: number) => {
    await write({ kind: "StepBegun", step, cut, time, catalog_offset: cut, invoices_offset: 0 });
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
    const head = { step, cut, cut_root: new Uint8Array(32), seq, hash, invoices_offset: 0 };
    await write(signHead(head, privateKey));
    step++;
  };

  function transactionAt(time: number, revision: number, at: number): Transaction {
    const [customer, plan, price] = [pick(hostile), pick(hostile), pick(hostile)];
    const kind: TransactionKind = pick(["fee", "usage", "adjustment"]);
    const cause = `made-up/${at}`;
    const income = [accounts.usage(plan, price), accounts.fees(plan)].slice(0, 1 + (at % 2));
    return {
      id: transactionId(kind, cause, revision),
      tenant: at % 7 === 3 ? "other" : "default",
      transaction_kind: kind,
      cause,
      revision,
      date: time,
      currency: pick(["USD", "JPY", "KWD"]),
      postings: balanced(accounts.receivable(customer), income, draw),
      adjusts: null,
      evidence: evidence(customer, plan, price, revision),
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
  return { log, transactions, months: monthsMade };
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

function evidence(customer: string, plan: string, price: string, cut: number): Evidence {
  return {
    ...unrated,
    cut,
    catalog_offset: cut,
    customer,
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
