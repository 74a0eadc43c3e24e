import path from "node:path";

import { exitOf } from "./debian.ts";
import { interpreterWith } from "./python.ts";

/** What a file of a table says: the types of its columns, and then its rows. */
export async function readTable(file: string): Promise<Record<string, string>[]> {
  const foreign = path.join(import.meta.dirname, "../foreign");
  const program = await interpreterWith(path.join(foreign, "books-requirements.txt"));
  const { code, said } = await exitOf(program, [path.join(foreign, "read-table.py"), file]);
  if (code !== 0) throw new Error(said);
  const lines = said.trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Record<string, string>);
}
