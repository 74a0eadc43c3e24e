import { createHash } from "node:crypto";
import { evolve } from "@tallybook/catalog";
import type { CatalogFact } from "@tallybook/catalog";
import { contentSecurityPolicy, renderInvoiceHtml } from "@tallybook/invoice";
import { describe, expect, test } from "vitest";
import { discount, fee, late, type Paper, paper, usage } from "./paper.ts";

const month: Paper = {
  lines: [
    fee("20"),
    usage("input_tokens", { model: "code" }, "9041230", "3.630101628"),
    usage("input_tokens", { model: "conv" }, "1200000", "0.642267372"),
    usage("output_tokens", { model: "conv" }, "4088665", "3.270932"),
    usage("calls", {}, "3456.789", "6"),
    usage("images", {}, "61", "2.44"),
    late("input_tokens", { model: "code" }, "123456", "0.0370368"),
    late("images", {}, "-3", "-0.12"),
  ],
};

describe("the page of an invoice", () => {
  test("is the one in the file, to the byte", async () => {
    await expect(pageOf(month)).toMatchFileSnapshot("invoice.html");
  });

  test("has every line with its number, quantity, exact amount and cents", () => {
    expect(rows(pageOf(month))).toEqual([
      "Line | Description | Quantity | Exact amount | Amount",
      "1 | Monthly fee | 1 | 20 | 20.00",
      " | Input tokens Each tier prices the units that lie in it.",
      "2 | model code | 9,041,230 | 3.630101628 | 3.63",
      "3 | model conv | 1,200,000 | 0.642267372 | 0.64",
      " | Together | 10,241,230 | 4.272369 | 4.27",
      " | up to 1,000,000: 0.5 USD per 1,000,000 units | 1,000,000 | 0.5 | ",
      " | above 1,000,000: 1 USD once and 0.3 USD per 1,000,000 units | 9,241,230 | 3.772369 | ",
      " | Output tokens The tier that the total ends in prices all of it.",
      "4 | model conv | 4,088,665 | 3.270932 | 3.27",
      " | up to 10,000,000: 0.8 USD per 1,000,000 units | 4,088,665 | 3.270932 | ",
      " | Calls 2 USD per 1000 units begun, after 500 free units",
      "5 | All usage | 3,456.789 | 6 | 6.00",
      " | up to 500: free | 500 | 0 | ",
      " | above 500: 2 USD per 1,000 units begun | 2,956.789 | 6 | ",
      " | Images 0.04 USD per unit",
      "6 | All usage | 61 | 2.44 | 2.44",
      " | Adjustments to the period 2023-10-01 to 2023-10-31 Usage that became known after this period was invoiced, and what it changes.",
      "7 | Input tokens, model code | 123,456 | 0.0370368 | 0.04",
      "8 | Images | -3 | -0.12 | -0.12",
      " | Together |  | -0.0829632 | -0.08",
      " | Sum of the lines |  | 35.9003378 | ",
      " | Rounding, once, on the sum |  | -0.0003378 | ",
      " | Total |  | USD 35.90",
    ]);
  });

  test("has a coupon behind what it is taken off, be it the period's or what came late", () => {
    const lines = [
      fee("20"),
      discount("-4"),
      late("images", {}, "10", "0.4"),
      discount("-0.08", true),
    ];
    const shown = rows(pageOf({ lines }));
    expect(shown.slice(1, shown.indexOf(" | Sum of the lines |  | 16.32 | "))).toEqual([
      "1 | Monthly fee | 1 | 20 | 20.00",
      "2 | Welcome (coupon welcome), version 1: 20 % off | 1 | -4 | -4.00",
      " | Adjustments to the period 2023-10-01 to 2023-10-31 Usage that became known after this period was invoiced, and what it changes.",
      "3 | Images | 10 | 0.4 | 0.40",
      "4 | Welcome (coupon welcome), version 1: 20 % off | 1 | -0.08 | -0.08",
      " | Together |  | 0.32 | 0.32",
    ]);
  });

  test("shows no tiers that do not come to what is charged", () => {
    const page = pageOf({ lines: [usage("input_tokens", {}, "2000000", "1.79")] });
    expect(page).not.toContain('class="tier"');
    expect(page).toContain("graduated: 0.5 USD per 1000000 units up to 1000000");
  });

  test.each([
    ["JPY", "1234567.5", "JPY 1,234,568"],
    ["USD", "1234567.5", "USD 1,234,567.50"],
    ["KWD", "0.0314", "KWD 0.031"],
    ["KWD", "-1234.5678", "KWD -1,234.568"],
  ])("in %s writes %s as %s", (currency, exact, total) => {
    const written = rows(pageOf({ currency, lines: [fee(exact)] })).at(-1);
    expect(written).toMatch(/^ \| Total(?:, in your favour)? \| {2}\| /);
    expect(written?.endsWith(`| ${total}`)).toBe(true);
  });

  test("names the contract that its period was billed under, and the prices of it", () => {
    const lines = [usage("images", {}, "100", "3")];
    const page = pageOf({ contract: "acme-2023", lines });
    expect(page).toContain(
      "under contract <bdi>acme-2023</bdi>, version 1, signed 2023-10-14</dd>",
    );
    expect(rows(page)).toContain(" | Images 0.03 USD per unit");
    expect(pageOf({ lines })).not.toContain("contract");
  });

  test("says where it comes from", () => {
    const { invoice, madeAt } = paper(month);
    const page = renderInvoiceHtml(invoice, madeAt);
    expect(page).toContain("cut 721, <time");
    expect(page).toContain(`step 31, head <code>${"ab".repeat(32)}</code>`);
    expect(page).toContain(`<code>${invoice.invoice}</code>`);
  });
});

describe("a name that means harm", () => {
  const names = [
    "<script>alert(1)</script>",
    `"><img src=x onerror=alert(1)>`,
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</title><h1>Paid</h1>",
    "<!-- ",
    "&lt;b&gt; &amp;",
    "line\u2028\r\nTotal USD 0.00",
    "a\u0000b\u001b[2J\ud800",
    "\u202eDSU 00.0 latoT",
    "שלום עולם, مرحبا",
    "x".repeat(300),
  ];

  test.each(names)("stands on the page as text: %j", (name) => {
    const page = pageOf({
      seller: name,
      customer: name,
      customerName: `${name}!`,
      lines: [
        { ...fee("20"), description: name },
        usage("images", { [name]: name }, "1", "0.04"),
        late("images", { [name]: name }, "1", "0.04"),
      ],
    });
    const plain = pageOf({
      seller: "s",
      customer: "c",
      customerName: "n",
      lines: [
        fee("20"),
        usage("images", { d: "v" }, "1", "0.04"),
        late("images", { d: "v" }, "1", "0.04"),
      ],
    });
    expect(tags(page)).toEqual(tags(plain));
    expect(page.isWellFormed()).toBe(true);
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
    const title = /<title>(.*)<\/title>/.exec(page)?.[1] ?? "";
    expect(title).not.toMatch(/\p{Bidi_Control}/u);
  });

  test("leaves its neighbours in place when it is written from right to left", () => {
    const page = pageOf({ customerName: "\u202eevil", lines: [fee("1")] });
    expect(page).toContain("<bdi>\u202eevil</bdi>");
  });
});

test("nothing on the page is fetched or run, and its policy names its style alone", () => {
  const page = pageOf(month);
  expect(page).not.toMatch(
    /<(?:script|link|img|iframe|object|base|form)\b|\son\w+=|\bstyle=|url\(|@import|https?:/i,
  );
  const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] ?? "";
  const hash = createHash("sha256").update(style).digest("base64");
  expect(contentSecurityPolicy).toContain(`style-src 'sha256-${hash}'`);
  expect(contentSecurityPolicy).toContain("default-src 'none'");
});

test("a reader of the page aloud is told its language, its title, and which head a cell belongs to", () => {
  const page = pageOf(month);
  expect(page).toContain('<html lang="en">');
  expect(page).toContain("<title>Invoice INV-000001, Acme Corporation</title>");
  const heads = [...page.matchAll(/<th\b[^>]*>/g)].map(([head]) => head);
  expect(heads.length).toBeGreaterThan(10);
  for (const head of heads) expect(head).toMatch(/scope="(?:col|row|rowgroup)"/);
});

test.each([
  ["pass_through", "passed through as the provider charges them"],
  ["bundled", "bundled into the prices"],
  [null, undefined],
])("under a contract with %s a page says what becomes of the provider's costs", (stance, said) => {
  const { invoice, madeAt } = paper({ contract: "acme-2023", lines: [fee("20")] });
  const body = { customer: "acme", signed_on: "2023-10-14", ends_at: null, stance };
  const contract: CatalogFact = {
    kind: "ObjectRevised",
    tenant: "default",
    recorded_at: 0,
    actor: "system",
    effective_at: 0,
    collection: "contracts",
    id: "acme-2023",
    version: 2,
    archived: false,
    body: { ...body, price_changes: "follow", overrides: [] },
  };
  const catalog = evolve(madeAt.catalog, contract, madeAt.catalog.offset);
  const page = renderInvoiceHtml(invoice, { ...madeAt, catalog });
  expect(page.includes("<dt>Provider&#39;s costs</dt>")).toBe(said !== undefined);
  if (said !== undefined) expect(page).toContain(`<dd>${said}</dd>`);
});

test("what somebody ordered has its reference, two of the same amount and reason one each", () => {
  const ordered = { ...late("images", {}, "0", "-5"), meter: null };
  const line = { ...ordered, description: "Adjustment of 2023-10-01 to 2023-10-31: outage" };
  const lines = [fee("20"), line, { ...line, transaction: "another" }];
  const { invoice, madeAt } = paper({ lines });
  const order = (adjustment: string): CatalogFact => ({
    kind: "AdjustmentOrdered",
    tenant: "default",
    recorded_at: 0,
    actor: "k",
    adjustment,
    subscription: invoice.subscription,
    period_from: line.period_from,
    period_to: line.period_to,
    amount: "-5",
    reason: "outage",
  });
  const from = madeAt.catalog.offset;
  const catalog = [order("adj-1"), order("adj-2")].reduce(
    (state, fact, at) => evolve(state, fact, from + at),
    madeAt.catalog,
  );
  const shown = rows(renderInvoiceHtml(invoice, { ...madeAt, catalog }));
  expect(shown).toContain("2 | outage (adj-1) | 0 | -5 | -5.00");
  expect(shown).toContain("3 | outage (adj-2) | 0 | -5 | -5.00");
});

test("a draft says that it is one, and has the lines and cents of its invoice", () => {
  const { invoice, madeAt } = paper(month);
  const { kind: _, number: __, finalized_at, rounding: ___, total: ____, ...rest } = invoice;
  const drafted = { ...rest, drafted_at: finalized_at, catalog_offset: 7 };
  const page = renderInvoiceHtml({ kind: "InvoiceDrafted", ...drafted }, madeAt);
  expect(rows(page)).toEqual(rows(pageOf(month)));
  expect(page).toContain("<title>Draft of an invoice, Acme Corporation</title>");
  expect(page).toContain("<dt>Drafted</dt>");
  expect(page).toContain(`tally replay ${invoice.invoice} LINE`);
  expect(page).not.toContain(invoice.number);
});

function pageOf(of: Paper): string {
  const { invoice, madeAt } = paper(of);
  return renderInvoiceHtml(invoice, madeAt);
}

/** Everything but text: what a browser would make elements of. */
function tags(page: string): string[] {
  return [...page.matchAll(/<[^>]*>/g)].map(([tag]) => tag);
}

function rows(page: string): string[] {
  return [...page.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, row = ""]) =>
    [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gs)]
      .map(([, cell = ""]) => cell.replace(/<span class="terms">/g, " ").replace(/<[^>]*>/g, ""))
      .join(" | "),
  );
}
