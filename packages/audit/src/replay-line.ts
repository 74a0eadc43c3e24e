import type { InvoiceFinalized, InvoiceLine } from "@tallybook/invoice";
import type { TransactionPosted } from "@tallybook/journal";

import type { Placed } from "./books.ts";
import type { Compared, Replay, Verdict } from "./replayed.ts";

/** What a replay needs of an invoice, or of a draft as it would be. */
export type Replayable = Pick<
  InvoiceFinalized,
  "tenant" | "invoice" | "number" | "currency" | "lines" | "total" | "journal_step"
>;

/** Which line it is, and what stands behind it. */
export function lineOf({
  invoice,
  billed,
  line,
  posted: { fact, offset },
}: {
  readonly invoice: Replayable;
  readonly billed: InvoiceLine;
  readonly line: number;
  readonly posted: Placed<TransactionPosted>;
}): Pick<Replay, "invoice" | "number" | "line" | "description" | "transaction"> {
  const { id, seq, transaction_kind: kind } = fact;
  return {
    invoice: invoice.invoice,
    number: invoice.number,
    line,
    description: billed.description,
    transaction: { id, seq, kind, journal_offset: offset },
  };
}

/** The one step that is not on the road from the log to the bill. */
export const columnsStep = "rollup";

/** Whether a line comes out again; the first number that does not. */
export function verdictOf(compared: readonly Compared[]): Verdict {
  const differing = compared.filter(({ equal }) => !equal);
  const first = differing.find(({ step }) => step !== columnsStep) ?? differing[0];
  if (first === undefined) return { kind: "equal" };
  return { kind: first.step === columnsStep ? "columns_differ" : "different", first };
}
