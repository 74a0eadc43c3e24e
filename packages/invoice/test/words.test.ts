import type { CatalogFact } from "@tallybook/catalog";
import { documentLanguages, evolve } from "@tallybook/catalog";
import { makePage, plainText, wordsIn } from "@tallybook/invoice";
import type { InvoicePage, Row } from "@tallybook/invoice";
import { expect, test } from "vitest";

import { spokenDay, spokenDays } from "../src/days.ts";
import { grouped } from "../src/page/numbers.ts";
import { fee, late, paper, usage } from "./paper.ts";

const november = Date.UTC(2023, 10, 1) * 1_000;
const december = Date.UTC(2023, 11, 1) * 1_000;
/** As the runtime's tables say it, which no document is made with: they change. English days stay as the API writes them. */
const locales = { en: "en-US", de: "de-DE", fr: "fr-FR", es: "es-ES", ja: "ja-JP" } as const;

test.each(documentLanguages)(
  "numbers and days in %s are written as they are read there",
  (language) => {
    const words = wordsIn(language);
    expect(words.language).toBe(language);
    const locale = locales[language];
    for (const number of ["1234567.5", "-1000", "12", "0.25"]) {
      const usual = new Intl.NumberFormat(locale, {
        useGrouping: "always",
        maximumFractionDigits: 9,
      });
      expect(grouped(number, words)).toBe(usual.format(number as never));
    }
    const day = spokenDay(november, "UTC", words);
    const parts = { day: "2-digit", month: "2-digit", year: "numeric", timeZone: "UTC" } as const;
    const usual = new Intl.DateTimeFormat(locale, parts).format(new Date(november / 1_000));
    expect(day).toBe(language === "en" ? "2023-11-01" : usual);
  },
);

test("a number stays on one line, also within a text", () => {
  const number = grouped("1234567", wordsIn("fr"));
  expect(plainText([`  sur\n${number} `])).toBe(" sur 1\u202f234\u202f567 ");
});

test("a language that nobody has written is English", () => {
  expect(wordsIn("tlh").language).toBe("en");
});

test("a period in words has its last day, or its moments", () => {
  expect(spokenDays(november, december, "UTC", wordsIn("de"))).toBe("01.11.2023 bis 30.11.2023");
  expect(spokenDays(november, december, "Asia/Kolkata", wordsIn("fr"))).toBe(
    "du 01/11/2023 05:30:00 au 01/12/2023 05:30:00",
  );
});

const lines = [
  fee("20"),
  usage("input_tokens", { model: "code" }, "9041230", "3.630101628"),
  usage("input_tokens", { model: "conv" }, "1200000", "0.642267372"),
  usage("images", {}, "61", "2.44"),
  late("input_tokens", { model: "code" }, "123456", "0.0370368"),
];

function pageWith(settings: Record<string, string>, profile?: Record<string, string>): InvoicePage {
  const { invoice, madeAt } = paper({ lines });
  const common = { kind: "ObjectRevised", tenant: "default", recorded_at: 0, actor: "k" } as const;
  const of = { effective_at: 0, version: 1, archived: false } as const;
  const facts: CatalogFact[] = [
    { ...common, ...of, collection: "document_settings", id: "invoices", body: settings },
  ];
  if (profile !== undefined)
    facts.push({ ...common, ...of, collection: "customers", id: "acme", body: profile });
  let next = madeAt.catalog.offset;
  const catalog = facts.reduce((state, fact) => evolve(state, fact, next++), madeAt.catalog);
  return makePage(invoice, { ...madeAt, catalog });
}

test.each(documentLanguages)("a page in %s says everything in its words", (language) => {
  const page = pageWith({ language });
  expect(page.language).toBe(language);
  const own = textOf(page);
  const english = textOf(pageWith({ language: "en" }));
  // What is the same in all of them is names, codes and numbers.
  const shared = own.filter((text) => english.includes(text) && /[a-z]{3}/i.test(text));
  if (language !== "en") expect(shared.filter((text) => !isName(text))).toEqual(sameIn[language]);
  expect(own.length).toBe(english.length);
});

/** Words that are written the same. */
const sameIn = {
  de: ["Journal"],
  fr: ["AI Developer, version 2", "Journal", "Total"],
  es: ["Plan", "Total"],
  ja: [],
} as const;

function isName(text: string): boolean {
  return /^(Monthly fee|Input tokens|Images|Input tokens, model code|model \w+|acme:ai_developer|[0-9a-f]{64}|[A-Za-z0-9+/]{86}==|Example AI Ltd|Acme Corporation \(acme\))$/.test(
    text,
  );
}

test("the customer's language goes before the tenant's", () => {
  expect(pageWith({ language: "de" }, { name: "Acme", language: "ja" }).language).toBe("ja");
  expect(pageWith({ language: "de" }, { name: "Acme" }).language).toBe("de");
});

test("a tenant says how much its customers see, and the sums stay", () => {
  const kinds = (page: InvoicePage) => page.table.groups.flat().map(({ of }) => of);
  const [all, some, few] = ["tiers", "lines", "summary"].map((detail) => pageWith({ detail }));
  expect(all && kinds(all)).toContain("part");
  expect(some && new Set(kinds(some))).toEqual(new Set(["heading", "line", "subtotal"]));
  expect(few && new Set(kinds(few))).toEqual(new Set(["subtotal"]));
  expect(
    few?.table.groups.flat().map((row) => (row.of === "subtotal" ? [row.what, row.amount] : [])),
  ).toEqual([
    ["Monthly fee", "20.00"],
    ["Input tokens", "4.27"],
    ["Images", "2.44"],
    ["Adjustments to the period 2023-10-01 to 2023-10-31", "0.04"],
  ]);
  expect(few?.table.totals).toEqual(all?.table.totals);
});

function textOf({ heading, details, table, evidence }: InvoicePage): string[] {
  const rows = table.groups.flat().flatMap((row: Row) => {
    if (row.of === "heading") return [row.title, row.terms];
    return [typeof row.what === "string" ? row.what : plainText(row.what)];
  });
  return [
    heading,
    table.caption,
    ...table.columns.map(({ title }) => title),
    ...[...details, ...evidence.details].flatMap(({ term, text }) => [term, plainText(text)]),
    ...rows,
    ...table.totals.map(({ what }) => plainText(what)),
    evidence.heading,
    plainText(evidence.intro),
  ];
}
