import type { JournalFact, TransactionPosted } from "@tallybook/journal";

import { hexCell, microsCell } from "./cells.ts";
import type { Cell, MirroredRecord } from "./tables.ts";

export const journalColumns = [
  "log_offset",
  "kind",
  "tenant",
  "step",
  "cut",
  "seq",
  "hash",
  "id",
  "transaction_kind",
  "cause",
  "date",
  "currency",
  "postings",
  "adjusts",
  "evidence_cut",
  "catalog_offset",
  "customer",
  "subscription",
  "contract",
  "plan",
  "plan_version",
  "price",
  "meter",
  "meter_version",
  "period_from",
  "period_to",
  "quantity",
  "amount",
  "shares",
  "made_of",
  "invoice",
  "in_advance",
  "covered",
  "explanation",
  "settles",
] as const satisfies readonly [string, ...string[]];

export function journalRow({ offset, fact }: MirroredRecord<JournalFact>): Cell[] {
  switch (fact.kind) {
    case "StepBegun":
      return [
        ...headCells({ offset, kind: fact.kind, step: fact.step, cut: fact.cut, seq: -1 }),
        "",
        ...emptyTransaction(fact.time, fact.catalog_offset),
      ];
    case "HeadSigned":
      return [
        ...headCells({ offset, kind: fact.kind, step: fact.step, cut: fact.cut, seq: fact.seq }),
        hexCell(fact.hash),
        ...emptyTransaction(0, 0),
      ];
    case "TransactionPosted":
      return [
        ...headCells({ ...fact, offset, cut: fact.revision }),
        hexCell(fact.hash),
        ...transactionCells(fact),
      ];
  }
}

function headCells(of: {
  readonly offset: number;
  readonly kind: string;
  readonly tenant?: string;
  readonly step: number;
  readonly cut: number;
  readonly seq: number;
}): Cell[] {
  return [String(of.offset), of.kind, of.tenant ?? "", String(of.step), of.cut, String(of.seq)];
}

/** From its id on. */
function transactionCells({ evidence, ...posted }: TransactionPosted): Cell[] {
  return [
    posted.id,
    posted.transaction_kind,
    posted.cause,
    microsCell(posted.date),
    posted.currency,
    posted.postings.map(({ account, amount }) => ({ account, amount })),
    posted.adjusts ?? "",
    evidence.cut,
    String(evidence.catalog_offset),
    evidence.customer,
    evidence.subscription,
    evidence.contract ?? "",
    evidence.plan,
    evidence.plan_version,
    evidence.price ?? "",
    evidence.meter ?? "",
    evidence.meter_version ?? 0,
    microsCell(evidence.period_from),
    microsCell(evidence.period_to),
    evidence.quantity,
    evidence.amount,
    evidence.shares.map(({ dimensions, quantity, amount }) => ({ dimensions, quantity, amount })),
    evidence.made_of.map(({ meter, quantity }) => ({ meter, quantity })),
    evidence.invoice ?? "",
    evidence.in_advance,
    evidence.covered,
    evidence.explanation === null ? "" : JSON.stringify(evidence.explanation),
    evidence.settles.map(({ invoice, amount }) => ({ invoice, amount })),
  ];
}

function emptyTransaction(date: number, catalogOffset: number): Cell[] {
  const none = microsCell(0);
  const posted = ["", "", "", microsCell(date), "", [], "", 0, String(catalogOffset)];
  const evidence = [
    "",
    "",
    "",
    "",
    0,
    "",
    "",
    0,
    none,
    none,
    "0",
    "0",
    [],
    [],
    "",
    false,
    "",
    "",
    [],
  ];
  return [...posted, ...evidence];
}
