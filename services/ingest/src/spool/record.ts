import type { OutRecord } from "@tallybook/log";
import { topics } from "@tallybook/wire";

// A record of `usage.raw` as bytes: its partition, the length of its key (or noKey) in four bytes each, key, value.
const headBytes = 8;
const noKey = 0xffffffff;

export function packRecord({ partition, key, value }: OutRecord): Buffer {
  const keyBytes = key?.length ?? 0;
  const packed = Buffer.allocUnsafe(headBytes + keyBytes + value.length);
  packed.writeUInt32BE(partition, 0);
  packed.writeUInt32BE(key === null ? noKey : keyBytes, 4);
  if (key !== null) packed.set(key, headBytes);
  packed.set(value, headBytes + keyBytes);
  return packed;
}

/** The bytes are those that were packed: whoever calls has compared their checksum. */
export function unpackRecord(packed: Buffer): OutRecord {
  const keyLength = packed.readUInt32BE(4);
  const valueFrom = headBytes + (keyLength === noKey ? 0 : keyLength);
  return {
    topic: topics.usageRaw,
    partition: packed.readUInt32BE(0),
    key: keyLength === noKey ? null : packed.subarray(headBytes, valueFrom),
    value: packed.subarray(valueFrom),
  };
}
