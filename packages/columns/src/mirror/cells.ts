/** Microseconds as ClickHouse reads a DateTime64 from text and, but for zeros in front, writes it: seconds with a fraction. */
export function microsCell(micros: number): string {
  // Its times begin with 1970 here: what holds since ever is written as 0, or below.
  const known = Math.max(0, micros);
  return fraction(Math.floor(known / 1_000_000), known % 1_000_000, 6);
}

/** Milliseconds likewise. */
export function millisCell(millis: number): string {
  return fraction(Math.floor(millis / 1_000), millis % 1_000, 3);
}

export function hexCell(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** Fewer digits of seconds, as the first months of 1970 have, would be read as a date. */
const secondsDigits = 10;

function fraction(seconds: number, rest: number, digits: number): string {
  return `${String(seconds).padStart(secondsDigits, "0")}.${String(rest).padStart(digits, "0")}`;
}
