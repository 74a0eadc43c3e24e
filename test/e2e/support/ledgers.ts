import path from "node:path";

import { debianPrograms, exitOf } from "./debian.ts";
import type { Outcome } from "./debian.ts";
import { interpreterWith } from "./python.ts";

/** The ledgers of other people, by what is asked of them: 0 where they take a folder with an export of the journal. */
export interface Ledgers {
  readonly checks: Readonly<Record<LedgerName, (dir: string) => Promise<Outcome>>>;
  /** A Python with a reader of Parquet. */
  readonly python: string;
}

export const ledgerNames = [
  "ledger --strict --pedantic",
  "hledger check -s",
  "bean-check",
] as const;
export type LedgerName = (typeof ledgerNames)[number];

/** Downloads them once; see `debianPrograms` and `interpreterWith`. */
export async function ledgers(): Promise<Ledgers> {
  const programs = await debianPrograms(["ledger", "hledger"], ["ledger", "hledger"]);
  const requirements = path.join(import.meta.dirname, "../foreign/books-requirements.txt");
  const python = await interpreterWith(requirements);
  const beanCheck = path.join(path.dirname(python), "bean-check");
  return {
    python,
    checks: {
      "ledger --strict --pedantic": (dir) =>
        programs.run("ledger", [
          "--strict",
          "--pedantic",
          "-f",
          `${dir}/journal.ledger`,
          "balance",
        ]),
      "hledger check -s": (dir) =>
        programs.run("hledger", ["check", "-s", "ordereddates", "-f", `${dir}/journal.ledger`]),
      "bean-check": (dir) => exitOf(beanCheck, [`${dir}/journal.beancount`]),
    },
  };
}
