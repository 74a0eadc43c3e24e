import type { Catalog } from "@tallybook/catalog";
import type { TransactionPosted } from "@tallybook/journal";
import { decimal, sum, toText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

import { byPlace, draftOf, dueDrafts, madeAt } from "./bill.ts";
import type { Bills, DueDraft } from "./bill.ts";
import type { InvoiceDrafted, InvoiceFinalized } from "./facts.ts";
import type { Draft } from "./finalize.ts";
import { finalizeDrafted, invoiceId, saidOf } from "./finalize.ts";
import { isDraftInShadow, isInShadow } from "./in-shadow.ts";
import { periodKey } from "./keys.ts";
import type { PeriodOf } from "./keys.ts";
import { isAnswerTo } from "./tax/calculator.ts";
import { tellTaxes } from "./tax/tell.ts";
import type { TaxTold } from "./tax/tell.ts";
import type { TaxAwaited, TaxCalculated, TaxUnknown } from "./tax/facts.ts";
import { nextNumber } from "./numbers.ts";
import { seriesFor } from "./series.ts";

/**
 * The drafts to be made at the head that was just read, in order of tenant, customer, subscription and period: one for each period
 * whose usage the step billed before its end, one for each period in shadow of which it posted anything, and one for each invoice that
 * is due and waits for a person; behind it why, where its tax cannot be told. `finalized`: the invoices that are made at the same head, and
 * stand before them.
 */
export function newDrafts(
  bills: Bills,
  catalog: Catalog,
  finalized: readonly InvoiceFinalized[],
  due: readonly DueDraft[] = dueDrafts(bills, catalog),
): (InvoiceDrafted | TaxAwaited | TaxUnknown)[] {
  const { begun, head } = madeAt(bills);
  const countByPeriod = new Map(bills.countByPeriod);
  const nthOf = (of: PeriodOf) => {
    const key = periodKey(of);
    const nth = countByPeriod.get(key) ?? 0;
    countByPeriod.set(key, nth + 1);
    return nth;
  };
  for (const invoice of finalized) nthOf(invoice);
  const held = due.filter(
    ({ residuals, isHeld, tax }) => residuals.length > 0 || isHeld || tax.kind !== "told",
  );
  const dueOf = new Map(held.map((each) => [each.draft, each]));
  const inShadow = [...bills.pending.values()].map((pending) =>
    pending.filter((each) => isInShadow(each, catalog)),
  );
  const asked = [...bills.drafts.pending.values(), ...inShadow]
    .flatMap((pending) => [...Map.groupBy(pending, wholeFrom).values()])
    .map((charges) => draftOf(charges, charges, catalog));
  return [...asked, ...held.map(({ draft }) => draft)]
    .sort(byPlace)
    .flatMap((draft): (InvoiceDrafted | TaxAwaited | TaxUnknown)[] => {
      const { tenant } = draft;
      const invoice = invoiceId(draft, nthOf(draft));
      const drafted = draftedAt(draft, invoice, { begun, head });
      const { tax, residuals, isHeld } = dueOf.get(draft) ?? notDue;
      if (tax?.kind === "unknown") {
        const { reason } = tax;
        return [drafted, { kind: "TaxUnknown", tenant, invoice, reason, told_at: begun.time }];
      }
      // What does not reconcile, or is on hold, waits for a person first.
      if (tax?.kind !== "ask" || residuals.length > 0 || isHeld) return [drafted];
      const { calculator } = tax;
      return [drafted, { kind: "TaxAwaited", tenant, invoice, calculator, awaited_at: begun.time }];
    });
}

function draftedAt(
  draft: Draft,
  invoice: string,
  { begun, head }: ReturnType<typeof madeAt>,
): InvoiceDrafted {
  return {
    kind: "InvoiceDrafted",
    invoice,
    ...draft,
    exact: toText(sum(draft.lines.map(({ exact }) => decimal(exact)))),
    drafted_at: begun.time,
    journal_step: head.step,
    journal_hash: head.hash,
    catalog_offset: begun.catalog_offset,
  };
}

/** What stands to be invoiced, as a draft that nobody has written; with the taxes that it would have, where they can be told without asking. */
export interface Upcoming {
  readonly draft: InvoiceDrafted;
  readonly tax: TaxTold;
}

/**
 * What stands to be invoiced to a customer at the head that was just read, behind a step that has rated periods as if they were over: each
 * under the id that its invoice will have, unless another one of its period comes before it.
 */
export function upcomingDrafts(
  bills: Bills,
  catalog: Catalog,
  of: { readonly tenant: string; readonly customer: string },
): Upcoming[] {
  const made = madeAt(bills);
  const due = dueDrafts(bills, catalog, () => false, true);
  return due
    .filter(({ draft }) => draft.tenant === of.tenant && draft.customer === of.customer)
    .map(({ draft, tax }) => {
      const nth = bills.countByPeriod.get(periodKey(draft)) ?? 0;
      return { draft: draftedAt(draft, invoiceId(draft, nth), made), tax };
    });
}

const notDue = { tax: undefined, residuals: [], isHeld: false } as const;

/** A draft that somebody wants finalized. */
export interface DraftAsked {
  readonly tenant: string;
  readonly invoice: string;
  /** The deployment's clock when they asked: what holds then counts, although the invoice has the date of the last cut. */
  readonly asked_at?: Micros;
  /** What the calculator has answered that says its taxes; becomes a fact with it, unless something else would be asked by now. */
  readonly calculated?: TaxCalculated;
}

/** What becomes of a draft that is to be finalized now. */
export type DraftFinalized =
  | {
      readonly kind: "finalized";
      readonly invoice: InvoiceFinalized;
      /** To be committed before it. */
      readonly calculated?: TaxCalculated;
    }
  /** Its tax is for somebody outside to say, or nobody can tell it. */
  | Exclude<TaxTold, { kind: "told" }>;

/**
 * A draft with the next number of its series; undefined where the tenant has no such draft that is not finalized, and where it is of a
 * period in shadow. `catalog`: as it is now, whose rates and whose entity it goes by, and where a shadow may have grown.
 */
export function finalizedDraft(
  { drafts, numbers, begun }: Bills,
  { tenant, invoice, asked_at, calculated }: DraftAsked,
  catalog: Catalog,
): DraftFinalized | undefined {
  const draft = drafts.open.get(invoice);
  if (draft === undefined || draft.tenant !== tenant || isDraftInShadow(draft, catalog))
    return undefined;
  const numbered = nextNumber(
    numbers,
    seriesFor(catalog, draft, "invoice"),
    Math.max(draft.drafted_at, begun?.time ?? 0),
  );
  const at = Math.max(asked_at ?? 0, numbered.issued_at);
  const telling = { catalog, catalog_offset: catalog.offset, at };
  const tax = tellTaxes(draft, telling);
  const made = { ...numbered, ...saidOf(draft, catalog, numbered.issued_at) };
  if (tax.kind === "ask" && calculated !== undefined && isAnswerTo(calculated, draft, tax)) {
    const basis = { ...tax.basis, calculation: calculated.calculation };
    const taxed = { basis, on: [], given: calculated.taxes };
    return {
      kind: "finalized",
      invoice: finalizeDrafted(draft, taxed, made),
      calculated,
    };
  }
  if (tax.kind !== "told") return tax;
  return { kind: "finalized", invoice: finalizeDrafted(draft, tax, made) };
}

/** Parts of one period of the calendar are billed together. */
function wholeFrom({ evidence }: TransactionPosted): Micros {
  return evidence.part?.whole_from ?? evidence.period_from;
}
