import {
  customerFieldsOf,
  customerOf,
  hasMarkets,
  invoicingEntity,
  marketFor,
  objectsOf,
  taxRatesAt,
} from "@tallybook/catalog";
import type {
  Catalog,
  CustomerProfile,
  InvoicingEntity,
  KnownMarket,
  RateInForce,
} from "@tallybook/catalog";
import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

import type { DraftLine } from "../facts.ts";
import type { TaxBasis, TaxOn, TaxSource } from "./facts.ts";

/** What is to be taxed: an invoice before it is finalized. */
export interface Taxable {
  readonly tenant: string;
  readonly customer: string;
  readonly lines: readonly Pick<DraftLine, "period_to" | "tax_category">[];
}

/** Where and when taxes are told. */
export interface TellingAt {
  readonly catalog: Catalog;
  /** Below which the catalog is known. */
  readonly catalog_offset: number;
  /** When the invoice is issued. */
  readonly at: Micros;
}

export type TaxTold =
  /** `on`: of each line, and the same tax is the same object. The basis is null where the catalog says nothing of taxes. */
  | {
      readonly kind: "told";
      readonly basis: TaxBasis | null;
      readonly on: readonly (readonly TaxOn[])[];
    }
  /** An outside calculator says it. */
  | { readonly kind: "ask"; readonly basis: TaxBasis; readonly calculator: string }
  /** Nobody can: the reason says which, what, and what to do. The invoice waits as a draft. */
  | { readonly kind: "unknown"; readonly reason: string };

/**
 * What taxes are on the lines of an invoice, by the customer's status, country and region, and the rates of the catalog there. A line is
 * taxed by what holds at the end of its period, or when the invoice is issued where that is earlier.
 */
export function tellTaxes(of: Taxable, telling: TellingAt): TaxTold {
  const { tenant, customer, lines } = of;
  const { catalog } = telling;
  const saysNothing =
    !hasMarkets(catalog, tenant) && objectsOf(catalog, tenant, "tax_rates").size === 0;
  const created = customerOf(catalog, tenant, customer);
  if (saysNothing || created === undefined)
    return { kind: "told", basis: null, on: lines.map(() => []) };
  const buyer = {
    profile: customerFieldsOf(catalog, created),
    entity: invoicingEntity(catalog, of),
  };
  return tellTaxesOf(of, buyer, telling);
}

/** Who buys, and from whom. */
export interface Buyer {
  readonly profile: Pick<
    CustomerProfile,
    "country" | "region" | "tax_status" | "tax_id" | "tax_evidence"
  >;
  readonly entity: InvoicingEntity | undefined;
}

/** The same for somebody of whom the catalog need not know. */
export function tellTaxesOf(of: Taxable, { profile, entity }: Buyer, telling: TellingAt): TaxTold {
  const { tenant, customer, lines } = of;
  const { catalog, at } = telling;
  const isMarketed = hasMarkets(catalog, tenant);
  const country = profile.country ?? (isMarketed ? null : (entity?.fields.country ?? null));
  const market = isMarketed ? marketFor(catalog, tenant, country) : undefined;
  if (isMarketed) {
    const reason = closedReason(customer, country, market, at);
    if (reason !== undefined) return { kind: "unknown", reason };
  }

  const { tax_status: status } = profile;
  const basis = (source: TaxSource): TaxBasis => ({
    catalog_offset: telling.catalog_offset,
    told_at: at,
    source,
    entity: entity?.entity ?? null,
    entity_version: entity?.version ?? null,
    owner_tax_id: entity === undefined ? null : ownerTaxId(entity, country),
    country,
    region: profile.country === null ? null : profile.region,
    status,
    customer_tax_id: profile.tax_id,
    reference: profile.tax_evidence?.reference ?? null,
    calculation: null,
  });
  const all = (tax: TaxOn) => lines.map(() => [tax]);
  if (status !== "taxable") {
    const reason = reasons[status];
    return {
      kind: "told",
      basis: basis("status"),
      on: all({ ...nothing, treatment: status, reason }),
    };
  }
  const { tax, calculator, reason } = market?.fields ?? ofNoMarket;
  if (tax === "none") {
    const untaxed = { ...nothing, treatment: "untaxed" as const, reason: reason ?? "" };
    return { kind: "told", basis: basis("market"), on: all(untaxed) };
  }
  if (tax === "calculator")
    return { kind: "ask", basis: basis("calculator"), calculator: calculator ?? "" };
  return byRates(of, telling, basis("rates"), isMarketed);
}

/** Under which number an entity owes the taxes of a country: that of its registration there, or at home its own. */
export function ownerTaxId(
  { fields: { registrations, country: home, tax_id } }: InvoicingEntity,
  country: string | null,
): string | null {
  const there = registrations.find((each) => each.country === country);
  if (there !== undefined) return there.tax_id;
  return country === null || country === home ? tax_id : null;
}

function byRates(
  { tenant, lines }: Taxable,
  { catalog, at }: TellingAt,
  basis: TaxBasis,
  isMarketed: boolean,
): TaxTold {
  const { country, region } = basis;
  if (country === null) {
    if (!isMarketed) return { kind: "told", basis, on: lines.map(() => []) };
    return { kind: "unknown", reason: "the customer has no country: say it, to be taxed by rates" };
  }
  const known = new Map<string, TaxOn>();
  const on: TaxOn[][] = [];
  for (const { period_to, tax_category } of lines) {
    const then = Math.min(period_to - 1, at);
    const rates = closest(taxRatesAt(catalog, tenant, { country, region }, then), tax_category);
    if (rates.length === 0 && isMarketed) {
      const what = tax_category === null ? "" : `, for the tax category ${tax_category} or any,`;
      const reason = `no tax rate of ${country} holds on ${formatTime(then).slice(0, 10)}${what}: apply one to tax_rates, or say in market ${country} why no tax is taken`;
      return { kind: "unknown", reason };
    }
    on.push(
      rates.map((rate) => {
        const key = `${rate.tax_rate} ${rate.version}`;
        const tax = known.get(key) ?? taxBy(rate);
        known.set(key, tax);
        return tax;
      }),
    );
  }
  return { kind: "told", basis, on };
}

/**
 * The rate of each jurisdiction: that for the category, or where it has none that for everything; and of these that for the customer's part of
 * the country, or where it has none that for all of it. So no jurisdiction takes its tax twice.
 */
function closest(rates: readonly RateInForce[], category: string | null): RateInForce[] {
  const byJurisdiction = Map.groupBy(rates, ({ fields }) => fields.jurisdiction);
  return [...byJurisdiction.values()].flatMap((own) => {
    const special = own.filter(
      ({ fields }) => category !== null && fields.tax_category === category,
    );
    const fit =
      special.length > 0 ? special : own.filter(({ fields }) => fields.tax_category === null);
    const regional = fit.filter(({ fields }) => fields.region !== null);
    return regional.length > 0 ? regional : fit;
  });
}

function taxBy({ tax_rate, version, fields }: RateInForce): TaxOn {
  const { name, jurisdiction, percent, inclusive } = fields;
  return {
    treatment: "taxed",
    tax_rate,
    tax_rate_version: version,
    name,
    jurisdiction,
    percent,
    inclusive,
    reason: "",
  };
}

/** Why nothing may be sold there yet; undefined where it may. */
function closedReason(
  customer: string,
  country: string | null,
  market: KnownMarket | undefined,
  at: Micros,
): string | undefined {
  if (market === undefined)
    return country === null
      ? `customer ${customer} has no country, and there is no market for whoever has none: say the country, or apply a market \`other\``
      : `there is no market ${country}, where customer ${customer} is: apply one, or a market \`other\``;
  const { market: name, activated_at } = market;
  if (activated_at === undefined)
    return `market ${name} is not active: look at it by \`tally market check ${country ?? "COUNTRY"}\`, and say its activated_at`;
  if (at < activated_at)
    return `market ${name} is active from ${formatTime(activated_at)} on, and the invoice is of ${formatTime(at)}: finalize it then, or say an earlier activated_at`;
  return undefined;
}

const reasons = {
  exempt: "Exempt from tax",
  reverse_charge: "Reverse charge: the recipient accounts for the tax",
} as const;

const ofNoMarket = { tax: "rates", calculator: null, reason: null } as const;

const nothing = {
  tax_rate: null,
  tax_rate_version: null,
  name: "",
  jurisdiction: "",
  percent: "0",
  inclusive: false,
} as const;
