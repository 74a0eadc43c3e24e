import { replay } from "@tallybook/audit";
import type { ReplayedLine } from "@tallybook/audit";
import { expect } from "vitest";

import type { Office } from "./bookkeeper.ts";

/** A line replayed by what ClickHouse names and by all of the log, which come to the same: as the second has it. */
export async function bothWays(
  { log, columns }: Pick<Office, "log" | "columns">,
  { invoice, line }: { readonly invoice: string; readonly line: number },
): Promise<ReplayedLine> {
  const named = await replay({ log, columns, invoice, line });
  const full = await replay({ log, columns, invoice, line, full: true });
  const alone = await replay({ log, invoice, line, full: true });
  expect([named.compared, full.compared].flat().filter(({ equal }) => !equal)).toEqual([]);
  const [ofNamed, ofFull, ofAlone] = [named, full, alone].map(({ lines }) => lines[0]);
  expect(ofFull).toEqual({ ...ofNamed, uncounted: ofFull?.uncounted });
  expect(ofAlone?.verdict).toEqual({ kind: "equal" });
  if (ofFull === undefined) throw new Error("no line");
  return ofFull;
}
