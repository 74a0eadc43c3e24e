import type { Micros } from "@tallybook/periods";

/** When the facts of a log were recorded, so that a time can be turned into an offset. The fold owns it. */
export interface RecordedTimes {
  add(time: Micros, offset: number): RecordedTimes;
  /** Facts below it were recorded at the time or before it. */
  offsetBehind(time: Micros): number;
  /** When the fact at the offset was recorded; of one that is not there, the last. */
  timeOf(offset: number): Micros | undefined;
}

export function createRecordedTimes(): RecordedTimes {
  // One entry for each time that differs from the one before; a clock that went back stands still here.
  const times: Micros[] = [];
  const ends: number[] = [];
  const recorded: RecordedTimes = {
    add(time, offset) {
      const last = times.at(-1);
      if (last === undefined || time > last) {
        times.push(time);
        ends.push(offset + 1);
      } else {
        ends[ends.length - 1] = offset + 1;
      }
      return recorded;
    },
    offsetBehind(time) {
      return ends[countUpTo(times, time) - 1] ?? 0;
    },
    timeOf: (offset) => times[countUpTo(ends, offset)] ?? times.at(-1),
  };
  return recorded;
}

/** How many of the numbers, which go up, are at most that one. */
function countUpTo(numbers: readonly number[], most: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? most) <= most) low = middle + 1;
    else high = middle;
  }
  return low;
}
