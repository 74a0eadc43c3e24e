import { hash } from "node:crypto";

import type { Measurement, Outcome } from "./measure.ts";
import type { UsageAccepted } from "./facts.ts";
import type { UsageRow } from "./rollups.ts";

/**
 * An order-free digest of a set of rows: the sum of the rows' SHA-256, each read as a little-endian number, modulo
 * 2^256. Unlike an exclusive or, a row that is there twice shows. ClickHouse computes the same over its columns.
 */
export interface Digest {
  readonly add: (rowText: string) => void;
  /** The sum so far, 32 bytes, little-endian. */
  readonly value: () => Buffer;
}

export function createDigest(): Digest {
  // Four words of 64 bits, each with its carries in it until the value is asked for: one long number costs twice as much.
  const words: [bigint, bigint, bigint, bigint] = [0n, 0n, 0n, 0n];
  return {
    add(rowText) {
      const bytes = hash("sha256", rowText, "buffer");
      words[0] += bytes.readBigUInt64LE(0);
      words[1] += bytes.readBigUInt64LE(8);
      words[2] += bytes.readBigUInt64LE(16);
      words[3] += bytes.readBigUInt64LE(24);
    },
    value() {
      const sum = words[0] + (words[1] << 64n) + (words[2] << 128n) + (words[3] << 192n);
      const hex = BigInt.asUintN(256, sum).toString(16).padStart(64, "0");
      return Buffer.from(hex, "hex").reverse();
    },
  };
}

/** The text of an accepted event's row, as its digest takes it. */
export function eventRowText(event: UsageAccepted, outcome: Outcome): string {
  return joined([
    String(event.raw_offset),
    event.source,
    event.id,
    event.type,
    event.customer,
    event.subscription ?? "",
    String(event.time),
    mapText(event.properties),
    Buffer.from(event.content_hash).toString("hex"),
    outcome,
  ]);
}

/** The text of a measurement's row. */
export function measurementRowText(rawOffset: number, row: Measurement): string {
  return joined([String(rawOffset), ...dimensionTexts(row), row.quantity]);
}

/** The text of a rollup's row. */
export function rollupRowText(row: Omit<UsageRow, "tenant" | "cut">): string {
  return joined([...dimensionTexts(row), row.quantity, String(row.count)]);
}

/** What a rollup's row is grouped by, as one text. */
export function groupText(
  row: Pick<
    UsageRow,
    "customer" | "subscription" | "meter" | "meter_version" | "slot" | "dimensions"
  >,
): string {
  return joined(dimensionTexts(row));
}

function dimensionTexts(
  row: Pick<
    UsageRow,
    "customer" | "subscription" | "meter" | "meter_version" | "slot" | "dimensions"
  >,
): string[] {
  return [
    row.customer,
    row.subscription,
    row.meter,
    String(row.meter_version),
    String(row.slot),
    mapText(row.dimensions),
  ];
}

function mapText(map: Readonly<Record<string, string>>): string {
  return joined(inByteOrder(Object.keys(map)).flatMap((key) => [key, map[key] ?? ""]));
}

// ClickHouse sorts by bytes of UTF-8, JavaScript by UTF-16 units: they differ where a surrogate pair stands.
function inByteOrder(keys: readonly string[]): string[] {
  const isSameOrder = !keys.some((key) => /[\ud800-\udfff]/.test(key));
  return isSameOrder
    ? keys.toSorted()
    : keys.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

// Each part with its length in bytes before it, so that no two lists of parts join to the same text.
function joined(parts: readonly string[]): string {
  let text = "";
  for (const part of parts) text += `${Buffer.byteLength(part)}:${part}`;
  return text;
}
