import { readFileSync } from "node:fs";

/** The queries of docs/analyst.md, by their numbers. */
export function queriesOfPage(): ReadonlyMap<number, string> {
  const page = readFileSync(new URL("../../../docs/analyst.md", import.meta.url), "utf8");
  const sections = [...page.matchAll(/^### (\d+)\. [^\n]*\n([\s\S]*?)(?=^### |(?![\s\S]))/gm)];
  return new Map(
    sections.map(([, number, text = ""]) => {
      const [, sql = ""] = /```sql\n([\s\S]*?)```/.exec(text) ?? [];
      return [Number(number), sql.trim()];
    }),
  );
}

export type Rows = readonly (readonly (string | null)[])[];

/** What a tool shows, in one way of writing: numbers without zeros at their end, times as ISO writes them, without their zone. */
export function plainly(rows: Rows): Rows {
  return rows.map((row) =>
    row.map((cell) => (cell === null || cell === none ? null : plain(cell))),
  );
}

/** As ClickHouse writes nothing among texts. */
const none = "ᴺᵁᴸᴸ";

function plain(cell: string): string {
  if (/^-?\d+\.\d+$/.test(cell)) return cell.replace(/\.?0+$/, "");
  const time =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(?:Z|[+]\d\d:\d\d)?(?:\[UTC\])?$/.exec(
      cell,
    );
  if (time) return `${time[1]} ${time[2]?.padEnd(8, ":00")}`;
  return cell;
}

/** A decimal as a whole number of its 24th place. */
export function exact(text: string | null | undefined): bigint {
  const [, sign = "", whole = "0", fraction = ""] =
    /^(-?)(\d+)(?:\.(\d*))?$/.exec(text ?? "") ?? [];
  const value = BigInt(whole + fraction.slice(0, 24).padEnd(24, "0"));
  return sign === "-" ? -value : value;
}
