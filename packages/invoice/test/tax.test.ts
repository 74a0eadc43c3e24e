import type { Catalog } from "@tallybook/catalog";
import { roundLines, taxesOfLines, tellTaxes } from "@tallybook/invoice";
import type { TaxTold } from "@tallybook/invoice";
import { currency as currencyOf, decimal, majorUnits, sub, sum, toText } from "@tallybook/money";
import { parseTime } from "@tallybook/periods";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { catalogOf } from "./catalogs.ts";
import { fee } from "./paper.ts";

const issued = time("2023-12-01T01:00:00Z");

describe("taxes of an invoice", () => {
  const german = { tax_rate: "vat", name: "VAT", jurisdiction: "DE", percent: "19" };

  test("are on the exact sum of what is taxed alike, and rounded once", () => {
    const catalog = sold({ tax_rates: [german] });
    // 3 × 0.333… is 1.00: cent by cent it would be 0.99, and its tax another one.
    expect(shown(catalog, "de", ["0.3333333", "0.3333333", "0.3333334"])).toBe(`
33 33 34
19 on 1: VAT, DE, 19 %, of 1 2 3
rounding 0, total 119`);
  });

  test("that prices hold are part of the total, and what is left is without them", () => {
    const catalog = sold({ tax_rates: [{ ...german, inclusive: true }] });
    expect(shown(catalog, "de", ["119.00", "1.19"])).toBe(`
11900 119
1919 on 101: VAT, DE, 19 %, of 1 2, included
rounding 0, total 12019`);
  });

  test("of several jurisdictions are each on the same amount, none on another", () => {
    const state = { tax_rate: "state", jurisdiction: "US-CA", country: "US", region: "CA" };
    const catalog = sold({
      tax_rates: [
        { ...state, percent: "7.25" },
        { tax_rate: "city", jurisdiction: "SF", country: "US", region: "CA", percent: "1.375" },
        { ...state, tax_rate: "elsewhere", jurisdiction: "US-NY", region: "NY", percent: "4" },
      ],
    });
    expect(shown(catalog, "us", ["100"])).toBe(`
10000
138 on 100: city, SF, 1.375 %, of 1
725 on 100: state, US-CA, 7.25 %, of 1
rounding 0, total 10863`);
  });

  test("of one price, some held by it and some besides, are all on what is left without those it holds", () => {
    const federal = { tax_rate: "federal", jurisdiction: "DE", percent: "10", inclusive: true };
    const city = { tax_rate: "city", jurisdiction: "BER", country: "DE", percent: "5" };
    expect(shown(sold({ tax_rates: [federal, city] }), "de", ["110"])).toBe(`
11000
500 on 100: city, BER, 5 %, of 1
1000 on 100: federal, DE, 10 %, of 1, included
rounding 0, total 11500`);
  });

  test("give back of a credit what was taken, half a cent away from zero", () => {
    const catalog = sold({ tax_rates: [german] });
    expect(shown(catalog, "de", ["-0.50", "-0.005"])).toBe(`
-50 -1
-10 on -0.505: VAT, DE, 19 %, of 1 2
rounding -0.005, total -61`);
  });

  test.each([
    ["JPY", "100.5", "101 19 120"],
    ["USD", "100.5", "10050 1910 11960"],
    ["BHD", "100.5", "100500 19095 119595"],
  ])("are rounded to the digits of %s", (code, amount, amounts) => {
    const { lines, taxes, total } = billed(sold({ tax_rates: [german] }), "de", [amount], code);
    expect([lines[0]?.amount, taxes[0]?.amount, total].join(" ")).toBe(amounts);
  });

  test("of a product with a category of its own are its own, in each jurisdiction that has one", () => {
    const books = { ...german, tax_rate: "reduced", percent: "7", tax_category: "books" };
    const city = { tax_rate: "city", jurisdiction: "BER", country: "DE", percent: "1" };
    const catalog = sold({ tax_rates: [german, books, city] });
    expect(shown(catalog, "de", ["100", "100.00 books", "100 films"])).toBe(`
10000 10000 10000
300 on 300: city, BER, 1 %, of 1 2 3
3800 on 200: VAT, DE, 19 %, of 1 3
700 on 100: VAT, DE, 7 %, of 2
rounding 0, total 34800`);
  });

  test("of a part of the country are its own, and not also those of the whole", () => {
    const state = { tax_rate: "state", jurisdiction: "US", region: "CA", percent: "7.25" };
    const all = { ...state, tax_rate: "all", region: null, percent: "5" };
    const books = { ...all, tax_rate: "books", percent: "1", tax_category: "books" };
    expect(shown(sold({ tax_rates: [state, all, books] }), "us", ["100", "100 books"])).toBe(`
10000 10000
725 on 100: state, US, 7.25 %, of 1
100 on 100: books, US, 1 %, of 2
rounding 0, total 20825`);
  });

  test("are those of when each line's period ended: of what came late the earlier rate", () => {
    const before = sold({ tax_rates: [{ ...german, percent: "16" }] });
    const changed = { ...german, effective_at: "2023-11-01T00:00:00Z" };
    const catalog = catalogOf({ tax_rates: [changed] }, before);
    const told = tellTaxes(
      {
        tenant: "default",
        customer: "de",
        lines: [fee("1"), { ...fee("1"), period_to: time("2023-11-01T00:00:00Z") }],
      },
      { catalog, catalog_offset: catalog.offset, at: issued },
    );
    expect(ratesOf(told)).toEqual([["vat 2 19"], ["vat 1 16"]]);
  });

  test("of a period that is still to come are those of when the invoice is issued", () => {
    const before = sold({ tax_rates: [{ ...german, percent: "16" }] });
    const catalog = catalogOf(
      { tax_rates: [{ ...german, effective_at: "2023-12-15T00:00:00Z" }] },
      before,
    );
    const ahead = { ...fee("1"), period_to: time("2024-01-01T00:00:00Z") };
    const of = { tenant: "default", customer: "de", lines: [ahead] };
    const told = tellTaxes(of, { catalog, catalog_offset: catalog.offset, at: issued });
    expect(ratesOf(told)).toEqual([["vat 1 16"]]);
  });

  test("are not taken from who is exempt, or accounts for them, and the invoice says why", () => {
    const catalog = sold({ tax_rates: [german] });
    expect(shown(catalog, "exempt", ["10"])).toBe(`
1000
0 on 10: Exempt from tax, of 1
rounding 0, total 1000`);
    expect(shown(catalog, "reversed", ["10"])).toContain("0 on 10: Reverse charge: ");
    const basis = basisOf(catalog, "reversed");
    expect(basis).toMatchObject({
      status: "reverse_charge",
      customer_tax_id: "ATU1",
      reference: "form 7",
      country: "AT",
    });
  });

  test("of a country without a rate are none, where no market says what becomes of them", () => {
    expect(shown(sold({ tax_rates: [german] }), "us", ["10.005"])).toBe(`
1001
rounding 0.005, total 1001`);
    expect(basisOf(sold({}), "de")).toBeNull();
  });

  test("of a customer without a country are those of the entity that invoices", () => {
    const basis = basisOf(sold({ tax_rates: [german] }), "nowhere");
    expect(basis).toMatchObject({ country: "DE", entity: "gmbh", owner_tax_id: "DE1" });
  });

  test("add up exactly, whatever the amounts and the rates", () => {
    const percent = fc.integer({ min: 0, max: 10_000 }).map((n) => shifted(BigInt(n), 2));
    const amount = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
    const rate = fc.record({ percent, inclusive: fc.boolean(), category: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(rate, { maxLength: 4 }),
        fc.array(fc.record({ amount, category: fc.boolean() }), { minLength: 1, maxLength: 8 }),
        fc.constantFrom("JPY", "USD", "BHD"),
        (rates, amounts, code) => {
          const catalog = sold({
            tax_rates: rates.map(({ percent: p, inclusive, category }, nth) => ({
              tax_rate: `r${nth}`,
              jurisdiction: `J${nth}`,
              country: "DE",
              percent: p,
              inclusive,
              ...(category ? { tax_category: "books" } : {}),
            })),
          });
          const texts = amounts.map(
            (each) => `${shifted(each.amount, 12)}${each.category ? " books" : ""}`,
          );
          const invoice = billed(catalog, "de", texts, code);
          const cents = sum(invoice.lines.map((line) => decimal(line.amount)));
          const added = invoice.taxes.filter(({ inclusive }) => !inclusive);
          const total = sum([cents, ...added.map((tax) => decimal(tax.amount))]);
          expect(toText(total)).toBe(invoice.total);
          // What is posted: charges, rounding, and the taxes that prices do not hold.
          const currency = currencyOf(code) ?? { code, digits: 2 };
          const exact = sum([decimal(invoice.exact), decimal(invoice.rounding)]);
          expect(toText(exact)).toBe(toText(majorUnits(toText(cents), currency)));
          const groups = new Set(
            invoice.lines.map((_, at) =>
              invoice.taxes.map(({ lines }) => lines.includes(at + 1)).join(),
            ),
          );
          const most = decimal(shifted(BigInt(groups.size * 5), currency.digits + 1));
          expect(toText(sub(most, absolute(decimal(invoice.rounding)))).startsWith("-")).toBe(
            false,
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("a market", () => {
  const market = { market: "DE", entity: "gmbh", activated_at: "2023-11-01T00:00:00Z" };
  const vat = { tax_rate: "vat", jurisdiction: "DE", percent: "19" };

  test("that is not active, or not there, keeps invoices from being finalized, and says what to do", () => {
    const inactive = { ...market, activated_at: null };
    expect(reasonOf(sold({ markets: [inactive] }), "de")).toContain(
      "market DE is not active: look at it by `tally market check DE`",
    );
    // What is checked is a country, also where it has no market of its own.
    expect(reasonOf(sold({ markets: [{ ...inactive, market: "other" }] }), "us")).toContain(
      "market other is not active: look at it by `tally market check US`",
    );
    const later = { ...market, activated_at: "2023-12-02T00:00:00Z" };
    expect(reasonOf(sold({ markets: [later] }), "de")).toContain("active from 2023-12-02");
    expect(reasonOf(sold({ markets: [market] }), "us")).toContain("there is no market US");
    expect(reasonOf(sold({ markets: [market] }), "nowhere")).toContain("say the country");
  });

  test("by rates needs one for every line", () => {
    expect(reasonOf(sold({ markets: [market] }), "de")).toContain(
      "no tax rate of DE holds on 2023-11-30",
    );
    const catalog = sold({ markets: [market], tax_rates: [vat] });
    expect(basisOf(catalog, "de")).toMatchObject({ source: "rates", entity: "gmbh" });
  });

  test("in which no tax is taken says why, and all others can be one", () => {
    const rest = { ...market, market: "other", tax: "none", reason: "Not taxable here" };
    expect(shown(sold({ markets: [rest], tax_rates: [vat] }), "us", ["10"])).toBe(`
1000
0 on 10: Not taxable here, of 1
rounding 0, total 1000`);
  });

  test("of a calculator is for it to say", () => {
    const calculator = { tax_calculator: "out", url: "https://tax.example", secret: "TAX" };
    const asked = { ...market, tax: "calculator", calculator: "out" };
    const catalog = sold({ tax_calculators: [calculator], markets: [asked] });
    expect(told(catalog, "de", [fee("1")])).toMatchObject({ kind: "ask", calculator: "out" });
  });
});

/** A catalog with an entity and customers in Germany, Austria, California, and nobody knows where. */
function sold(document: object): Catalog {
  return catalogOf({
    entities: [{ entity: "gmbh", country: "DE", tax_id: "DE1" }],
    customers: [
      { customer: "de", country: "DE", entity: "gmbh" },
      { customer: "us", country: "US", region: "CA", entity: "gmbh" },
      { customer: "nowhere", entity: "gmbh" },
      { customer: "exempt", country: "DE", tax_status: "exempt" },
      {
        customer: "reversed",
        country: "AT",
        tax_status: "reverse_charge",
        tax_id: "ATU1",
        tax_evidence: { reference: "form 7", reviewed_on: "2023-10-01", reviewer: "kim" },
      },
    ],
    ...document,
  });
}

/** Of amounts such as `1.50`, or `1.50 books` of a tax category. */
function billed(catalog: Catalog, customer: string, amounts: readonly string[], code = "USD") {
  const lines = amounts.map((text) => {
    const [amount = "0", category = null] = text.split(" ");
    return { ...fee(amount), tax_category: category };
  });
  const tax = told(catalog, customer, lines);
  if (tax.kind !== "told") throw new Error(JSON.stringify(tax));
  const taxes = taxesOfLines(lines, tax.on, code);
  return { taxes, ...roundLines({ lines, currency: code, taxes }) };
}

function told(catalog: Catalog, customer: string, lines: ReturnType<typeof fee>[]): TaxTold {
  const telling = { catalog, catalog_offset: catalog.offset, at: issued };
  return tellTaxes({ tenant: "default", customer, lines }, telling);
}

function basisOf(catalog: Catalog, customer: string) {
  const tax = told(catalog, customer, [fee("1")]);
  return tax.kind === "unknown" ? tax : tax.basis;
}

function reasonOf(catalog: Catalog, customer: string): string {
  const tax = told(catalog, customer, [fee("1")]);
  return tax.kind === "unknown" ? tax.reason : tax.kind;
}

function ratesOf(tax: TaxTold): string[][] {
  if (tax.kind !== "told") return [];
  return tax.on.map((on) =>
    on.map(
      ({ tax_rate, tax_rate_version, percent }) => `${tax_rate} ${tax_rate_version} ${percent}`,
    ),
  );
}

function shown(catalog: Catalog, customer: string, amounts: readonly string[]): string {
  const { lines, taxes, rounding, total } = billed(catalog, customer, amounts);
  const rows = taxes.map(
    ({ amount, base, name, jurisdiction, percent, reason, inclusive, ...tax }) => {
      const what = reason === "" ? `${name}, ${jurisdiction}, ${percent} %` : reason;
      return `${amount} on ${base}: ${what}, of ${tax.lines.join(" ")}${inclusive ? ", included" : ""}`;
    },
  );
  const cents = lines.map(({ amount }) => amount).join(" ");
  return ["", cents, ...rows, `rounding ${rounding}, total ${total}`].join("\n");
}

/** A whole number with its point so many digits further left. */
function shifted(whole: bigint, digits: number): string {
  const sign = whole < 0n ? "-" : "";
  const text = String(whole < 0n ? -whole : whole).padStart(digits + 1, "0");
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

function absolute(amount: ReturnType<typeof decimal>): ReturnType<typeof decimal> {
  return toText(amount).startsWith("-") ? sub(decimal("0"), amount) : amount;
}

function time(text: string): number {
  return parseTime(text) ?? Number.NaN;
}
