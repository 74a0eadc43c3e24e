import { calendarsBegin, calendarsEnd, floorDiv, type LocalMicros } from "./civil.ts";
import { readZone } from "./iana.ts";
import { MICROS_PER_SECOND, type Micros } from "./time.ts";

/** A time zone of the IANA database: what its clocks show when. */
export interface Zone {
  readonly name: string;
  /** What the zone's clocks show at the time. Throws a RangeError outside the years 1700 to 2199. */
  readonly localAt: (time: Micros) => LocalMicros;
  /**
   * The first moment at which the zone's clocks have reached that reading. One that comes twice, because clocks were set back,
   * is its first time. One that never comes, because clocks were set forward over it, is the moment at which they were set. So
   * a later reading is never an earlier moment.
   */
  readonly firstAt: (local: LocalMicros) => Micros;
}

/** The zone of that name, as in `Asia/Kathmandu`; undefined where there is none. Names are told apart by case. */
export function zoneNamed(name: string): Zone | undefined {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const offsetAt = readZone(name);
  if (offsetAt === undefined) return undefined;
  const zone = makeZone(name, offsetAt);
  if (zones.size >= zonesMax) zones.clear();
  zones.set(name, zone);
  return zone;
}

// What a zone's clocks show never depends on who asked before; to ask the runtime again takes a thousand times as long.
const zones = new Map<string, Zone>();

/** The database has some 600 names. */
const zonesMax = 1_000;

/** A stretch of time in which a zone's clocks keep one offset, which it begins with. Both in seconds. */
interface Span {
  readonly from: number;
  readonly offset: number;
}

/** Spans are looked for in chunks of 388 days, when somebody asks for one. */
const chunkSeconds = 2 ** 25;

/**
 * How far apart the offset is asked for. A change and its reverse between two askings would not be seen; of all zones, from
 * 1900 on, two changes have never been closer than four days (Africa/Freetown, 1939).
 */
const probeSeconds = 2 ** 18;

/** No clock is further from UTC: Manila's, before 1845, was behind by 15:56:08. */
const offsetSecondsMax = 16 * 3_600;

function makeZone(name: string, offsetAt: (second: number) => number): Zone {
  const chunks = new Map<number, readonly Span[]>();
  const spansOf = (chunk: number): readonly Span[] => {
    let spans = chunks.get(chunk);
    if (spans === undefined) chunks.set(chunk, (spans = readSpans(chunk, offsetAt)));
    return spans;
  };
  return {
    name,
    localAt(time) {
      refuseOutside(time);
      const second = floorDiv(time, MICROS_PER_SECOND);
      const spans = spansOf(Math.floor(second / chunkSeconds));
      let at = spans.length - 1;
      while (at > 0 && (spans[at] as Span).from > second) at -= 1;
      return time + (spans[at] as Span).offset * MICROS_PER_SECOND;
    },
    firstAt(local) {
      refuseOutside(local);
      // Earlier than this, every clock still shows less.
      const earliest = floorDiv(local, MICROS_PER_SECOND) - offsetSecondsMax;
      for (let chunk = Math.floor(earliest / chunkSeconds); ; chunk += 1) {
        const spans = spansOf(chunk);
        for (const [index, { from, offset }] of spans.entries()) {
          const to = spans[index + 1]?.from ?? (chunk + 1) * chunkSeconds;
          const reached = Math.max(from * MICROS_PER_SECOND, local - offset * MICROS_PER_SECOND);
          if (reached < to * MICROS_PER_SECOND) return reached;
        }
      }
    },
  };
}

function readSpans(chunk: number, offsetAt: (second: number) => number): Span[] {
  const from = chunk * chunkSeconds;
  const spans = [{ from, offset: offsetAt(from) }];
  let offset = spans[0]?.offset;
  for (let low = from; low < from + chunkSeconds; low += probeSeconds) {
    const high = low + probeSeconds;
    const next = offsetAt(high);
    if (next !== offset)
      spans.push({ from: changeBetween(low, high, next, offsetAt), offset: next });
    offset = next;
  }
  return spans;
}

/** The first second with the offset of the later of two. */
function changeBetween(
  low: number,
  high: number,
  offset: number,
  offsetAt: (second: number) => number,
): number {
  let before = low;
  let after = high;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle) === offset) after = middle;
    else before = middle;
  }
  return after;
}

function refuseOutside(time: number): void {
  if (Number.isSafeInteger(time) && time >= calendarsBegin && time < calendarsEnd) return;
  throw new RangeError(
    `${time} is no time that calendars are computed for: they take whole microseconds, from 1700 to 2199`,
  );
}
