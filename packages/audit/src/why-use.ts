import { customerOf, subscriptionsOf } from "@tallybook/catalog";
import type { Catalog, SoldPrice } from "@tallybook/catalog";
import type { InvoiceDrafted, InvoiceFinalized } from "@tallybook/invoice";
import {
  billedFor,
  dimensionsKey,
  fillingRatings,
  firstRatings,
  meteredUsage,
  ownerOf,
  rateCharge,
  ratingOf,
  waitingRatings,
} from "@tallybook/journal";
import type { DueBasis, RatedPeriod, Rating, TransactionPosted } from "@tallybook/journal";
import { isZero, toText } from "@tallybook/money";
import { timeOf } from "@tallybook/usage";
import type { UsageRow } from "@tallybook/usage";

import { reasonOf, remedyOf } from "./why-reasons.ts";
import type { WhyReason } from "./why-reasons.ts";

/** An answer about usage of one meter, or of none. */
export interface Why {
  readonly reason: WhyReason;
  /** What exactly, in words; empty where the reason says it all. */
  readonly detail: string;
  readonly remedy: string;
  readonly meter: string | null;
  /** Whose it is, where it is somebody's. */
  readonly subscription: string | null;
  /** Where it is, if it is on one or more. */
  readonly invoices: readonly {
    readonly invoice: string;
    readonly number: string | null;
    readonly line: number;
    /** Of an adjustment: the backfills by which usage of it came. */
    readonly backfills: readonly string[];
  }[];
}

/** What answers rest on: everything as the journal's last head knows it. */
export interface WhyBasis extends DueBasis {
  readonly catalog: Catalog;
  readonly transactions: readonly TransactionPosted[];
  readonly invoices: readonly InvoiceFinalized[];
  readonly drafts: readonly InvoiceDrafted[];
  /** The usage of a rated period, of all its meters. */
  readonly usageOf: (
    period: Pick<RatedPeriod, "customer" | "from" | "to">,
  ) => Promise<{ readonly rows: readonly UsageRow[]; readonly earlier: readonly UsageRow[] }>;
}

/** Why a row of usage, of one event or of a slot, is on an invoice or is not: for each of its prices. */
export async function whyUse(row: UsageRow, basis: WhyBasis): Promise<Why[]> {
  const { meter } = row;
  if (row.cut > basis.begun.cut) return [why("uncut", { meter, detail: `cut ${row.cut}` })];
  const owner = ownerOf(row, basis);
  switch (owner.kind) {
    case "rated":
      return whyRated(row, owner.rated, basis);
    case "open": {
      const { subscription } = owner.subscription;
      const isHere = (rating: Rating) =>
        rating.tenant === row.tenant &&
        rating.subscription === subscription &&
        rating.period.from <= timeOf(row) &&
        timeOf(row) < rating.period.to;
      const interim = onInvoices(row, { subscription, meter }, basis);
      if (interim.length > 0) return [whyInvoiced(interim, { meter, subscription })];
      if (waitingRatings(basis).some(isHere))
        return [why("held", { meter, subscription, detail: "a spool is not known to be empty" })];
      if (fillingRatings(basis).some(isHere))
        return [why("held", { meter, subscription, detail: "a meter's history is being filled" })];
      const due = firstRatings(basis).find(isHere);
      const parked = due === undefined ? [] : await whyUnrated(row, due, basis);
      return parked.length > 0 ? parked : [why("open", { meter, subscription })];
    }
    case "unattributed": {
      const { reason } = owner;
      const named = row.subscription === "" ? "" : `names subscription ${row.subscription}`;
      return [why(reasonOf(reason, isActivated(row, basis.catalog)), { meter, detail: named })];
    }
  }
}

/** Not one subscription that could have the usage waits for its customer's approval. */
function isActivated({ tenant, customer, subscription }: UsageRow, catalog: Catalog): boolean {
  if (customerOf(catalog, tenant, customer) === undefined) return true;
  return subscriptionsOf(catalog, tenant, customer)
    .filter((each) => subscription === "" || each.subscription === subscription)
    .every(({ begins }) => begins !== null);
}

/** Of a period that is due and of which nothing is in the journal: none of its charges can be rated. */
async function whyUnrated(row: UsageRow, rating: Rating, basis: WhyBasis): Promise<Why[]> {
  const { customer, subscription, period } = rating;
  const usage = await basis.usageOf({ customer, ...period });
  const catalog = basis.catalogAt(rating.catalog_offset);
  const of = { meter: row.meter, subscription };
  return rating.prices
    .filter(({ meter }) => meter !== null)
    .flatMap((price) => {
      const used = meteredUsage(rating, price.meter ?? "", usage, catalog);
      const isOwn = used.rows.some((each) => isPartOf(row, each));
      return isOwn ? [whyPriced(row, price, of, () => rateCharge(price, used, rating), basis)] : [];
    })
    .filter(({ reason }) => reason === "parked" || reason === "no_matrix_row");
}

async function whyRated(row: UsageRow, rated: RatedPeriod, basis: WhyBasis): Promise<Why[]> {
  const { subscription } = rated;
  const rating = ratingOf(rated, basis.catalogAt);
  const catalog = basis.catalogAt(rating.catalog_offset);
  const usage = await basis.usageOf(rated);
  return rating.prices.flatMap((price) => {
    if (price.meter === null) return [];
    const of = { meter: row.meter, subscription };
    const used = meteredUsage(rating, price.meter, usage, catalog);
    const isOwn = used.rows.some((each) => isPartOf(row, each));
    if (!isOwn) return [];
    const off = billedFor(rated, price)?.writtenOff;
    if (row.cut > rated.cut && off !== undefined && !isZero(off)) {
      const detail = `${price.price}: ${toText(off)} ${rating.plan.currency} of all that came late`;
      return [
        why("written_off", {
          ...of,
          detail,
          invoices: onInvoices(row, { ...of, meter: price.meter }, basis),
        }),
      ];
    }
    return [whyPriced(row, price, of, () => rateCharge(price, used, rating), basis)];
  });
}

function whyPriced(
  row: UsageRow,
  price: SoldPrice,
  of: { readonly meter: string; readonly subscription: string },
  rate: () => ReturnType<typeof rateCharge>,
  basis: WhyBasis,
): Why {
  let rated: ReturnType<typeof rateCharge>;
  try {
    rated = rate();
  } catch (error) {
    return why("parked", { ...of, detail: `${price.price}: ${(error as Error).message}` });
  }
  const missing = rated.unpriced.find(({ dimensions }) =>
    Object.entries(dimensions).every(([name, value]) => row.dimensions[name] === value),
  );
  if (missing !== undefined)
    return why("no_matrix_row", { ...of, detail: `${price.price}: ${missing.reason}` });
  const invoices = onInvoices(row, { ...of, meter: price.meter ?? row.meter }, basis);
  if (invoices.length > 0) return whyInvoiced(invoices, of);
  const isCovered = price.covered === "everything";
  const detail = isCovered ? "a trial covers it: it comes to nothing" : price.price;
  return why("waiting", { ...of, detail });
}

function whyInvoiced(
  invoices: Why["invoices"],
  of: { readonly meter: string; readonly subscription: string },
): Why {
  const isBilled = invoices.some(({ number }) => number !== null);
  const names = invoices.map(
    ({ invoice, number, line, backfills }) =>
      `${number ?? invoice} line ${line}${backfills.length === 0 ? "" : ` (by backfill ${backfills.join(", ")})`}`,
  );
  return why(isBilled ? "billed" : "drafted", { ...of, invoices, detail: names.join(", ") });
}

/** Lines that count the row: of its subscription, period, meter and dimensions, by transactions that knew its cut. */
function onInvoices(
  row: UsageRow,
  { meter, subscription }: { readonly meter: string; readonly subscription: string },
  { transactions, invoices, drafts }: WhyBasis,
): Why["invoices"] {
  const own = transactions.filter(({ tenant, evidence }) => {
    const { period_from, period_to, cut } = evidence;
    return (
      tenant === row.tenant &&
      evidence.subscription === subscription &&
      evidence.meter === meter &&
      cut >= row.cut &&
      period_from <= timeOf(row) &&
      timeOf(row) < period_to
    );
  });
  const finalized = new Set(invoices.map(({ invoice }) => invoice));
  const all = [...invoices, ...drafts.filter(({ invoice }) => !finalized.has(invoice))];
  // What was posted first took it in; later adjustments are about other usage of the same line.
  for (const [, first] of [...Map.groupBy(own, ({ evidence }) => evidence.cut)].sort(byCut)) {
    const byId = new Map(first.map((each) => [each.id, each]));
    const lines = all.flatMap((invoice) =>
      invoice.lines.flatMap(({ transaction, dimensions }, at) => {
        const posted = byId.get(transaction);
        if (posted === undefined || !isOfLine(dimensions, row)) return [];
        return [{ ...placeOf(invoice, at + 1), backfills: posted.evidence.backfills }];
      }),
    );
    if (lines.length > 0) return lines;
  }
  return [];
}

function byCut([a]: readonly [number, unknown], [b]: readonly [number, unknown]): number {
  return a - b;
}

function placeOf(
  invoice: InvoiceFinalized | InvoiceDrafted,
  line: number,
): Omit<Why["invoices"][number], "backfills"> {
  const number = invoice.kind === "InvoiceFinalized" ? invoice.number : null;
  return { invoice: invoice.invoice, number, line };
}

/** The dimensions of a line are those of the rows that it counts, or fewer: of a composite none. */
function isOfLine(dimensions: UsageRow["dimensions"], row: UsageRow): boolean {
  const own = Object.fromEntries(
    Object.keys(dimensions).map((name) => [name, row.dimensions[name] ?? ""]),
  );
  return dimensionsKey(own) === dimensionsKey(dimensions);
}

/** Whether a row of a rating holds another: that very one, or the row of its slot. */
function isPartOf(row: UsageRow, whole: UsageRow): boolean {
  return (
    row.meter === whole.meter &&
    row.slot === whole.slot &&
    row.cut === whole.cut &&
    row.customer === whole.customer &&
    row.subscription === whole.subscription &&
    dimensionsKey(row.dimensions) === dimensionsKey(whole.dimensions)
  );
}

export function why(
  reason: WhyReason,
  {
    detail = "",
    meter = null,
    subscription = null,
    invoices = [],
  }: Partial<Pick<Why, "detail" | "meter" | "subscription" | "invoices">> = {},
): Why {
  return { reason, detail, remedy: remedyOf(reason), meter, subscription, invoices };
}
