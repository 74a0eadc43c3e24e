import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";

import { type JournalSurvey, surveyedSteps } from "@tallybook/audit";
import {
  accountMap,
  type AccountRule,
  beancount,
  csv,
  type Dialect,
  entryOf,
  type Exported,
  type ExportedFile,
  ledger,
  manifestText,
  ndjson,
  renamed,
  UnmappedAccount,
} from "@tallybook/books";
import type { Log } from "@tallybook/log";
import { Failure } from "../failure.ts";
import { openHashedFile } from "./hashed-file.ts";
import { openParquet, precisionFor } from "./parquet.ts";

/** By their names on the command line. */
export const dialects: Readonly<Record<string, Dialect>> = { ledger, beancount, csv, ndjson };

export type WriteOptions = {
  readonly log: Log;
  readonly survey: JournalSurvey;
  /** A folder that is not there yet, or is empty. */
  readonly dir: string;
  /** Names of `dialects`, and `parquet`. */
  readonly formats: readonly string[];
  readonly rules: readonly AccountRule[];
  readonly withOpening: boolean;
  readonly told: (transactions: number) => void;
};

const parquetName = "journal.parquet";

/**
 * Writes the files and, last, their manifest. All stand in a folder beside the asked one until everything is there, so that nobody
 * takes a half for a whole. Throws a failure for an account that cannot be named.
 */
export async function writeExport(options: WriteOptions): Promise<readonly ExportedFile[]> {
  const { survey, dir, formats } = options;
  await refuseFilled(dir);
  const places = placesOf(options);
  const making = `${path.resolve(dir)}.making-${process.pid}`;
  await mkdir(making, { recursive: true });
  try {
    const files = await writeFiles(options, making, places);
    await using manifest = await openHashedFile(making, "manifest.json");
    const { tenant, entity, range, transactions, postings, balances, head, publicKey } = survey;
    const basis = { tenant, entity, range, transactions, postings, balances, head, publicKey };
    await manifest.write(manifestText({ ...basis, files }));
    const all = [...files, await manifest.finish()];
    await rm(dir, { recursive: true, force: true });
    await rename(making, dir);
    return all;
  } finally {
    await rm(making, { recursive: true, force: true });
  }

  async function writeFiles(
    { log, told }: WriteOptions,
    folder: string,
    texts: readonly Place[],
  ): Promise<ExportedFile[]> {
    await using opened = new AsyncDisposableStack();
    const written = await Promise.all(
      texts.map(async (place) => ({
        ...place,
        file: opened.use(await openHashedFile(folder, place.dialect.file)),
      })),
    );
    const parquet = formats.includes("parquet")
      ? openParquet(path.join(folder, parquetName), precisionFor(amountsOf(survey)))
      : undefined;
    const nameOf = accountMap(options.rules);
    for (const { file, dialect, exported } of written) await file.write(dialect.head(exported));
    let done = 0;
    for await (const booked of surveyedSteps(log, survey)) {
      for (const { file, dialect, account } of written)
        await file.write(dialect.entry(entryOf(booked, account)));
      await parquet?.add(entryOf(booked, nameOf));
      told(++done);
    }
    for (const { file, dialect, exported } of written) await file.write(dialect.tail(exported));
    await parquet?.finish();
    const files = await Promise.all(written.map(({ file }) => file.finish()));
    return parquet === undefined ? files : [...files, await hashed(folder, parquetName)];
  }
}

type Place = {
  readonly dialect: Dialect;
  readonly account: (name: string, entity: string | null) => string;
  readonly exported: Exported;
};

/** Each dialect with its accounts, all of them named before the first byte is written. */
function placesOf({ survey, formats, rules, withOpening }: WriteOptions): Place[] {
  refuseStrangers(rules, survey);
  refuseFaults(undefined, survey, accountMap(rules));
  return formats
    .flatMap((format) => dialects[format] ?? [])
    .map((dialect) => {
      const account = accountMap(rules, dialect.part);
      refuseFaults(dialect, survey, account);
      const { tenant, balances, dayBefore, lastDay, dayBalances: day } = survey;
      const dayBalances = day === null ? null : { ...day, rows: renamed(day.rows, account) };
      const exported = { tenant, dayBefore, lastDay, withOpening, dayBalances };
      return { dialect, account, exported: { ...exported, balances: renamed(balances, account) } };
    });
}

/** A rule of an entity that there is not would hold for nothing. */
function refuseStrangers(rules: readonly AccountRule[], { tenant, entities }: JournalSurvey): void {
  for (const [index, { entity }] of rules.entries()) {
    if (entity === undefined || entity === null || entities.includes(entity)) continue;
    const there = entities.length === 0 ? "none" : entities.join(", ");
    throw new Failure(
      `rule ${index + 1} of the account map is for an entity ${entity} that ${tenant} does not have by then: there are ${there}.`,
    );
  }
}

/** Without a dialect: that every account has a name at all. */
function refuseFaults(
  dialect: Dialect | undefined,
  { balances }: JournalSurvey,
  nameOf: (account: string, entity: string | null) => string,
): void {
  try {
    for (const { account, entity } of balances) {
      const name = nameOf(account, entity);
      const fault = dialect?.accountFault(name);
      if (fault !== undefined)
        throw new Failure(`${fault}: call ${account} otherwise in the account map.`);
    }
  } catch (error) {
    throw error instanceof UnmappedAccount ? new Failure(error.message) : error;
  }
}

/** No posting of an account is larger than all its debits or credits. */
function amountsOf({ balances }: JournalSurvey): string[] {
  return balances.flatMap(({ debits, credits }) => [debits, credits]);
}

async function refuseFilled(dir: string): Promise<void> {
  const there = await readdir(dir).catch(() => []);
  if (there.length > 0)
    throw new Failure(
      `${dir} is not empty: an export makes its folder, and takes nothing away from one.`,
    );
}

async function hashed(dir: string, name: string): Promise<ExportedFile> {
  const hash = createHash("sha256");
  for await (const block of createReadStream(path.join(dir, name))) hash.update(block as Buffer);
  const { size } = await stat(path.join(dir, name));
  return { name, bytes: size, sha256: hash.digest("hex") };
}
