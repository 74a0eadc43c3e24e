import avsc from "avsc";

/** Avro's `bytes` from any Uint8Array: avsc itself takes nothing but a Buffer. */
class BytesType extends avsc.types.LogicalType {
  protected override _fromValue(bytes: Buffer): Buffer {
    return bytes;
  }

  protected override _toValue(bytes: unknown): Buffer | undefined {
    if (Buffer.isBuffer(bytes)) return bytes;
    if (!(bytes instanceof Uint8Array)) return undefined;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  protected override _resolve(writer: avsc.Type): ((bytes: Buffer) => Buffer) | undefined {
    return writer instanceof BytesType ? (bytes) => bytes : undefined;
  }
}

const bytesType = new BytesType({ type: "bytes" } as never);

/** For avsc's option of this name: plain `bytes` are read and written by `BytesType`. */
export function typeHook(schema: unknown): avsc.Type | undefined {
  return schema === "bytes" ? bytesType : undefined;
}
