import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { surveyJournal } from "@tallybook/audit";
import type { WantedRange } from "@tallybook/audit";
import type { AccountRule } from "@tallybook/books";
import { dialects, writeExport } from "@tallybook/cli";
import { isHeadSigned } from "@tallybook/journal";
import type { HeadSigned, Transaction } from "@tallybook/journal";
import { readPublicKey } from "@tallybook/usage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { exitOf } from "../e2e/support/debian.ts";
import { ledgerNames, ledgers } from "../e2e/support/ledgers.ts";
import type { Ledgers } from "../e2e/support/ledgers.ts";
import { madeUpJournal } from "./support/made-up-journal.ts";
import type { MadeUp } from "./support/made-up-journal.ts";

const formats = [...Object.keys(dialects), "parquet"];
const asTheyAre: readonly AccountRule[] = [{ from: "**", to: "**" }];
/** Whose books there are. */
const books = [null, "gmbh", "kk"] as const;
const foreign = path.join(import.meta.dirname, "../e2e/foreign");

let madeUp: MadeUp;
let tools: Ledgers;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "tally-books-"));
  madeUp = await madeUpJournal(1, 400);
  tools = await ledgers();
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(ledgerNames)("%s", (name) => {
  const check = (dir: string) => tools.checks[name](dir);

  test("takes every month alone, with the balances before", { timeout: 60_000 }, async () => {
    for (const [at, begin] of madeUp.months.slice(0, -1).entries()) {
      const wanted = datesOf(begin, madeUp.months[at + 1] ?? "");
      const dir = await exported(wanted, { withOpening: true });
      const { code, said } = await check(dir);
      expect({ code, said: code === 0 ? "" : said }).toEqual({ code: 0, said: "" });
    }
  });

  test("takes parts that follow each other as one", { timeout: 60_000 }, async () => {
    const parts = [
      await exported({ by: "cuts", after: -1, to: 2 }),
      await exported({ by: "cuts", after: 2, to: 5 }),
      await exported({ by: "steps", after: stepOf(5), to: null }),
    ];
    const whole = mkdtempSync(path.join(folder, "whole-"));
    for (const name of ["journal.ledger", "journal.beancount"])
      writeFileSync(`${whole}/${name}`, parts.map((dir) => read(dir, name)).join("\n"));
    const { code, said } = await check(whole);
    expect({ code, said: code === 0 ? "" : said }).toEqual({ code: 0, said: "" });
  });

  test("refuses a billionth too much, in every month", { timeout: 60_000 }, async () => {
    for (const [at, begin] of madeUp.months.slice(0, -1).entries()) {
      const wanted = datesOf(begin, madeUp.months[at + 1] ?? "");
      const dir = await exported(wanted, { withOpening: true });
      for (const file of ["journal.ledger", "journal.beancount"])
        writeFileSync(`${dir}/${file}`, withBillionthMore(read(dir, file), at));
      expect([begin, (await check(dir)).code]).not.toEqual([begin, 0]);
    }
  });

  test("takes the books of each entity by themselves", { timeout: 60_000 }, async () => {
    for (const entity of books) {
      const dir = await exported({ by: "everything" }, { entity });
      const { code, said } = await check(dir);
      expect({ entity, code, said: code === 0 ? "" : said }).toEqual({ entity, code: 0, said: "" });
    }
  });
});

test("every kind of transaction is in the books of each entity, and of the tenant's own", () => {
  for (const entity of books) {
    const kinds = new Set(
      mine().flatMap(({ id, transaction_kind }) =>
        madeUp.entities.get(id) === entity ? [transaction_kind] : [],
      ),
    );
    expect([entity, kinds.size]).toEqual([entity, 13]);
  }
});

test("the books of the entities are the whole, each entry in the one that it stood in from the first", async () => {
  const whole = await exported({ by: "everything" });
  const [header = [], ...rows] = csvRows(read(whole, "journal.csv"));
  const [id, entity] = [header.indexOf("transaction"), header.indexOf("entity")];
  expect(rows.map((row) => [row[id], row[entity]])).toEqual(
    mine().flatMap(({ id: of, postings }) =>
      postings.map(() => [of, madeUp.entities.get(of) ?? ""]),
    ),
  );
  const apart = await Promise.all(
    books.map((of) => exported({ by: "everything" }, { entity: of })),
  );
  const lines = (dir: string) => read(dir, "journal.ndjson").trimEnd().split("\n");
  expect(apart.flatMap(lines).toSorted()).toEqual(lines(whole).toSorted());
  for (const [at, dir] of apart.entries()) {
    const { entity: of, totals } = JSON.parse(read(dir, "manifest.json")) as {
      entity: string | null;
      totals: { closing: string }[];
    };
    expect([of, ...new Set(totals.map(({ closing }) => closing))]).toEqual([books[at], "0"]);
  }
  await expect(exported({ by: "everything" }, { entity: "none" })).rejects.toThrow(
    "default has no entity none by then: it has gmbh, kk",
  );
});

test("parts by cuts come to the whole, line by line", async () => {
  const parts = [
    await exported({ by: "cuts", after: -1, to: 2 }),
    await exported({ by: "cuts", after: 2, to: 5 }),
    await exported({ by: "steps", after: stepOf(5), to: null }),
  ];
  const whole = await exported({ by: "everything" });
  expect(parts.map((dir) => read(dir, "journal.ndjson")).join("")).toBe(
    read(whole, "journal.ndjson"),
  );
  const rows = (dir: string) => csvRows(read(dir, "journal.csv")).slice(1);
  expect(parts.flatMap(rows)).toEqual(rows(whole));
  const counts = parts.map((dir) => manifestOf(dir).transactions);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(manifestOf(whole).transactions);
});

test("whoever holds the key can check the head that the manifest goes up to", async () => {
  const { head } = manifestOf(await exported({ by: "cuts", after: 2, to: 5 }));
  const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
  const signed: HeadSigned = {
    kind: "HeadSigned",
    step: head.step,
    cut: head.cut,
    cut_root: bytes(head.cut_root),
    seq: head.sequence,
    hash: bytes(head.hash),
    invoices_offset: head.invoices_offset,
    signature: bytes(head.signature),
  };
  const key = readPublicKey(bytes(head.public_key));
  expect(isHeadSigned(signed, key)).toBe(true);
  expect(isHeadSigned({ ...signed, seq: head.sequence + 1 }, key)).toBe(false);
});

test("the same range has the same bytes, also after the journal has grown", async () => {
  const range = { by: "cuts", after: 2, to: 5 } as const;
  const [one, other] = [await exported(range), await exported(range)];
  const grown = await exported({ by: "steps", after: stepOf(2), to: stepOf(5) });
  for (const name of [...formats.map((format) => `journal.${format}`), "manifest.json"]) {
    expect(read(other, name)).toEqual(read(one, name));
    expect(read(grown, name)).toEqual(read(one, name));
  }
});

test("what may still grow has no end yet", async () => {
  const last = madeUp.transactions.at(-1)?.revision ?? 0;
  await expect(survey({ by: "cuts", after: -1, to: last })).rejects.toThrow(
    `cut ${last} may get further entries`,
  );
  await expect(survey(datesOf("2026-04-01", "2026-05-01"))).rejects.toThrow(
    "is not past 2026-05-01",
  );
});

test("the manifest's totals are those of the entries, and its files are these", async () => {
  const dir = await exported({ by: "everything" });
  const manifest = JSON.parse(read(dir, "manifest.json")) as {
    transactions: number;
    postings: number;
    totals: { currency: string; debits: string; credits: string; closing: string }[];
    accounts: { account: string; entity?: string; currency: string; closing: string }[];
    files: { name: string; bytes: number; sha256: string }[];
  };
  const postings = mine().flatMap(({ id, currency, postings: all }) =>
    all.map(({ account, amount }) => {
      const entity = madeUp.entities.get(id) ?? undefined;
      return { account, entity, currency, units: unitsOf(amount) };
    }),
  );
  expect(manifest.transactions).toBe(mine().length);
  expect(manifest.postings).toBe(postings.length);
  for (const { currency, debits, credits, closing } of manifest.totals) {
    const debited = postings.filter((it) => it.currency === currency && it.units > 0n);
    const total = debited.reduce((sum, { units }) => sum + units, 0n);
    expect([unitsOf(debits), unitsOf(credits), closing]).toEqual([total, total, "0"]);
  }
  for (const { account, entity, currency, closing } of manifest.accounts) {
    const own = postings.filter(
      (it) => it.account === account && it.entity === entity && it.currency === currency,
    );
    expect(own.length).toBeGreaterThan(0);
    expect(unitsOf(closing)).toBe(own.reduce((sum, { units }) => sum + units, 0n));
  }
  for (const { name, bytes, sha256 } of manifest.files) {
    const content = readFileSync(path.join(dir, name));
    expect([content.length, createHash("sha256").update(content).digest("hex")]).toEqual([
      bytes,
      sha256,
    ]);
  }
});

test("the lines of NDJSON chain by what stands on them alone", async () => {
  const dir = await exported({ by: "everything" });
  for (const line of read(dir, "journal.ndjson").trimEnd().split("\n")) {
    const { previous, hash } = JSON.parse(line) as { previous: string; hash: string };
    const canonical = line.slice(line.indexOf('"canonical":') + '"canonical":'.length, -1);
    const hashed = createHash("sha256").update(Buffer.from(previous, "hex")).update(canonical);
    expect(hashed.digest("hex")).toBe(hash);
  }
});

test("a table of postings says what was posted, as CSV and as Parquet, and no cell is a formula", async () => {
  const dir = await exported({ by: "everything" });
  const wanted = madeUp.transactions
    .filter(({ tenant }) => tenant === "default")
    .flatMap(({ id, postings, currency, evidence }) =>
      postings.map(({ account, amount }) => [id, account, amount, currency, evidence.customer]),
    );
  const [header = [], ...rows] = csvRows(read(dir, "journal.csv"));
  const at = (name: string) => header.indexOf(name);
  const names = ["transaction", "account", "amount", "currency", "customer"];
  expect(
    rows.map((row) => names.map((name) => (row[at(name)] ?? "").replace(/^'(?=[=+\-@\t\r])/, ""))),
  ).toEqual(wanted);
  for (const [cell] of rows.map((row) => [row[at("customer")] ?? ""]))
    expect(cell).not.toMatch(/^[=+\-@\t\r]/);

  const { code, said } = await exitOf(tools.python, [
    path.join(foreign, "read-table.py"),
    path.join(dir, "journal.parquet"),
  ]);
  expect(code).toBe(0);
  const [types, ...read2] = said
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, string>);
  expect(types).toMatchObject({ amount: "decimal128(38, 24)", date: "timestamp[us, tz=UTC]" });
  expect(
    read2.map((row) =>
      names.map((name) => (name === "amount" ? unitsOf(row[name] ?? "") : row[name])),
    ),
  ).toEqual(
    wanted.map((row) => row.map((cell, i) => (names[i] === "amount" ? unitsOf(cell) : cell))),
  );
});

test("accounts are called as the map says, and one that it does not name stops everything", async () => {
  const rules: readonly AccountRule[] = [
    { from: "assets:receivable:*", to: "Assets:Debtors:*" },
    { entity: "gmbh", from: "assets:bank", to: "Assets:DE:Bank" },
    { entity: null, from: "assets:bank", to: "Assets:US:Bank" },
    { entity: "kk", from: "assets:bank", to: "Assets:JP:Bank" },
    { from: "liabilities:**", to: "Liabilities:**" },
    { from: "expenses:**", to: "Expenses:**" },
    { from: "income:**", to: "Income:Usage" },
  ];
  const dir = await exported({ by: "everything" }, { rules });
  for (const name of ledgerNames) {
    const { code, said } = await tools.checks[name](dir);
    expect({ name, code, said: code === 0 ? "" : said }).toEqual({ name, code: 0, said: "" });
  }
  for (const name of ["Income:Usage", "Assets:DE:Bank", "Assets:US:Bank", "Assets:JP:Bank"])
    expect(read(dir, "journal.ledger")).toContain(`\naccount ${name}\n`);
  await expect(exported({ by: "everything" }, { rules: rules.slice(0, 6) })).rejects.toThrow(
    /the account income:\S+ (of the entity \w+ )?is in no rule of the account map/,
  );
  const without = rules.filter(({ entity }) => entity !== "kk");
  for (const one of [formats, ["parquet"]])
    await expect(
      exported({ by: "everything" }, { rules: without, formats: one }),
    ).rejects.toMatchObject({
      name: "Failure",
      message: expect.stringContaining(
        "the account assets:bank of the entity kk is in no rule of the account map",
      ),
    });
  await expect(
    exported({ by: "everything" }, { rules: [{ entity: "ag", from: "**", to: "**" }] }),
  ).rejects.toThrow("rule 1 of the account map is for an entity ag that default does not have");
  await expect(
    exported({ by: "everything" }, { rules: [{ from: "**", to: "Debtors:**" }] }),
  ).rejects.toThrow("beancount's accounts begin with");
});

function survey(wanted: WantedRange, of: { readonly entity?: string | null } = {}) {
  return surveyJournal({ log: madeUp.log, wanted, tenant: "default", ...of });
}

/** Those of the tenant that is exported. */
function mine(): readonly Transaction[] {
  return madeUp.transactions.filter(({ tenant }) => tenant === "default");
}

interface Manifest {
  readonly transactions: number;
  readonly head: Readonly<Record<"cut_root" | "hash" | "signature" | "public_key", string>> &
    Readonly<Record<"step" | "cut" | "sequence" | "invoices_offset", number>>;
}

function manifestOf(dir: string): Manifest {
  return JSON.parse(read(dir, "manifest.json")) as Manifest;
}

async function exported(
  wanted: WantedRange,
  {
    withOpening = false,
    rules = asTheyAre,
    formats: written = formats,
    ...of
  }: {
    readonly withOpening?: boolean;
    readonly rules?: readonly AccountRule[];
    readonly formats?: readonly string[];
    readonly entity?: string | null;
  } = {},
): Promise<string> {
  const dir = mkdtempSync(path.join(folder, "export-"));
  const { log } = madeUp;
  await writeExport({
    log,
    survey: await survey(wanted, of),
    dir,
    formats: written,
    rules,
    withOpening,
    told: () => {},
  });
  return dir;
}

/** The last step of a cut: cuts have one step each, but for the second of each month, which has two. */
function stepOf(cut: number): number {
  return cut - 1 + Math.floor((cut + 1) / 3);
}

function datesOf(from: string, to: string): WantedRange {
  const time = (day: string) => Date.parse(`${day}T00:00:00Z`) * 1_000;
  return { by: "dates", from: time(from), to: time(to) };
}

function read(dir: string, name: string): string {
  return readFileSync(path.join(dir, name), name.endsWith("parquet") ? "latin1" : "utf8");
}

/** In units of 10^-24. */
function unitsOf(amount: string): bigint {
  const [whole = "", decimals = ""] = amount.replace("-", "").split(".");
  const units = BigInt(whole + decimals.padEnd(24, "0"));
  return amount.startsWith("-") ? -units : units;
}

/** The first amount of an entry with a reference is a billionth larger; `nth` draws it. */
function withBillionthMore(text: string, nth: number): string {
  const places = [...text.matchAll(/cut: /g)].map(({ index }) => index);
  const at = places[((nth + 1) * 7_919) % places.length] ?? 0;
  return (
    text.slice(0, at) +
    text
      .slice(at)
      .replace(
        / {2}(-?)(\d+)(?:\.(\d+))? (USD|JPY|KWD)/,
        (_, sign: string, whole: string, decimals: string | undefined, currency: string) => {
          const units = BigInt(whole + (decimals ?? "").padEnd(24, "0")) + 10n ** 15n;
          const digits = String(units).padStart(25, "0");
          return `  ${sign}${digits.slice(0, -24)}.${digits.slice(-24)} ${currency}`;
        },
      )
  );
}

/** RFC 4180. */
function csvRows(text: string): string[][] {
  return [
    ...text.matchAll(/((?:"(?:[^"]|"")*"|[^",\r\n]*)(?:,(?:"(?:[^"]|"")*"|[^",\r\n]*))*)\r\n/g),
  ].map(([, line = ""]) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, plain]) =>
      quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'),
    ),
  );
}
