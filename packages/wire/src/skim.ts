import { timesEnd } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import {
  idBytesMax,
  nameBytesMax,
  propertiesBytesMax,
  propertiesMax,
  propertyBytesMax,
} from "@tallybook/usage";

import { schemas } from "./schemas.ts";
import type { Schema } from "./schemas.ts";

/** Of a usage event in its frame: what decides about it beside its key, and where in the bytes its owner stands. */
export interface SkimmedEvent {
  readonly time: Micros | null;
  readonly received_at: Micros | null;
  readonly tenantAt: number;
  readonly tenantBytes: number;
  readonly customerAt: number;
  readonly customerBytes: number;
  /**
   * Where its content ends, and what we added begins: two skimmed events that are the same to here have the same content. Such
   * that say the same in other bytes may have it too.
   */
  readonly contentEnd: number;
}

const headerBytes = 5;
const separator = 0x1f;
const underscore = 0x5f;

/** The schemas of a usage event, by how many fields they have at their ends that are null but of corrections and backfills. */
const lastFields = new Map(
  [...schemas.values()]
    .filter(({ kind }) => kind === "UsageReported")
    .flatMap((schema) => {
      const last = fieldsBehindPersonal(schema);
      const areNullable = last.every(({ type }) => Array.isArray(type) && type[0] === "null");
      return areNullable ? [[schema.id, last.length] as const] : [];
    }),
);

function fieldsBehindPersonal({ source }: Schema): readonly { readonly type: unknown }[] {
  const { fields } = JSON.parse(source) as { fields: { name: string; type: unknown }[] };
  return fields.slice(fields.findIndex(({ name }) => name === "personal") + 1);
}

/**
 * Reads an event without making it, where it is surely one that nothing is wrong with: of its own schema, whole, its texts in ASCII
 * and no longer than allowed, times in their range, no correction, of no backfill, nothing personal, its key that of its identity. Undefined for
 * everything else, whatever it is: then `decode` and `checkReported` have the word.
 */
export function skim(frame: Buffer, key: Buffer | null): SkimmedEvent | undefined {
  if (key === null || frame.length < headerBytes || frame[0] !== 0) return undefined;
  const last = lastFields.get(frame.readUInt32BE(1));
  if (last === undefined) return undefined;
  const reader = new Skimmer(frame, key);
  reader.text(nameBytesMax, 1);
  const { start: tenantAt, length: tenantBytes } = reader;
  reader.inKey(false);
  reader.text(nameBytesMax, 0);
  reader.inKey(false);
  reader.text(idBytesMax, 1);
  reader.inKey(true);
  reader.text(nameBytesMax, 1);
  reader.text(nameBytesMax, 1);
  const { start: customerAt, length: customerBytes } = reader;
  if (reader.isThere()) reader.text(nameBytesMax, 1);
  const time = reader.isThere() ? reader.micros() : null;
  reader.properties();
  const contentEnd = reader.at;
  const received_at = reader.isThere() ? reader.micros() : null;
  if (reader.isThere()) reader.text(nameBytesMax, 0);
  if (reader.isThere()) reader.text(nameBytesMax, 0);
  // No target, nothing personal, no correction, no backfill.
  reader.zero();
  reader.zero();
  for (let field = 0; field < last; field += 1) reader.zero();
  if (!reader.isFit || reader.at !== frame.length) return undefined;
  return { time, received_at, tenantAt, tenantBytes, customerAt, customerBytes, contentEnd };
}

/** Goes along a frame; once something is unusual, `isFit` is false for good and nothing else it says counts. */
class Skimmer {
  isFit = true;
  at = headerBytes;
  /** Of the last text. */
  start = 0;
  length = 0;
  readonly #frame: Buffer;
  readonly #key: Buffer;
  #inKey = 0;

  constructor(frame: Buffer, key: Buffer) {
    this.#frame = frame;
    this.#key = key;
  }

  #byte(): number {
    const byte = this.#frame[this.at];
    this.at += 1;
    if (byte !== undefined) return byte;
    this.isFit = false;
    return 0;
  }

  /** Of a text, in one byte or two, 8,191 at most. */
  #size(): number {
    const first = this.#byte();
    const zigzag = first < 0x80 ? first : (first & 0x7f) | (this.#byte() << 7);
    if ((zigzag & 1) !== 0 || zigzag > 0x3fff) this.isFit = false;
    return zigzag >>> 1;
  }

  /** Printable ASCII alone. */
  text(bytesMax: number, bytesMin: number): void {
    const length = this.#size();
    const start = this.at;
    const end = start + length;
    if (length > bytesMax || length < bytesMin || end > this.#frame.length) this.isFit = false;
    if (!this.isFit) return;
    const frame = this.#frame;
    for (let at = start; at < end; at += 1) {
      const byte = frame[at] as number;
      if (byte < 0x20 || byte > 0x7e) this.isFit = false;
    }
    this.start = start;
    this.length = length;
    this.at = end;
  }

  /** The last text is the next part of the key, and behind it stands a separator, or the key's end. */
  inKey(isLast: boolean): void {
    if (!this.isFit) return;
    const key = this.#key;
    const end = this.#inKey + this.length;
    for (let at = this.#inKey, from = this.start; at < end; at += 1, from += 1)
      if (key[at] !== this.#frame[from]) this.isFit = false;
    if (isLast ? end !== key.length : key[end] !== separator) this.isFit = false;
    this.#inKey = end + 1;
  }

  /** Which branch of a union with null. */
  isThere(): boolean {
    const branch = this.#byte();
    if (branch !== 0 && branch !== 2) this.isFit = false;
    return branch === 2;
  }

  micros(): Micros {
    let zigzag = 0;
    for (let factor = 1; factor < 2 ** 56; factor *= 128) {
      const byte = this.#byte();
      zigzag += (byte & 0x7f) * factor;
      if (byte >= 0x80) continue;
      if (zigzag % 2 === 0 && zigzag / 2 < timesEnd) return zigzag / 2;
      break;
    }
    this.isFit = false;
    return 0;
  }

  /** A map of texts in one block. */
  properties(): void {
    const count = this.#size();
    if (count > propertiesMax) this.isFit = false;
    let bytesOfAll = 0;
    for (let index = 0; index < count && this.isFit; index += 1) {
      const before = this.at;
      this.#plain();
      this.#plain();
      const bytes = this.at - before;
      if (bytes > propertyBytesMax) this.isFit = false;
      bytesOfAll += bytes;
    }
    if (bytesOfAll > propertiesBytesMax) this.isFit = false;
    if (count > 0) this.zero();
  }

  /** ASCII of any kind, but for what may be part of `__proto__`, which an object cannot hold as a name. */
  #plain(): void {
    const length = this.#size();
    const start = this.at;
    const end = start + length;
    if (end > this.#frame.length) this.isFit = false;
    if (!this.isFit) return;
    const frame = this.#frame;
    let before = 0;
    for (let at = start; at < end; at += 1) {
      const byte = frame[at] as number;
      if (byte > 0x7f || (byte === underscore && before === underscore)) this.isFit = false;
      before = byte;
    }
    this.at = end;
  }

  zero(): void {
    if (this.#byte() !== 0) this.isFit = false;
  }
}
