import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { surveyJournal } from "@tallybook/audit";
import type { WantedRange } from "@tallybook/audit";
import type { AccountRule } from "@tallybook/books";
import { dialects, writeExport } from "@tallybook/cli";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { exitOf } from "../e2e/support/debian.ts";
import { ledgerNames, ledgers } from "../e2e/support/ledgers.ts";
import type { Ledgers } from "../e2e/support/ledgers.ts";
import { madeUpJournal } from "./support/made-up-journal.ts";
import type { MadeUp } from "./support/made-up-journal.ts";

const formats = [...Object.keys(dialects), "parquet"];
const asTheyAre: readonly AccountRule[] = [{ from: "**", to: "**" }];
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

  test("refuses a billionth too much", async () => {
    const dir = await exported({ by: "everything" });
    for (const name of ["journal.ledger", "journal.beancount"])
      writeFileSync(`${dir}/${name}`, withBillionthMore(read(dir, name)));
    expect((await check(dir)).code).not.toBe(0);
  });
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
    accounts: { account: string; currency: string; closing: string }[];
    files: { name: string; bytes: number; sha256: string }[];
  };
  const mine = madeUp.transactions.filter(({ tenant }) => tenant === "default");
  const postings = mine.flatMap(({ currency, postings: all }) =>
    all.map(({ account, amount }) => ({ account, currency, units: unitsOf(amount) })),
  );
  expect(manifest.transactions).toBe(mine.length);
  expect(manifest.postings).toBe(postings.length);
  for (const { currency, debits, credits, closing } of manifest.totals) {
    const debited = postings.filter((it) => it.currency === currency && it.units > 0n);
    const total = debited.reduce((sum, { units }) => sum + units, 0n);
    expect([unitsOf(debits), unitsOf(credits), closing]).toEqual([total, total, "0"]);
  }
  for (const { account, currency, closing } of manifest.accounts) {
    const own = postings.filter((it) => it.account === account && it.currency === currency);
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
    { from: "income:**", to: "Income:Usage" },
  ];
  const dir = await exported({ by: "everything" }, { rules });
  const { code } = await tools.checks["bean-check"](dir);
  expect(code).toBe(0);
  expect(read(dir, "journal.ledger")).toContain("\naccount Income:Usage\n");
  await expect(exported({ by: "everything" }, { rules: rules.slice(0, 1) })).rejects.toThrow(
    /the account income:\S+ is in no rule of the account map/,
  );
  await expect(
    exported({ by: "everything" }, { rules: [{ from: "**", to: "Debtors:**" }] }),
  ).rejects.toThrow("beancount's accounts begin with");
});

function survey(wanted: WantedRange) {
  return surveyJournal({ log: madeUp.log, wanted, tenant: "default" });
}

async function exported(
  wanted: WantedRange,
  { withOpening = false, rules = asTheyAre } = {},
): Promise<string> {
  const dir = mkdtempSync(path.join(folder, "export-"));
  const { log } = madeUp;
  await writeExport({
    log,
    survey: await survey(wanted),
    dir,
    formats,
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

/** The first amount of the last entry with a reference is a billionth larger. */
function withBillionthMore(text: string): string {
  const at = text.lastIndexOf("cut: ");
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
