import { type Micros, parseTime } from "@tallybook/periods";
import { versionAt } from "@tallybook/usage";
import type { Catalog } from "../catalog.ts";
import type { ObjectRevised } from "../facts.ts";
import { objectsOf } from "../lookups.ts";
import type { Collection } from "./collection.ts";
import { type Market, markets, otherCountries } from "./markets.ts";
import { type Product, products } from "./products.ts";
import { planDetailsOf } from "./lookups.ts";
import { wholeBody } from "./read-objects.ts";
import { type TaxCalculator, taxCalculators } from "./tax-calculators.ts";
import { countryOf, type TaxRate, taxRates } from "./tax-rates.ts";

/** A rate as it is at a time. */
export interface RateInForce {
  readonly tax_rate: string;
  readonly version: number;
  readonly fields: TaxRate;
}

/** Where somebody is. */
export interface Place {
  readonly country: string;
  readonly region: string | null;
}

/** The rates on sales to a place, in force at a time, by jurisdiction and id. */
export function taxRatesAt(
  catalog: Catalog,
  tenant: string,
  { country, region }: Place,
  at: Micros,
): RateInForce[] {
  const found: RateInForce[] = [];
  for (const [tax_rate, versions] of objectsOf(catalog, tenant, taxRates.collection)) {
    const version = versionAt(versions, at);
    if (version === undefined || version.archived) continue;
    const fields = wholeBody(taxRates, version) as TaxRate;
    const isThere = fields.region === null || fields.region === region;
    if (countryOf(fields) === country && isThere)
      found.push({ tax_rate, version: version.version, fields });
  }
  const keyOf = ({ tax_rate, fields }: RateInForce) => `${fields.jurisdiction}\u001f${tax_rate}`;
  return found.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Whether a tenant says anywhere what becomes of taxes: then it does everywhere. */
export function hasMarkets(catalog: Catalog, tenant: string): boolean {
  return [...objectsOf(catalog, tenant, markets.collection).values()].some(
    (versions) => versions.at(-1)?.archived === false,
  );
}

/** A market as the catalog last says it. */
export interface KnownMarket {
  readonly market: string;
  readonly version: number;
  readonly fields: Market;
  /** Undefined: not yet. */
  readonly activated_at: Micros | undefined;
}

/** The market of a country, or of all others; undefined where there is neither. */
export function marketFor(
  catalog: Catalog,
  tenant: string,
  country: string | null,
): KnownMarket | undefined {
  const own = country === null ? undefined : marketOf(catalog, tenant, country);
  return own ?? marketOf(catalog, tenant, otherCountries);
}

/** Of a product that a plan is of. */
export function taxCategoryOf(catalog: Catalog, tenant: string, plan: string): string | null {
  const { product } = planDetailsOf(catalog, { tenant, plan });
  const latest = product === null ? undefined : latestOf(catalog, tenant, products, product);
  return latest === undefined ? null : (wholeBody(products, latest) as Product).tax_category;
}

export function taxCalculatorOf(
  catalog: Catalog,
  tenant: string,
  calculator: string,
): TaxCalculator | undefined {
  const latest = latestOf(catalog, tenant, taxCalculators, calculator);
  return latest && (wholeBody(taxCalculators, latest) as TaxCalculator);
}

function marketOf(catalog: Catalog, tenant: string, market: string): KnownMarket | undefined {
  const latest = latestOf(catalog, tenant, markets, market);
  if (latest === undefined || latest.archived) return undefined;
  const fields = wholeBody(markets, latest) as Market;
  const { activated_at } = fields;
  const from = activated_at === null ? undefined : parseTime(activated_at);
  return { market, version: latest.version, fields, activated_at: from };
}

function latestOf(
  catalog: Catalog,
  tenant: string,
  { collection }: Pick<Collection, "collection">,
  id: string,
): ObjectRevised | undefined {
  return objectsOf(catalog, tenant, collection).get(id)?.at(-1);
}
