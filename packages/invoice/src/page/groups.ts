import { adjustmentsOf, pricesFor, subscriptionOf, termsAt } from "@tallybook/catalog";
import type { AdjustmentOrdered, Catalog, Price } from "@tallybook/catalog";
import { decimal, sum, toText } from "@tallybook/money";
import type { DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";
import {
  chargeOf as chargeOfPrice,
  explainCharge,
  explanationHolds,
  isByQuantity,
  NotRatable,
  rateUsage,
} from "@tallybook/pricing";
import type { Explained } from "@tallybook/pricing";

import { zoneOf } from "../days.ts";
import type { InvoiceLine } from "../facts.ts";
import type { Priced } from "../finalize.ts";
import { billedBy } from "./billed.ts";

/** A line with its number on the invoice, from 1: the one that a replay takes. */
export interface NumberedLine extends InvoiceLine {
  readonly number: number;
  /** Id of what somebody ordered, where that is what it is. */
  readonly order: string | null;
}

/** The lines of one charge: they were rated together, so tiers run over their sum. */
export interface Charge {
  readonly lines: readonly NumberedLine[];
  /** What rated it; undefined for a fee, and where the catalog does not tell. */
  readonly price: Price | undefined;
  /** How it came about; undefined unless that comes to exactly what the lines do. */
  readonly explained: Explained | undefined;
}

/** Adjustments to one earlier period. */
export interface Late {
  readonly from: Micros;
  readonly to: Micros;
  /** Whose dates are told. */
  readonly zone: string;
  readonly lines: readonly NumberedLine[];
}

/** The lines in their order: charges of the invoice's own period, then what came late for others. `before`: lines that stand before them. */
export function groupLines(
  invoice: Priced,
  catalog: Catalog,
  before = 0,
): { readonly charges: readonly Charge[]; readonly late: readonly Late[] } {
  const orders = ordersOf(invoice, catalog);
  const numbered = invoice.lines.map((line, index) => ({
    ...line,
    number: before + index + 1,
    order: takeOrder(orders, line),
  }));
  const firstLate = numbered.findIndex(({ transaction_kind }) => transaction_kind === "adjustment");
  // What coupons take off adjustments stands behind them.
  const isLate = ({ number }: NumberedLine) => firstLate !== -1 && number - before > firstLate;
  const own = Map.groupBy(
    numbered.filter((line) => !isLate(line)),
    ({ transaction }) => transaction,
  );
  const zone = zoneOf(catalog, invoice.tenant, invoice.subscription);
  const late = Map.groupBy(numbered.filter(isLate), ({ period_from }) => period_from);
  return {
    charges: [...own.values()].map((lines) => chargeOf(lines, invoice, catalog)),
    late: [...late.values()].map((lines) => ({
      from: lines[0]?.period_from ?? 0,
      to: lines[0]?.period_to ?? 0,
      zone,
      lines,
    })),
  };
}

function ordersOf({ tenant, subscription }: Priced, catalog: Catalog): AdjustmentOrdered[] {
  const all = [...adjustmentsOf(catalog, tenant).values()].map(({ fact }) => fact);
  return all.filter((order) => order.subscription === subscription);
}

/** The order that a line is of, by all that the line says of it; each is of one line. */
function takeOrder(orders: AdjustmentOrdered[], line: InvoiceLine): string | null {
  if (line.transaction_kind !== "adjustment" || line.meter !== null) return null;
  const at = orders.findIndex(
    ({ period_from, amount, reason }) =>
      period_from === line.period_from &&
      amount === line.exact &&
      line.description.endsWith(`: ${reason}`),
  );
  return at === -1 ? null : (orders.splice(at, 1)[0]?.adjustment ?? null);
}

/** Sums of some lines: exact in major units, the amount in minor ones. */
export function sumOf(lines: readonly InvoiceLine[]): {
  readonly quantity: DecimalText;
  readonly exact: DecimalText;
  readonly amount: DecimalText;
} {
  const total = (member: "quantity" | "exact" | "amount") =>
    toText(sum(lines.map((line) => decimal(line[member]))));
  return { quantity: total("quantity"), exact: total("exact"), amount: total("amount") };
}

function chargeOf(lines: readonly NumberedLine[], invoice: Priced, catalog: Catalog): Charge {
  const [line] = lines;
  const meter = line?.meter ?? null;
  const priced = line === undefined ? [] : pricesOf(line, invoice, catalog);
  const over = meter === null ? [] : priced.filter((each) => each.meter === meter);
  // A plan prices a meter once; what is sold beside it may do so too, and is told by its words.
  const price =
    over.find(({ description }) => line?.description.startsWith(description)) ?? over[0];
  return {
    lines,
    price,
    explained: price === undefined ? undefined : explainedOf(price, lines, invoice),
  };
}

/** By which prices the part of the period was billed that a line is of: the subscription may have changed within it. */
function pricesOf(
  { period_from }: InvoiceLine,
  invoice: Priced,
  catalog: Catalog,
): readonly Price[] {
  const { tenant, customer, plan } = invoice;
  const subscription = subscriptionOf(catalog, tenant, invoice.subscription);
  const terms = subscription && termsAt(subscription, period_from);
  if (terms === undefined || (terms.plan === plan && terms.add_ons.length === 0))
    return billedBy(invoice, catalog)?.plan.prices ?? [];
  return pricesFor(catalog, tenant, customer, terms, period_from)?.prices ?? [];
}

/** A page never shows a calculation that does not come to what is charged. */
function explainedOf(
  price: Price,
  lines: readonly NumberedLine[],
  { explanations }: Priced,
): Explained | undefined {
  const { quantity, exact } = sumOf(lines);
  const told = explanations.find(({ transaction }) => transaction === lines[0]?.transaction);
  const explained = told?.explanation ?? explainedAgain(price, quantity);
  const holds =
    explained !== undefined && explained.amount === exact && explanationHolds(explained);
  return holds ? explained : undefined;
}

/** Of an invoice that was made before invoices said it. */
function explainedAgain(price: Price, quantity: DecimalText): Explained | undefined {
  if (!isByQuantity(price.charge)) return undefined;
  try {
    const usage = { of: "quantity", quantity: decimal(quantity) } as const;
    return explainCharge(rateUsage(chargeOfPrice(price), usage));
  } catch (error) {
    if (error instanceof NotRatable) return undefined;
    throw error;
  }
}
