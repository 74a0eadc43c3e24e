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
  // Eight words of 32 bits, each with its carries in it: doubles hold two million of them exactly, then they are passed on.
  const words = new Float64Array(wordCount);
  let sinceCarried = 0;
  function carry(): void {
    let carried = 0;
    for (let at = 0; at < wordCount; at += 1) {
      const word = (words[at] ?? 0) + carried;
      carried = Math.floor(word / wordSize);
      words[at] = word - carried * wordSize;
    }
    sinceCarried = 0;
  }
  return {
    add(rowText) {
      // As text of one character per byte: a Buffer for each hash would cost twice what hashing does.
      const bytes = hash("sha256", rowText, "binary");
      for (let at = 0; at < wordCount; at += 1) {
        const first = at * 4;
        const low =
          bytes.charCodeAt(first) |
          (bytes.charCodeAt(first + 1) << 8) |
          (bytes.charCodeAt(first + 2) << 16);
        words[at] = (words[at] ?? 0) + low + bytes.charCodeAt(first + 3) * 0x1000000;
      }
      sinceCarried += 1;
      if (sinceCarried === addsMax) carry();
    },
    value() {
      carry();
      const sum = Buffer.alloc(wordCount * 4);
      for (let at = 0; at < wordCount; at += 1) sum.writeUInt32LE(words[at] ?? 0, at * 4);
      return sum;
    },
  };
}

/** The digest of two sets of rows together, from the digest of each. */
export function sumOfDigests(one: Uint8Array, other: Uint8Array): Buffer {
  const sum = Buffer.alloc(wordCount * 4);
  let carried = 0;
  for (let at = 0; at < sum.length; at += 1) {
    const byte = (one[at] ?? 0) + (other[at] ?? 0) + carried;
    sum[at] = byte & 0xff;
    carried = byte >> 8;
  }
  return sum;
}

const wordCount = 8;
const wordSize = 2 ** 32;
/** Sums of so many words below 2^32, and a carry, stay below 2^53. */
const addsMax = 2 ** 20;

/** The text of an accepted event's row, as its digest takes it: all of it but the words about what could not be measured. */
export function eventRowText(event: UsageAccepted, outcome: Outcome): string {
  const text = joined([
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
    String(event.received_at),
    event.door ?? "",
    event.api_key ?? "",
  ]);
  const { corrected } = event;
  if (corrected === null) return text;
  const { retracts, reason, target_offset, replaced } = corrected;
  const offsets = [String(target_offset), String(replaced.raw_offset)];
  return text + joined([event.target ?? "", ...offsets, String(retracts), reason]);
}

/** The text of a measurement's row; `group` is its `groupText`. */
export function measurementRowText(rawOffset: number, group: string, row: Measurement): string {
  const at = row.latest_time === 0 ? "" : joined([String(row.latest_time)]);
  const back = row.takes_back === null ? "" : joined(["takes back", String(row.takes_back)]);
  return joined([String(rawOffset)]) + group + joined([row.quantity]) + at + back;
}

/** The text of a rollup's row; `group` is its `groupText`, `takenBack` how many of its measurements take others back. */
export function rollupRowText(
  group: string,
  { quantity, count, latest }: Pick<UsageRow, "quantity" | "count" | "latest">,
  takenBack: number,
): string {
  const back = takenBack === 0 ? "" : joined(["taken back", String(takenBack)]);
  const at = latest === null ? "" : joined([String(latest.time), String(latest.raw_offset)]);
  return group + joined([quantity, String(count)]) + at + back;
}

/**
 * What a rollup's row is grouped by, as one text. How it merges is in it only where that is not by a sum, and the backfill only where its
 * events came by one, as it always was.
 */
export function groupText(
  row: Pick<
    UsageRow,
    | "customer"
    | "subscription"
    | "meter"
    | "meter_version"
    | "slot"
    | "dimensions"
    | "merging"
    | "value"
    | "backfill"
  >,
): string {
  const text = joined([
    row.customer,
    row.subscription,
    row.meter,
    String(row.meter_version),
    String(row.slot),
    mapText(row.dimensions),
  ]);
  const merging = row.merging === "sum" ? "" : joined([row.merging, row.value]);
  return text + merging + (row.backfill === "" ? "" : joined(["backfill", row.backfill]));
}

function mapText(map: Readonly<Record<string, string>>): string {
  const keys = Object.keys(map).sort();
  const parts: string[] = [];
  for (const key of keys) parts.push(key, map[key] ?? "");
  const text = joinedUnits(parts);
  // ClickHouse sorts by bytes of UTF-8, JavaScript by UTF-16 units: in ASCII, where nearly all names are, that is the same.
  if (isAscii(text)) return text;
  const inByteOrder = keys.toSorted((one, other) =>
    Buffer.compare(Buffer.from(one), Buffer.from(other)),
  );
  return joinedBytes(inByteOrder.flatMap((key) => [key, map[key] ?? ""]));
}

// Each part with its length in bytes before it, so that no two lists of parts join to the same text.
function joined(parts: readonly string[]): string {
  const text = joinedUnits(parts);
  return isAscii(text) ? text : joinedBytes(parts);
}

function joinedUnits(parts: readonly string[]): string {
  let text = "";
  for (const part of parts) text += `${part.length}:${part}`;
  return text;
}

function joinedBytes(parts: readonly string[]): string {
  let text = "";
  for (const part of parts) text += `${Buffer.byteLength(part)}:${part}`;
  return text;
}

// One look at the whole is many times cheaper than one at each part.
function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}
