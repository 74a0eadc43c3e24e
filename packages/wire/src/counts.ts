import avsc from "avsc";

// avsc reads as many items of a map or an array as the bytes say, also behind their end: sixty bytes that say 2^40 keep it busy for
// good. What says more items than it has bytes is none of ours. The version is pinned; what is used of its insides is declared here.

interface Tap {
  readonly buf: Buffer;
  readonly pos: number;
  readLong(): number;
  skipLong(): void;
  readString(): string;
}
interface Items {
  _read(tap: Tap): unknown;
}
interface Types {
  readonly MapType: {
    readonly prototype: { readonly valuesType: Items; _read(tap: Tap): unknown };
  };
  readonly ArrayType: {
    readonly prototype: { readonly itemsType: Items; _read(tap: Tap): unknown };
  };
}

/** Makes avsc refuse maps and arrays of more items than there are bytes left. Every item of ours takes one at least. */
export function boundCounts(): void {
  const { MapType, ArrayType } = avsc.types as unknown as Types;

  MapType.prototype._read = function (tap) {
    const read: Record<string, unknown> = {};
    for (let count = countIn(tap); count > 0; count = countIn(tap))
      for (; count > 0; count -= 1) {
        const name = tap.readString();
        read[name] = this.valuesType._read(tap);
      }
    return read;
  };

  ArrayType.prototype._read = function (tap) {
    const read: unknown[] = [];
    for (let count = countIn(tap); count > 0; count = countIn(tap))
      for (; count > 0; count -= 1) read.push(this.itemsType._read(tap));
    return read;
  };
}

function countIn(tap: Tap): number {
  const said = tap.readLong();
  // A block may say its bytes too, for who skips it.
  if (said < 0) tap.skipLong();
  const count = Math.abs(said);
  if (count > tap.buf.length - tap.pos)
    throw new Error(`${count} items, and ${Math.max(tap.buf.length - tap.pos, 0)} bytes are left`);
  return count;
}
