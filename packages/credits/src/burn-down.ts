import { compare, type Decimal, isNegative, sub, sum, toText } from "@tallybook/money";
import { formatTime, type Micros } from "@tallybook/periods";
import { costBetween, goneOf } from "./cost.ts";
import { balancesOf, type Credits, heldOf, overageOf, totalOf } from "./credits.ts";
import { voidGrant } from "./decide.ts";
import { type Refusal, refusal } from "./fault.ts";
import { type Fold, foldOf } from "./fold.ts";
import type { Movement } from "./movement.ts";
import { beginAt, endAt, type OveragePolicy, reset, settle, use } from "./steps.ts";
import type { Use, UsageBetween } from "./usage.ts";

/** A stretch of time, from where the credits stand. */
export interface Run {
  /** Exclusive. */
  readonly to: Micros;
  readonly usage: UsageBetween;
  /** Grants that are voided whole: before the run means at its start, from `to` on is left to the run after; one that has ended stays as it is. */
  readonly voids: readonly { readonly grant: string; readonly at: Micros }[];
  /** Ends of usage periods, in (from, to]: a reset belongs to the stretch that it ends. */
  readonly resets: readonly Micros[];
  readonly overage: OveragePolicy;
}

/** A stretch in which no grant starts, comes again or ends, and no usage period does. */
export interface Segment {
  readonly from: Micros;
  /** Exclusive; the same as from where a usage period ends with the run. */
  readonly to: Micros;
  /** What changed at `from`, before anything burnt. */
  readonly changes: readonly Movement[];
  readonly opening: ReadonlyMap<string, Decimal>;
  readonly openingTotal: Decimal;
  readonly openingOverage: Decimal;
  readonly usage: Decimal;
  /** In the order in which grants burn. */
  readonly burns: readonly Burn[];
  readonly closingTotal: Decimal;
  /** Carried on, unless a reset drops it. */
  readonly overage: Decimal;
  readonly endsInReset: boolean;
}

/** What one grant gave in a segment, for usage and for overage of before. */
export interface Burn {
  readonly grant: string;
  readonly amount: Decimal;
  /** The revenue that it recognises, in the currency of the grant's cost. */
  readonly cost: Decimal;
  /** Of the grant, at the segment's end. */
  readonly balance: Decimal;
}

export interface BurnDown {
  readonly ok: true;
  /** At `to`; what changes at `to` itself is still to come, but for a reset there. */
  readonly credits: Credits;
  readonly segments: readonly Segment[];
  readonly movements: readonly Movement[];
}

/** Burns usage over a stretch of time. Cutting the stretch anywhere, and running on from there, comes to the same credits. */
export function burnDown(credits: Credits, run: Run): BurnDown | Refusal {
  const fault = runFault(credits, run);
  if (fault !== undefined) return fault;
  const fold = foldOf(credits);
  const segments: Segment[] = [];
  let from = credits.at;
  let isReset = false;
  while (from < run.to || isReset) {
    const seen = fold.movements.length;
    change(fold, run, from, isReset);
    const changes = fold.movements.slice(seen);
    const to = nextOf(fold.credits, run, from);
    isReset = run.resets.includes(to) && to > from;
    const segment = burnSegment(fold, run, { from, to });
    if (!segment.ok) return segment;
    segments.push({ ...segment.segment, changes, endsInReset: isReset });
    from = to;
  }
  return {
    ok: true,
    credits: { ...fold.credits, at: run.to },
    segments,
    movements: fold.movements,
  };
}

/** Everything at one time: what ends, the reset, and what begins. Kept overage is covered at once. */
function change(fold: Fold, run: Run, at: Micros, isReset: boolean): void {
  if (at < run.to) {
    for (const { grant } of run.voids.filter((each) => each.at <= at)) {
      const phase = heldOf(fold.credits, grant)?.phase;
      if (phase === "active" || phase === "waiting") voidGrant(fold, { at, grant, amount: null });
    }
  }
  endAt(fold, at);
  if (isReset) reset(fold, at, run.overage);
  beginAt(fold, at);
  if (isReset) settle(fold, at);
}

function nextOf({ changesNext }: Credits, { to, voids, resets }: Run, from: Micros): Micros {
  const times = [changesNext, ...voids.map(({ at }) => at), ...resets];
  return times.reduce((soonest, time) => (time > from && time < soonest ? time : soonest), to);
}

type Burnt = Omit<Segment, "changes" | "endsInReset">;

function burnSegment(
  fold: Fold,
  run: Run,
  { from, to }: { from: Micros; to: Micros },
): Refusal | { ok: true; segment: Burnt } {
  const before = fold.credits;
  settle(fold, from);
  const used = run.usage(from, to);
  const negative = used.find(({ quantity }) => isNegative(quantity));
  if (negative !== undefined) return negativeUse(negative);
  const uses = merged(used);
  for (const each of uses) use(fold, each, each.quantity, each.at);
  const after = fold.credits;
  const segment = {
    from,
    to,
    opening: balancesOf(before),
    openingTotal: totalOf(before),
    openingOverage: overageOf(before),
    usage: sum(uses.map(({ quantity }) => quantity)),
    burns: burnsBetween(before, after),
    closingTotal: totalOf(after),
    overage: overageOf(after),
  };
  return { ok: true, segment };
}

function burnsBetween(before: Credits, after: Credits): Burn[] {
  return after.held.flatMap((held) => {
    const { terms, balance } = held;
    const was = heldOf(before, terms.grant);
    if (was === undefined || compare(was.balance, balance) === 0) return [];
    const cost = costBetween(terms, goneOf(was), goneOf(held));
    return [{ grant: terms.grant, amount: sub(was.balance, balance), cost, balance }];
  });
}

/** Uses of one target that follow each other burn as one: it comes to the same, and costs less. */
function merged(uses: readonly Use[]): Use[] {
  const list: { use: Use; quantities: Decimal[] }[] = [];
  for (const use of uses) {
    const last = list.at(-1);
    if (last !== undefined && last.use.meter === use.meter && last.use.product === use.product)
      last.quantities.push(use.quantity);
    else list.push({ use, quantities: [use.quantity] });
  }
  return list.map(({ use, quantities }) => ({ ...use, quantity: sum(quantities) }));
}

function runFault(credits: Credits, { to, resets, voids }: Run): Refusal | undefined {
  const [start, end] = [formatTime(credits.at), formatTime(to)];
  if (to < credits.at)
    return refusal("to", "too_early", `the run ends at ${end}, before it starts at ${start}`);
  const reset = resets.find((at) => at <= credits.at || at > to);
  if (reset !== undefined) {
    const detail = `a reset at ${formatTime(reset)} is not after ${start} and up to ${end}: it belongs to the run that it ends`;
    return refusal("resets", "outside", detail);
  }
  const stranger = voids.find(({ grant }) => heldOf(credits, grant) === undefined);
  if (stranger === undefined) return undefined;
  const detail = `grant ${stranger.grant} should be voided and is not there: look it up by its id`;
  return refusal("voids", "unknown_grant", detail);
}

function negativeUse({ meter, quantity, at }: Use): Refusal {
  const detail = `usage of ${toText(quantity)} ${meter} at ${formatTime(at)}: what was used too much is given back`;
  return refusal("usage", "negative", detail);
}
