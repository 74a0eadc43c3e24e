import { formatTime, MICROS_PER_DAY, type Micros } from "@tallybook/periods";
import type { Fault } from "@tallybook/pricing";
import type { Catalog, RequestedBackfill } from "./catalog.ts";
import { Entry } from "./entry.ts";
import type { BackfillRequested } from "./facts.ts";
import { Faults } from "./faults.ts";
import { backfillsOf } from "./lookups.ts";
import type { Asked } from "./plan.ts";
import { recorded } from "./plan-versions.ts";
import { textFault } from "./texts.ts";

/** A backfill that somebody asks for. */
export interface BackfillAsked {
  /** Null: it gets one. */
  readonly backfill: string | null;
  /** Empty: every source. */
  readonly sources: readonly string[];
  readonly from: Micros;
  /** Exclusive. */
  readonly to: Micros;
  /** Null: a week from now. */
  readonly closes_at: Micros | null;
  readonly reason: string;
  readonly events: number | null;
  readonly digest: Uint8Array | null;
}

export type BackfillRead =
  | { readonly ok: true; readonly asked: BackfillAsked }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const openMicrosUsual = 7 * MICROS_PER_DAY;
const openMicrosMax = 31 * MICROS_PER_DAY;
/** Of a tenant at once: what is accepted is held against each. */
const openMax = 20;
const sourcesMax = 100;

/** `{ backfill, sources, from, to, closes_at, reason, events, digest }` */
export function readBackfill(json: unknown): BackfillRead {
  const faults = new Faults();
  const entry = new Entry(json, "", faults);
  const asked = {
    backfill: entry.textOrNull("backfill", "name"),
    sources: readSources(entry),
    from: entry.time("from"),
    to: entry.time("to"),
    closes_at: entry.timeOrNull("closes_at"),
    reason: entry.text("reason", "id"),
    events: readCount(entry),
    digest: readDigest(entry),
  };
  entry.end();
  const list = faults.list();
  return list.length === 0 ? { ok: true, asked } : { ok: false, faults: list };
}

/** The fact of a backfill; none where the very same is known under its id. `id`: for one that names none. */
export function orderBackfill(
  catalog: Catalog,
  read: BackfillAsked,
  { id, ...asked }: Asked & { readonly id: string },
  faults: Faults,
): BackfillRequested[] {
  const { sources, from, to, reason, events, digest } = read;
  const backfill = read.backfill ?? id;
  const known = backfillsOf(catalog, asked.tenant).get(backfill)?.fact;
  const closes_at = read.closes_at ?? known?.closes_at ?? asked.now + openMicrosUsual;
  const made = { backfill, sources, from, to, closes_at, reason, events, digest };
  if (known !== undefined) {
    const detail = `the backfill ${backfill} says something else: give this one another id`;
    if (textOf(known) !== textOf(made)) faults.add("backfill", "taken", detail);
    return [];
  }
  if (from >= to) faults.add("to", "not_after", "it must be after `from`");
  if (to > asked.now) {
    const detail = `a backfill is of what is over: name a time up to now, ${formatTime(asked.now)}`;
    faults.add("to", "not_over", detail);
  }
  if (closes_at <= asked.now || closes_at > asked.now + openMicrosMax) {
    const detail = "a backfill is open from now on, and for 31 days at most";
    faults.add("closes_at", "out_of_range", detail);
  }
  const open = openBackfills(catalog, asked.tenant, asked.now);
  if (open.length >= openMax) {
    const detail = `${open.length} backfills are open, at most ${openMax} are at once: wait until one has closed`;
    faults.add("backfill", "too_many", detail);
  }
  return faults.list().length === 0
    ? [{ kind: "BackfillRequested", ...recorded(asked), ...made }]
    : [];
}

/** The backfills of a tenant that are open at a time. */
export function openBackfills(catalog: Catalog, tenant: string, time: Micros): RequestedBackfill[] {
  const all = [...backfillsOf(catalog, tenant).values()];
  return all.filter(({ fact }) => time < fact.closes_at);
}

function textOf(
  made: Omit<BackfillRequested, "kind" | "tenant" | "recorded_at" | "actor">,
): string {
  const { sources, from, to, closes_at, reason, events } = made;
  const digest = made.digest === null ? null : Buffer.from(made.digest).toString("hex");
  return JSON.stringify([sources, from, to, closes_at, reason, events, digest]);
}

/** The empty source is one as well: that of events which name none. */
function readSources(entry: Entry): string[] {
  const sources = entry.list("sources", (json, at, faults) => {
    const text = typeof json === "string" ? json : null;
    const fault =
      text === null
        ? { reason: "not_text", detail: "it must be a source's name" }
        : text === ""
          ? undefined
          : textFault(text, "id");
    if (fault !== undefined) faults.add(at, fault.reason, fault.detail);
    return text ?? "";
  });
  if (sources.length > sourcesMax)
    entry.fault("sources", "too_many", `at most ${sourcesMax} are named`);
  return [...new Set(sources)].toSorted();
}

function readCount(entry: Entry): number | null {
  const text = entry.number("events");
  if (text === null || /^\d{1,15}$/.test(text)) return text === null ? null : Number(text);
  entry.fault("events", "not_whole", "it must be how many events there are, such as 12000");
  return null;
}

function readDigest(entry: Entry): Uint8Array | null {
  const text = entry.textOrNull("digest", "id");
  if (text === null || /^[0-9a-f]{64}$/.test(text))
    return text === null ? null : Buffer.from(text, "hex");
  entry.fault("digest", "not_a_digest", "it must be the SHA-256 of the file, as 64 hex digits");
  return null;
}
