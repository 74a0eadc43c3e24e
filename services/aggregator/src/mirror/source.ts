import { isSameRows, mirrorTables, rangeOf } from "@tallybook/columns";
import type {
  Cell,
  Mirror,
  MirroredFact,
  MirrorRange,
  MirrorSource,
  WindowTotals,
} from "@tallybook/columns";
import { readAll } from "@tallybook/log";
import type { Log, LogRecord } from "@tallybook/log";
import { decode } from "@tallybook/wire";

export interface MirrorOptions {
  readonly log: Log;
  readonly mirror: Mirror;
  readonly generation: number;
  readonly reached: (
    point:
      | "mirror.read"
      | "mirror.inserted"
      | "mirror.compared"
      | "mirror.noted"
      | "mirror.removed",
  ) => void;
  /** Told of rows that differ from the log and are made again, and of those that this does not help. */
  readonly told: (what: "again" | "in vain", range: MirrorRange) => void;
}

/** One partition of a mirrored topic on its way into ClickHouse. */
export interface MirroredSource extends MirrorSource {
  /** Takes what is new on the log, a bounded piece; answers whether there was anything. */
  take(): Promise<boolean>;
  /** Makes a window again that was found to differ; answers whether there was one. */
  mend(): Promise<boolean>;
  /** Compares all windows with what they were noted to hold, and the open one with the log. */
  check(): Promise<void>;
  /** Compares what is there of the open window with the log, and makes it again where it differs. */
  checkOpen(): Promise<void>;
  /** The next offset to read. */
  position(): number;
}

const limits = { bytesMax: 512 * 1024, waitMsMax: 0 };
const attemptsMax = 3;

/** A record's row, and where it stands. */
interface Made {
  readonly offset: number;
  readonly row: Cell[];
}

/**
 * Takes a partition in windows of fixed offsets. Within the window in which the log ends rows are inserted as they come; once the
 * log is beyond it, it is read back, compared with the rows made from the log, and noted. Whoever comes next goes on with the
 * first window that is not noted, and inserts what is there of it again: a row twice is the same row, and is read once. So
 * nobody has to be fenced, and it does not matter who died where.
 */
export async function openSource(
  options: MirrorOptions,
  source: MirrorSource,
): Promise<MirroredSource> {
  const { log, mirror, generation, reached } = options;
  const { topic, partition } = source;
  const { windowLength, rowOf } = mirrorTables[topic];
  const notes = new Map(await mirror.readNotes(source));
  await forgetOther();
  let window = Math.max(-1, ...notes.keys()) + 1;
  let next = window * windowLength;
  /** Rows of the open window. */
  let made: Made[] = [];
  const due = new Set<number>();
  for (let at = 0; at < window; at += 1) if (!notes.has(at)) due.add(at);
  const failed = new Map<number, number>();

  /** What stands behind the log's end is another log's. */
  async function forgetOther(): Promise<void> {
    const end = await log.endOffset(topic, partition);
    const last = Math.max(-1, ...notes.keys());
    const isOther = (last + 1) * windowLength > end || (await mirror.readHighest(source)) >= end;
    if (!isOther) return;
    await mirror.remove({ ...source, from: 0, to: Number.MAX_SAFE_INTEGER });
    notes.clear();
  }

  function makeRow(record: LogRecord): Made {
    const fact = decode(record.value) as MirroredFact;
    const { offset, timestamp } = record;
    return { offset, row: rowOf({ partition, offset, timestamp, fact }) };
  }

  async function insert(rows: readonly Made[], isAgain = false): Promise<void> {
    const [first, last] = [rows[0], rows.at(-1)];
    if (first === undefined || last === undefined) return;
    const range = { ...source, from: first.offset, to: last.offset };
    await mirror.insert(
      generation,
      range,
      rows.map(({ row }) => row),
      isAgain,
    );
    reached("mirror.inserted");
  }

  /** Rows of a range are removed, and inserted whatever was inserted before. */
  async function insertAgain(range: MirrorRange, rows: readonly Made[]): Promise<void> {
    options.told("again", range);
    await mirror.remove(range);
    reached("mirror.removed");
    await insert(rows, true);
  }

  async function isThere(range: MirrorRange, rows: readonly Made[]): Promise<boolean> {
    const found = await mirror.read(range);
    reached("mirror.compared");
    return isSameRows(
      found,
      rows.map(({ row }) => row),
    );
  }

  /** Whether the window holds the rows that the log gives; else they are made again, and it is asked once more. */
  async function seal(at: number, rows: readonly Made[]): Promise<void> {
    const range = rangeOf(source, at);
    for (let isAgain = false; !(await isThere(range, rows)); isAgain = true) {
      const attempt = (failed.get(at) ?? 0) + 1;
      failed.set(at, attempt);
      if (isAgain || attempt > attemptsMax) {
        options.told("in vain", range);
        return;
      }
      await insertAgain(range, rows);
    }
    failed.delete(at);
    const totals = await mirror.readTotals(source, at);
    const total = totals.get(at) ?? noTotal;
    await mirror.note(source, at, total);
    notes.set(at, total);
    reached("mirror.noted");
  }

  async function checkOpen(): Promise<void> {
    const { from } = rangeOf(source, window);
    const range = { ...source, from, to: next - 1 };
    if (next > from && !(await isThere(range, made))) await insertAgain(range, made);
  }

  return {
    ...source,
    checkOpen,
    position: () => next,
    async take() {
      const fetched = await log.fetch(topic, partition, next, limits);
      if (fetched.next === next) return false;
      reached("mirror.read");
      const rows = fetched.records.map(makeRow);
      for (let at = 0; ;) {
        const { to } = rangeOf(source, window);
        const beyond = rows.findIndex(({ offset }, index) => index >= at && offset > to);
        const stretch = rows.slice(at, beyond === -1 ? rows.length : beyond);
        await insert(stretch);
        made.push(...stretch);
        at += stretch.length;
        if ((rows[at]?.offset ?? fetched.next) <= to) break;
        await seal(window, made);
        window += 1;
        made = [];
      }
      next = fetched.next;
      return true;
    },
    async mend() {
      const [at] = due;
      if (at === undefined) return false;
      due.delete(at);
      const { from, to } = rangeOf(source, at);
      const rows: Made[] = [];
      for await (const record of readAll(log, topic, partition, { from, to: to + 1 }))
        rows.push(makeRow(record));
      await seal(at, rows);
      return true;
    },
    async check() {
      const totals = await mirror.readTotals(source);
      for (const at of differentWindows(notes, totals)) if (at < window) due.add(at);
      await checkOpen();
    },
  };
}

const noTotal = { rows: 0, digest: "" };

/** Windows that do not hold what they were noted to hold, or that hold something and were not noted. */
export function differentWindows(notes: WindowTotals, found: WindowTotals): number[] {
  const all = new Set([...notes.keys(), ...found.keys()]);
  return [...all].filter((at) => {
    const [one, other] = [notes.get(at) ?? noTotal, found.get(at) ?? noTotal];
    return !notes.has(at) || one.rows !== other.rows || one.digest !== other.digest;
  });
}
