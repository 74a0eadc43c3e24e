import type { InvoiceFact } from "@tallybook/invoice";
import { committedTail, emptyLedger, evolveLedger, sealStep, tailOf, transactionBytes } from "@tallybook/journal";
import type { JournalFact, StepBegun, Transaction } from "@tallybook/journal";

import { fromJson, toJson } from "../json.ts";
import { readText } from "./month.ts";

/** A step by a line of its own, and each of its transactions behind it by its canonical bytes. */
export function journalLines(journal: readonly JournalFact[]): string[] {
  return journal.flatMap((fact) => {
    switch (fact.kind) {
      case "StepBegun":
        return [JSON.stringify(fact)];
      case "TransactionPosted":
        return [transactionBytes(fact).toString()];
      case "HeadSigned":
        return [];
    }
  });
}

/** Without the hash of the journal, which changes with any of its transactions. */
export function invoiceLines(invoices: readonly InvoiceFact[]): string[] {
  return invoices.map((fact) => JSON.stringify(toJson({ ...fact, journal_hash: new Uint8Array() })));
}

/** The journal of the file, sealed again: what canonical bytes leave out is as their schema says. */
export function readJournal(): JournalFact[] {
  const ledger = emptyLedger();
  const facts: JournalFact[] = [];
  const take = (fact: JournalFact) => {
    evolveLedger(ledger, fact);
    facts.push(fact);
  };
  const lines = readLines("journal.jsonl").map((line) => JSON.parse(line) as StepBegun | Transaction);
  const heads = lines.flatMap((line, index) => ("kind" in line ? [index] : []));
  for (const [at, first] of heads.entries()) {
    const [begun, ...posted] = lines.slice(first, heads[at + 1]) as [StepBegun, ...Transaction[]];
    const sealed = sealStep(committedTail(ledger), begun.step, posted.map(whole));
    take(begun);
    sealed.forEach(take);
    const { step, cut, invoices_offset } = begun;
    const unsigned = { cut_root: new Uint8Array(32), signature: new Uint8Array(64) };
    take({ kind: "HeadSigned", step, cut, invoices_offset, ...unsigned, ...tailOf(ledger) });
  }
  return facts;
}

export function readInvoices(): InvoiceFact[] {
  return readLines("invoices.jsonl").map((line) => fromJson(JSON.parse(line)) as InvoiceFact);
}

export function readLines(file: string): string[] {
  return readText(file).trimEnd().split("\n");
}

function whole({ evidence, ...transaction }: Transaction): Transaction {
  const usual = {
    rows: [],
    made_of: [],
    part: null,
    in_advance: false,
    covered: "nothing",
    explanation: null,
    discount: null,
    settles: [],
    written_off: null,
    backfills: [],
    tax: null,
  } as const;
  return { ...transaction, evidence: { ...usual, ...evidence } };
}
