import type { CatalogFact } from "@tallybook/catalog";
import type { InvoicesFact, WebhooksFact } from "@tallybook/invoice";
import type { JournalFact } from "@tallybook/journal";
import type { AcceptedFact, CutFact, RawFact, RejectedFact } from "@tallybook/usage";

import { decodeBody, schemaOf, schemas } from "./schemas.ts";

/** Anything that any topic carries. */
export type Fact =
  | RawFact
  | AcceptedFact
  | RejectedFact
  | CutFact
  | CatalogFact
  | JournalFact
  | InvoicesFact
  | WebhooksFact;

export type FactOf<Kind extends Fact["kind"]> = Extract<Fact, { kind: Kind }>;

/** Bytes that are no fact of ours: another framing, an unknown schema, a body that does not fit its schema. */
export class Undecodable extends Error {
  override readonly name = "Undecodable";
}

const headerBytes = 5;

/** Where facts are written before their length is known; as large as the largest so far. */
let scratch = Buffer.allocUnsafe(64 * 1024);

/** A fact in Confluent's framing: byte 0, the schema's id as four big-endian bytes, the Avro body. */
export function encode(fact: Fact): Buffer {
  const { id, type } = schemaOf(fact.kind);
  const end = type.encode(fact, scratch, headerBytes);
  if (end < 0) {
    // So many bytes were missing.
    scratch = Buffer.allocUnsafe(2 * (scratch.length - end));
    return encode(fact);
  }
  const frame = Buffer.allocUnsafe(end);
  scratch.copy(frame, headerBytes, headerBytes, end);
  frame[0] = 0;
  frame.writeUInt32BE(id, 1);
  return frame;
}

/** The fact in a frame. Throws `Undecodable`, saying what is wrong with the bytes. */
export function decode(frame: Buffer): Fact {
  if (frame.length < headerBytes)
    throw new Undecodable(`${frame.length} bytes: a frame has at least ${headerBytes}`);
  if (frame[0] !== 0) throw new Undecodable(`first byte is ${frame[0]}: a frame begins with 0`);
  const id = frame.readUInt32BE(1);
  const schema = schemas.get(id);
  if (schema === undefined) throw new Undecodable(`unknown schema id ${id}`);
  try {
    const { value, offset } = decodeBody(schema, frame, headerBytes);
    if (offset === -1) throw new Error("truncated buffer");
    if (offset < frame.length) throw new Error("trailing data");
    const fact = value as { kind: string };
    fact.kind = schema.kind;
    return fact as Fact;
  } catch (error) {
    throw new Undecodable(`body does not fit schema ${schema.kind}: ${(error as Error).message}`);
  }
}
