import { createRequire } from "node:module";

// avsc reads each text by a call into the engine, and measures each before it writes it. Nearly all of ours are short and
// ASCII: a record becomes one text, its parts are taken from that, and what is written is measured while writing. Both
// fall back to avsc's own for anything else. The version is pinned; what is used of its insides is declared here.
const require = createRequire(import.meta.url);
const { Tap } = require("avsc/lib/utils") as { readonly Tap: { readonly prototype: Tap } };

/** Where avsc reads and writes in a buffer. */
interface Tap {
  readonly buf: Buffer;
  pos: number;
  /** The whole buffer, byte by byte. */
  latin1?: string | undefined;
  readLong(): number;
  readString(): string | undefined;
  writeString(text: string): void;
}

/** Of these lengths the length itself takes one byte. */
const shortMax = 63;

/** Makes avsc read and write short ASCII texts faster, to the same bytes. */
export function hastenTexts(): void {
  const { readString, writeString } = Tap.prototype;

  Tap.prototype.readString = function (this: Tap) {
    const { buf, pos } = this;
    // The zigzag of a length below 64 is one even byte.
    const first = buf[pos] ?? 1;
    const start = pos + 1;
    const end = start + (first >> 1);
    if ((first & 0x81) !== 0 || end > buf.length) return readString.call(this);
    for (let at = start; at < end; at += 1) {
      if ((buf[at] as number) > 0x7f) return readString.call(this);
    }
    this.pos = end;
    return (this.latin1 ??= buf.toString("latin1")).slice(start, end);
  };

  Tap.prototype.writeString = function (this: Tap, text) {
    const { buf, pos } = this;
    const { length } = text;
    const start = pos + 1;
    if (length > shortMax || start + length > buf.length) return writeString.call(this, text);
    for (let at = 0; at < length; at += 1) {
      const code = text.charCodeAt(at);
      if (code > 0x7f) return writeString.call(this, text);
      buf[start + at] = code;
    }
    buf[pos] = length << 1;
    this.pos = start + length;
  };
}
