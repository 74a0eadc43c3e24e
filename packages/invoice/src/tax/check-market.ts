import {
  customerFieldsOf,
  customersOf,
  entityOf,
  marketFor,
  taxCalculatorOf,
  taxRatesAt,
  usualNumbering,
} from "@tallybook/catalog";
import type {
  Catalog,
  CustomerCreated,
  CustomerProfile,
  InvoicingEntity,
  KnownMarket,
  TaxEvidence,
} from "@tallybook/catalog";
import { currency as currencyOf, minorText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

import { roundLines } from "../finalize.ts";
import { taxesOfLines, wholeTax } from "./amounts.ts";
import { taxName } from "./lines.ts";
import { ownerTaxId, tellTaxesOf } from "./tell.ts";

/** Whether a sale into a country can be invoiced, and what is missing. */
export interface MarketCheck {
  readonly country: string;
  readonly ready: boolean;
  readonly rows: readonly MarketRow[];
}

export interface MarketRow {
  readonly what: string;
  /** What there is. */
  readonly found: string;
  /** What to do, where something is missing; else empty. */
  readonly missing: string;
}

/** Of whom nobody has said another currency. */
const sampleCurrency = "USD";
const sampleAmount = "100";
const namedMax = 5;

/**
 * Entity, tax owner, tax, evidence of the customers' status, activation and a sample invoice of a country, as a check-list. Of evidence
 * only where it lies, who has looked at it and when.
 */
export function checkMarket(
  catalog: Catalog,
  { tenant, country }: { readonly tenant: string; readonly country: string },
  now: Micros,
): MarketCheck {
  const market = marketFor(catalog, tenant, country);
  if (market === undefined) {
    const missing = `apply markets: [{ market: ${country}, entity: … }]`;
    return { country, ready: false, rows: [{ what: "market", found: "none", missing }] };
  }
  const { fields, activated_at } = market;
  const entity = entityOf(catalog, tenant, fields.entity);
  const customers = customersOf(catalog, tenant)
    .map((created) => ({ created, profile: customerFieldsOf(catalog, created) }))
    .filter(({ profile }) => profile.country === country && !profile.archived);
  const isActive = activated_at !== undefined && activated_at <= now;
  const rows: MarketRow[] = [
    row("market", `${market.market}, version ${market.version}`),
    row(
      "activation",
      activated_at === undefined ? "none" : `from ${formatTime(activated_at)} on`,
      isActive ? "" : `say its activated_at in markets: ${market.market}`,
    ),
    entityRow(fields.entity, entity),
    ...(fields.tax === "none" ? [] : ownerRows(entity, country)),
    taxRow(catalog, { tenant, country, market }, now),
    ...statusRows(customers),
    sampleRow(catalog, { tenant, country, entity, currency: customers[0]?.created.currency }, now),
  ];
  return { country, ready: rows.every(({ missing }) => missing === ""), rows };
}

function row(what: string, found: string, missing = ""): MarketRow {
  return { what, found, missing };
}

function entityRow(name: string, entity: InvoicingEntity | undefined): MarketRow {
  if (entity === undefined) return row("entity", "none", `apply entities: [{ entity: ${name} }]`);
  const { fields, numbering, version } = entity;
  const { prefixes, digits } = numbering ?? usualNumbering;
  const first = `${prefixes.invoice}${"1".padStart(digits, "0")}`;
  const found = `${name}, version ${version}: ${fields.name}, ${fields.country ?? "no country"}, numbers like ${first}`;
  return row("entity", found, fields.address.length > 0 ? "" : `say the address of entity ${name}`);
}

function ownerRows(entity: InvoicingEntity | undefined, country: string): MarketRow[] {
  if (entity === undefined) return [];
  const number = ownerTaxId(entity, country);
  const registration = entity.fields.registrations.find((each) => each.country === country);
  const toSay = `say registrations: [{ country: ${country}, tax_id: … }] of entity ${entity.entity}`;
  const owner =
    number === null
      ? row("tax owner", "not registered there", toSay)
      : row("tax owner", `${entity.entity}, under ${number}`);
  if (registration === undefined) return [owner];
  const { evidence } = registration;
  const missing = `say the evidence of its registration in ${country}: reference, reviewed_on, reviewer`;
  return [owner, row("registration", evidenceText(evidence), evidence === null ? missing : "")];
}

function taxRow(
  catalog: Catalog,
  of: {
    readonly tenant: string;
    readonly country: string;
    readonly market: KnownMarket;
  },
  now: Micros,
): MarketRow {
  const { tenant, country } = of;
  const { market, fields } = of.market;
  if (fields.tax === "none") {
    const missing = `say the evidence of market ${market} for it: reference, reviewed_on, reviewer`;
    const found = `none: ${fields.reason ?? ""}; ${evidenceText(fields.evidence)}`;
    return row("tax", found, fields.evidence === null ? missing : "");
  }
  if (fields.tax === "calculator") {
    const name = fields.calculator ?? "";
    const calculator = taxCalculatorOf(catalog, tenant, name);
    if (calculator === undefined)
      return row("tax", "none", `apply tax_calculators: [{ tax_calculator: ${name} }]`);
    return row("tax", `calculator ${name} at ${calculator.url}, within ${calculator.wait_ms} ms`);
  }
  const rates = taxRatesAt(catalog, tenant, { country, region: null }, now);
  const texts = rates.map(({ tax_rate, version, fields: rate }) => {
    const of = rate.tax_category === null ? "" : ` of ${rate.tax_category}`;
    return `${tax_rate} version ${version}, ${rate.percent} %${of}${rate.inclusive ? ", in the price" : ""}`;
  });
  const isForAll = rates.some(({ fields: rate }) => rate.tax_category === null);
  return row(
    "tax",
    texts.join("; ") || "no rate",
    isForAll ? "" : `apply tax_rates: a rate of ${country} without a tax category`,
  );
}

/** Of whoever is not taxable: of many the first are named, and of the rest those that lack something counted. */
function statusRows(
  customers: readonly {
    readonly created: Pick<CustomerCreated, "customer">;
    readonly profile: CustomerProfile;
  }[],
): MarketRow[] {
  const rows = customers
    .filter(({ profile }) => profile.tax_status !== "taxable")
    .map(({ created, profile }) => statusRow(created.customer, profile));
  const others = rows.slice(namedMax);
  if (others.length === 0) return rows;
  const lacking = others.filter(({ missing }) => missing !== "");
  const [first] = lacking;
  const rest = lacking.length < 2 ? "" : `; ${lacking.length - 1} more lack something as well`;
  const missing = first === undefined ? "" : `${first.missing}${rest}`;
  const found = `${others.length} customers who are not taxable`;
  return [...rows.slice(0, namedMax), row("status of others", found, missing)];
}

function statusRow(
  customer: string,
  { tax_status, tax_id, tax_evidence }: CustomerProfile,
): MarketRow {
  const what = `status of ${customer}`;
  const found = `${tax_status}; ${evidenceText(tax_evidence)}`;
  if (tax_evidence === null)
    return row(
      what,
      found,
      `say tax_evidence of customer ${customer}: reference, reviewed_on, reviewer`,
    );
  const lacksNumber = tax_status === "reverse_charge" && tax_id === null;
  return row(what, found, lacksNumber ? `say the tax_id of customer ${customer}` : "");
}

function sampleRow(
  catalog: Catalog,
  of: {
    readonly tenant: string;
    readonly country: string;
    readonly entity: InvoicingEntity | undefined;
    readonly currency: string | undefined;
  },
  now: Micros,
): MarketRow {
  const { tenant, country, entity, currency: code = sampleCurrency } = of;
  const currency = currencyOf(code);
  const line = { exact: sampleAmount, period_to: now, tax_category: null };
  const profile = { ...anybody, country };
  const told = tellTaxesOf(
    { tenant, customer: "of the sample", lines: [line] },
    { profile, entity },
    { catalog, catalog_offset: catalog.offset, at: now },
  );
  if (told.kind === "unknown") return row("sample invoice", "none", told.reason);
  if (told.kind === "ask" || currency === undefined)
    return row("sample invoice", "the calculator is asked when an invoice is finalized");
  const taxes = taxesOfLines([line], told.on, code);
  const { total } = roundLines({ lines: [{ ...sampleLine, ...line }], currency: code, taxes });
  const rows = taxes.map((tax) => `${taxName(tax)}: ${minorText(tax.amount, currency)}`);
  const sums = `tax ${minorText(wholeTax(taxes), currency)}, total ${minorText(total, currency)} ${code}`;
  return row("sample invoice", [`${sampleAmount} of a taxable customer`, ...rows, sums].join("; "));
}

/** Where it lies, who has looked at it and when. */
function evidenceText(evidence: TaxEvidence | null): string {
  if (evidence === null) return "no evidence";
  const { reference, reviewed_on, reviewer } = evidence;
  return `evidence ${reference}, reviewed on ${reviewed_on} by ${reviewer}`;
}

const anybody = {
  region: null,
  tax_status: "taxable",
  tax_id: null,
  tax_evidence: null,
} as const;

const sampleLine = {
  transaction: "",
  transaction_kind: "usage",
  meter: null,
  dimensions: {},
  quantity: "1",
  description: "",
  period_from: 0,
} as const;
