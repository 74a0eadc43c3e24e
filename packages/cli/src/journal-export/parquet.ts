import { type Cell, type Column, columns, type Entry, rowsOf } from "@tallybook/books";
import { ParquetWriter, fileWriter } from "hyparquet-writer";

/** A table of postings as Parquet, written in groups of rows. */
export type ParquetFile = {
  add(entry: Entry): Promise<void>;
  finish(): Promise<void>;
};

/** Digits of a decimal, and of them behind the point. */
export type Precision = { readonly digits: number; readonly scale: number };

const rowsMax = 50_000;

/** Amounts are DECIMAL of the given precision, times microseconds in UTC. `amount` has to fit: see `precisionFor`. */
export function openParquet(file: string, precision: Precision): ParquetFile {
  const writer = new ParquetWriter({
    writer: fileWriter(file),
    createdBy: "tallybook",
    schema: [
      { name: "journal", num_children: columns.length },
      ...columns.map((column) => elementOf(column, precision)),
    ],
  });
  let gathered: Cell[][] = [];

  async function flush(): Promise<void> {
    const rows = gathered;
    gathered = [];
    await writer.write({
      rowGroupSize: rowsMax,
      columnData: columns.map((column, at) => ({
        name: column.name,
        data: rows.map((row) => valueOf(column, row[at] ?? null, precision)),
      })),
    });
  }

  return {
    async add(entry) {
      gathered.push(...rowsOf(entry));
      if (gathered.length >= rowsMax) await flush();
    },
    async finish() {
      await flush();
      await writer.finish();
    },
  };
}

/** 38 digits, which every reader takes, where the largest amount leaves room for 24 decimals; else 76. */
export function precisionFor(amounts: Iterable<string>): Precision {
  for (const amount of amounts) {
    const [whole = ""] = amount.replace("-", "").split(".");
    if (whole.length > 14) return { digits: 76, scale };
  }
  return { digits: 38, scale };
}

const scale = 24;

function elementOf({ name, type }: Column, { digits }: Precision) {
  const nullable = { name, repetition_type: "OPTIONAL" } as const;
  switch (type) {
    case "text":
      return { ...nullable, type: "BYTE_ARRAY", converted_type: "UTF8" } as const;
    case "integer":
      return { ...nullable, type: "INT64" } as const;
    case "time":
      return {
        ...nullable,
        type: "INT64",
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
      } as const;
    case "decimal":
      return {
        ...nullable,
        type: "FIXED_LEN_BYTE_ARRAY",
        type_length: digits === 38 ? 16 : 32,
        converted_type: "DECIMAL",
        scale,
        precision: digits,
      } as const;
  }
}

function valueOf({ type }: Column, cell: Cell, precision: Precision): bigint | string | null {
  if (cell === null) return null;
  if (type === "text") return String(cell);
  return type === "decimal" ? unscaled(String(cell), precision) : BigInt(cell);
}

/** An exact decimal in units of its last place. */
function unscaled(text: string, precision: Precision): bigint {
  const [whole = "", decimals = ""] = text.replace("-", "").split(".");
  const digits = BigInt(`${whole}${decimals.padEnd(precision.scale, "0")}`);
  return text.startsWith("-") ? -digits : digits;
}
