import avsc from "avsc";

/**
 * Avro's `decimal` logical type over bytes, as canonical decimal text: big-endian two's complement of the number times
 * 10^scale (Apache Avro 1.12, "Decimal"). Text with more digits than the scale is refused: the wire never rounds.
 */
export class DecimalType extends avsc.types.LogicalType {
  #scale = 0;
  #digitsMax = 0;

  constructor(schema: avsc.Schema, options?: unknown) {
    super(schema, options);
    const { scale = 0, precision } = schema as unknown as { scale?: number; precision: number };
    this.#scale = scale;
    this.#digitsMax = precision;
  }

  protected override _fromValue(bytes: Buffer): string {
    return textOf(fromTwosComplement(bytes), this.#scale);
  }

  protected override _toValue(text: unknown): Buffer | undefined {
    if (typeof text !== "string") return undefined;
    const unscaled = unscaledOf(text, this.#scale);
    if (unscaled === undefined || digitsOf(unscaled) > this.#digitsMax) return undefined;
    return toTwosComplement(unscaled);
  }

  /** What an older schema wrote, where it wrote the same. */
  protected override _resolve(writer: avsc.Type): ((text: string) => string) | undefined {
    return writer instanceof DecimalType && writer.#scale === this.#scale
      ? (text) => text
      : undefined;
  }
}

const decimalText = /^(-?)(\d+)(?:\.(\d+))?$/;

function unscaledOf(text: string, scale: number): bigint | undefined {
  const match = decimalText.exec(text);
  if (match === null) return undefined;
  const fraction = match[3] ?? "";
  if (fraction.length > scale) return undefined;
  const magnitude = BigInt((match[2] ?? "") + fraction.padEnd(scale, "0"));
  return match[1] === "-" ? -magnitude : magnitude;
}

function textOf(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, "");
  return (unscaled < 0n ? "-" : "") + whole + (fraction === "" ? "" : "." + fraction);
}

function digitsOf(unscaled: bigint): number {
  return (unscaled < 0n ? -unscaled : unscaled).toString().length;
}

function toTwosComplement(value: bigint): Buffer {
  // One bit more than the magnitude needs, for the sign.
  const bits = (value < 0n ? -value - 1n : value).toString(2).length + 1;
  const bytes = Math.ceil(bits / 8);
  const hex = BigInt.asUintN(bytes * 8, value).toString(16);
  return Buffer.from(hex.padStart(bytes * 2, "0"), "hex");
}

function fromTwosComplement(bytes: Buffer): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt("0x" + bytes.toString("hex")));
}
