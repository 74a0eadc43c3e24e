import { decimal, type Decimal, isNegative, sum, toText } from "@tallybook/money";
import { formatTime, type Micros } from "@tallybook/periods";
import { compareGrants } from "./burn-order.ts";
import { type Refusal, refusal } from "./fault.ts";
import type { Grant, Target } from "./grant.ts";
import { nextRecurrence } from "./recurrence.ts";

/** `waiting` until it starts, `active` while it may burn; the others are how it ended. */
export type GrantPhase = "waiting" | "active" | "expired" | "voided";

/**
 * A grant and what became of it. Always, exactly:
 * given = balance + burnt + expired + voided + lapsed.
 */
export interface Held {
  readonly terms: Grant;
  readonly phase: GrantPhase;
  /** Exclusive; that of the terms, unless giving back revived it. */
  readonly endsAt: Micros | null;
  /** The next recurrence; null while it waits, and where there is none. */
  readonly recursNext: Micros | null;
  /** What is left to burn; zero unless it is active. */
  readonly balance: Decimal;
  /** At its start or in the opening balance, at recurrences, and by the floor of a rollover. */
  readonly given: Decimal;
  /** Less what was given back. */
  readonly burnt: Decimal;
  readonly expired: Decimal;
  readonly voided: Decimal;
  /** Lost at a reset or a recurrence. */
  readonly lapsed: Decimal;
}

/** Usage that no grant covered. */
export interface Overage extends Target {
  /** Above zero. */
  readonly quantity: Decimal;
}

/** All grants of one unit and what they are worth: a fold of movements. */
export interface Credits {
  readonly unit: string;
  /** Everything before it has happened. */
  readonly at: Micros;
  /** In the order in which they burn. */
  readonly held: readonly Held[];
  /** The longest waiting first; one for each target. */
  readonly overage: readonly Overage[];
  /** Since the last reset, covered or not. */
  readonly used: Decimal;
  /** When the first grant starts, comes again or ends; Infinity: never. */
  readonly changesNext: Micros;
}

/** Without grants. */
export function noCredits(unit: string, at: Micros): Credits {
  return { unit, at, held: [], overage: [], used: zero, changesNext: Infinity };
}

/** Where a run over a stretch of time begins. */
export interface Opening {
  readonly unit: string;
  readonly at: Micros;
  readonly grants: readonly Grant[];
  /** By the grant's id, just before `at`: one for each grant. Of a grant that has not started by then it counts for nothing. */
  readonly balances: ReadonlyMap<string, Decimal>;
  readonly overage: readonly Overage[];
}

/**
 * Credits as a snapshot of balances tells them. What happens at `at` itself (a start, a recurrence, an expiry) is still to come.
 * Refused are balances that do not match the grants, negative ones, two grants of one id, and a grant of another unit.
 */
export function openCredits(opening: Opening): Refusal | { ok: true; credits: Credits } {
  const fault = openingFault(opening);
  if (fault !== undefined) return fault;
  const { unit, at, overage } = opening;
  const held = opening.grants.map((grant) =>
    grant.effectiveAt >= at
      ? waiting(grant)
      : opened(grant, opening.balances.get(grant.grant) ?? zero, at),
  );
  return { ok: true, credits: arranged({ unit, at, held, overage, used: zero, changesNext: at }) };
}

function openingFault({ unit, at, grants, balances }: Opening): Refusal | undefined {
  const known = new Set<string>();
  for (const { grant, unit: own } of grants) {
    if (known.has(grant)) return refusal("grants", "repeated", `grant ${grant} is there twice`);
    known.add(grant);
    if (own !== unit)
      return refusal(
        "unit",
        "other_unit",
        `grant ${grant} is in ${own}: these credits are ${unit}`,
      );
    const balance = balances.get(grant);
    if (balance === undefined)
      return refusal("balances", "missing", `grant ${grant} has no balance at ${formatTime(at)}`);
    if (isNegative(balance))
      return refusal("balances", "negative", `grant ${grant} has ${toText(balance)}`);
  }
  const stranger = [...balances.keys()].find((grant) => !known.has(grant));
  if (stranger === undefined) return undefined;
  return refusal("balances", "unknown_grant", `a balance of grant ${stranger}, which is not given`);
}

/** A grant before anything happened to it. */
export function waiting(terms: Grant): Held {
  return {
    terms,
    phase: "waiting",
    endsAt: terms.expiresAt,
    recursNext: null,
    balance: zero,
    given: zero,
    burnt: zero,
    expired: zero,
    voided: zero,
    lapsed: zero,
  };
}

function opened(terms: Grant, balance: Decimal, at: Micros): Held {
  // A recurrence at `at` itself is still to come; at its own start a grant does not come again.
  const recursNext = nextRecurrence(terms.recurs, Math.max(at - 1, terms.effectiveAt));
  return { ...waiting(terms), phase: "active", recursNext, balance, given: balance };
}

/** With the grants in the order in which they burn, and the time of the next change. */
export function arranged(credits: Credits): Credits {
  const held = credits.held.toSorted((a, b) => compareGrants(a.terms, b.terms));
  return { ...credits, held, changesNext: held.reduce(earliest, Infinity) };
}

function earliest(soonest: Micros, { phase, terms, endsAt, recursNext }: Held): Micros {
  switch (phase) {
    case "waiting":
      return Math.min(soonest, terms.effectiveAt, endsAt ?? Infinity);
    case "active":
      return Math.min(soonest, endsAt ?? Infinity, recursNext ?? Infinity);
    case "expired":
    case "voided":
      return soonest;
  }
}

export function heldOf(credits: Credits, grant: string): Held | undefined {
  return credits.held.find(({ terms }) => terms.grant === grant);
}

/** By the grant's id. */
export function balancesOf(credits: Credits): ReadonlyMap<string, Decimal> {
  return new Map(credits.held.map(({ terms, balance }) => [terms.grant, balance]));
}

/** What is left of all grants. */
export function totalOf(credits: Credits): Decimal {
  return sum(credits.held.map(({ balance }) => balance));
}

/** What no grant covered, of all targets. */
export function overageOf(credits: Credits): Decimal {
  return sum(credits.overage.map(({ quantity }) => quantity));
}

const zero = decimal("0");
