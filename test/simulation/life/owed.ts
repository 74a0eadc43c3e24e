import type { InvoicesFact } from "@tallybook/invoice";
import type { TransactionPosted } from "@tallybook/journal";

/** What is on a log: the facts of invoices, and what was posted. */
export interface Written {
  readonly facts: readonly InvoicesFact[];
  readonly posted: readonly TransactionPosted[];
}

/** In 1e-24 of the currency; what is zero is left out, but for what is open. */
export interface Owed {
  /** By tenant and customer, of invoices. */
  readonly open: ReadonlyMap<string, bigint>;
  readonly credit: ReadonlyMap<string, bigint>;
  /** By tenant. */
  readonly bank: ReadonlyMap<string, bigint>;
}

/** Cents in 1e-24 of the currency: everybody is billed in dollars. */
const cent = 10n ** 22n;

/** What is open, had and in the bank, as the facts tell it and as it is booked: each added up by itself, as plainly as can be. */
export function owedBy({ facts, posted }: Written): { told: Owed; booked: Owed } {
  return { told: toldBy(facts), booked: bookedBy(facts, posted) };
}

/**
 * What is wrong with the books: they have to hold what the facts say, by a reading of both that is none of the services', each transaction once, and
 * come to zero for each tenant and currency.
 */
export function faultsOfBooks(written: Written): string[] {
  const { told, booked } = owedBy(written);
  const faults: string[] = [];
  for (const part of ["open", "credit", "bank"] as const)
    for (const name of new Set([...told[part].keys(), ...booked[part].keys()])) {
      const [is, should] = [booked[part].get(name) ?? 0n, told[part].get(name) ?? 0n];
      if (is !== should)
        faults.push(`${part} of ${name} is booked as ${is}e-24, and is ${should}e-24`);
    }
  const sums = new Map<string, bigint>();
  const ids = new Set<string>();
  for (const { id, tenant, currency, postings } of written.posted) {
    if (ids.has(id)) faults.push(`transaction ${id} is there twice`);
    ids.add(id);
    for (const { amount } of postings) add(sums, `${tenant} ${currency}`, exact(amount));
  }
  for (const [name, sum] of sums)
    if (sum !== 0n) faults.push(`the trial balance of ${name} is ${sum}e-24`);
  return faults;
}

function toldBy(facts: readonly InvoicesFact[]): Owed {
  const invoices = new Map<string, { whose: string; total: bigint; open: bigint; paid: bigint }>();
  const [credit, bank] = [new Map<string, bigint>(), new Map<string, bigint>()];
  const settle = (settles: readonly { invoice: string; amount: string }[], sign: bigint) => {
    let sum = 0n;
    for (const { invoice, amount } of settles) {
      const own = found(invoice);
      own.open -= sign * BigInt(amount);
      own.paid += sign * BigInt(amount);
      if (own.total >= 0n) atLeastZero(own.open, `open of ${invoice}`);
      sum += BigInt(amount);
    }
    return sum;
  };
  function found(invoice: string) {
    const own = invoices.get(invoice);
    if (own === undefined) throw new Error(`there is no invoice ${invoice}`);
    return own;
  }
  for (const fact of facts) {
    const whose = "customer" in fact ? `${fact.tenant} ${fact.customer}` : "";
    switch (fact.kind) {
      case "InvoiceFinalized": {
        const total = BigInt(fact.total);
        invoices.set(fact.invoice, { whose, total, open: total, paid: 0n });
        break;
      }
      case "PaymentRecorded":
        add(bank, fact.tenant, BigInt(fact.amount));
        add(credit, whose, BigInt(fact.credited));
        equal(settle(fact.settles, 1n) + BigInt(fact.credited), fact.amount, fact.payment);
        atLeastZero(BigInt(fact.credited), fact.payment);
        break;
      case "PaymentReversed": {
        add(bank, fact.tenant, -BigInt(fact.amount));
        add(credit, whose, -BigInt(fact.uncredited));
        const again = settle(fact.reopens, -1n) + settle(fact.unapplied, -1n);
        equal(again + BigInt(fact.uncredited), fact.amount, fact.payment);
        break;
      }
      case "CreditGranted":
        add(credit, whose, BigInt(fact.amount));
        found(fact.invoice).open += BigInt(fact.amount);
        break;
      case "CreditApplied":
        add(credit, whose, -BigInt(fact.amount));
        equal(settle(fact.settles, 1n), fact.amount, fact.application);
        atLeastZero(credit.get(whose) ?? 0n, `credit of ${whose}`);
        break;
      case "CreditRefunded":
        add(credit, whose, -BigInt(fact.amount));
        add(bank, fact.tenant, -BigInt(fact.amount));
        atLeastZero(credit.get(whose) ?? 0n, `credit of ${whose}`);
        break;
      case "NoteIssued": {
        const own = found(fact.invoice);
        if (fact.direction === "debit") own.open += BigInt(fact.amount);
        else {
          own.open -= BigInt(fact.settled);
          add(credit, whose, BigInt(fact.credited));
          equal(BigInt(fact.settled) + BigInt(fact.credited), fact.amount, fact.note);
        }
        atLeastZero(own.open, `open of ${fact.number}`);
        break;
      }
      case "InvoiceVoided": {
        const own = found(fact.invoice);
        equal(own.open, fact.amount, `${fact.number} when it was voided`);
        own.open = 0n;
        break;
      }
      default:
        break;
    }
  }
  const open = new Map<string, bigint>();
  for (const own of invoices.values()) add(open, own.whose, own.open);
  return inUnits({ open, credit, bank });
}

function inUnits({ open, credit, bank }: Owed): Owed {
  const of = (cents: ReadonlyMap<string, bigint>) =>
    new Map([...cents].map(([name, amount]) => [name, amount * cent]));
  return { open: of(open), credit: withoutZero(of(credit)), bank: withoutZero(of(bank)) };
}

function bookedBy(facts: readonly InvoicesFact[], posted: Written["posted"]): Owed {
  const invoiced = new Set<string>();
  const open = new Map<string, bigint>();
  const credit = new Map<string, bigint>();
  const bank = new Map<string, bigint>();
  for (const fact of facts) {
    if (fact.kind !== "InvoiceFinalized") continue;
    add(open, `${fact.tenant} ${fact.customer}`, 0n);
    for (const { transaction } of fact.lines) invoiced.add(transaction);
  }
  const charges: ReadonlySet<string> = new Set(["usage", "fee", "adjustment", "discount"]);
  for (const { id, tenant, transaction_kind: kind, postings } of posted) {
    const isWaiting = charges.has(kind) && !invoiced.has(id);
    for (const { account, amount } of postings) {
      const [first, second, name = ""] = account.split(":");
      if (account === "assets:bank") add(bank, tenant, exact(amount));
      if (second === "receivable" && !isWaiting) add(open, `${tenant} ${name}`, exact(amount));
      if (first === "liabilities" && second === "credits")
        add(credit, `${tenant} ${name}`, -exact(amount));
    }
  }
  return { open, credit: withoutZero(credit), bank: withoutZero(bank) };
}

/** In 1e-24. */
export function exact(amount: string): bigint {
  const [, sign, whole = "", part = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
  const units = BigInt(whole + part.padEnd(24, "0"));
  return sign === "-" ? -units : units;
}

function withoutZero(amounts: ReadonlyMap<string, bigint>): ReadonlyMap<string, bigint> {
  return new Map([...amounts].filter(([, amount]) => amount !== 0n));
}

function add(sums: Map<string, bigint>, name: string, amount: bigint): void {
  sums.set(name, (sums.get(name) ?? 0n) + amount);
}

function equal(sum: bigint, amount: string, what: string): void {
  if (sum !== BigInt(amount)) throw new Error(`${what} is of ${amount}, and comes to ${sum}`);
}

function atLeastZero(amount: bigint, what: string): void {
  if (amount < 0n) throw new Error(`${what} is ${amount}`);
}
