/** One field of a message, by how it is written: a number, eight or four bytes, or bytes of a length. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Uint8Array;
  readonly kind: "varint" | "fixed64" | "bytes" | "fixed32";
}

/** Bytes that are no message. */
export class NotProtobuf extends Error {
  override readonly name = "NotProtobuf";
}

const kinds = { 0: "varint", 1: "fixed64", 2: "bytes", 5: "fixed32" } as const;
const varintBytesMax = 10;

/**
 * The fields of a message in the order in which they stand. What they mean is up to the reader. Throws `NotProtobuf`.
 *
 * Source: protobuf.dev, "Encoding".
 */
export function* wireFields(bytes: Uint8Array): Generator<WireField> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;

  function varint(): bigint {
    let value = 0n;
    for (let count = 0; count < varintBytesMax; count += 1) {
      const byte = bytes[at];
      if (byte === undefined) throw new NotProtobuf("it ends in the middle of a number");
      at += 1;
      value |= BigInt(byte & 0x7f) << BigInt(7 * count);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new NotProtobuf("a number has more than 64 bits");
  }

  function taken(length: number): Uint8Array {
    if (length > bytes.length - at) throw new NotProtobuf("it ends in the middle of a field");
    at += length;
    return bytes.subarray(at - length, at);
  }

  while (at < bytes.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    const wire = Number(tag & 7n);
    if (number === 0 || !isKind(wire)) throw new NotProtobuf(`a field is of the kind ${wire}`);
    const kind = kinds[wire];
    switch (kind) {
      case "varint":
        yield { number, kind, value: varint() };
        break;
      case "fixed64": {
        const from = at;
        taken(8);
        yield { number, kind, value: view.getBigUint64(from, true) };
        break;
      }
      case "fixed32":
        yield { number, kind, value: taken(4) };
        break;
      case "bytes": {
        const length = varint();
        if (length > BigInt(bytes.length)) throw new NotProtobuf("a field is longer than it all");
        yield { number, kind, value: taken(Number(length)) };
      }
    }
  }
}

function isKind(wire: number): wire is keyof typeof kinds {
  return Object.hasOwn(kinds, wire);
}
