import {
  burnDown,
  type BurnDown,
  type Credits,
  decide,
  type Grant,
  type GrantSpec,
  makeGrant,
  noCredits,
  openCredits,
  type Order,
  type Refusal,
  type Run,
  type Segment,
  type Use,
  usageOf,
} from "@tallybook/credits";
import { decimal, toText } from "@tallybook/money";
import { formatTime, type Micros, parseTime } from "@tallybook/periods";

export const DAY = 86_400_000_000;
export const HOUR = 3_600_000_000;

/** A time such as `2024-01-01` or `2024-01-01T05:00`. */
export function time(text: string): Micros {
  const whole = text.includes("T") ? `${text}:00Z` : `${text}T00:00:00Z`;
  const micros = parseTime(whole);
  if (micros === undefined) throw new Error(`no time: ${text}`);
  return micros;
}

export const start = time("2024-01-01");

/** A promotional grant of 100 from the start of 2024 that never expires, unless said otherwise. */
export function spec(over: Partial<GrantSpec> = {}): GrantSpec {
  return {
    grant: "g1",
    unit: "credits",
    amount: "100",
    priority: 1,
    created_at: start,
    effective_at: start,
    expires_at: null,
    recurs: null,
    carry_max: "0",
    rollover_min: "0",
    rollover_max: null,
    cost: null,
    only: null,
    ...over,
  };
}

export function grant(over: Partial<GrantSpec> = {}): Grant {
  const made = makeGrant(spec(over));
  if (!made.ok) throw new Error(JSON.stringify(made.faults));
  return made.grant;
}

export function use(
  at: Micros,
  quantity: string,
  meter = "calls",
  product: string | null = null,
): Use {
  return { at, quantity: decimal(quantity), meter, product };
}

/** Credits to which the grants were added, at the start of 2024 unless said otherwise. */
export function creditsOf(grants: readonly Grant[], at: Micros = start): Credits {
  return grants.reduce(
    (credits, each) => after(credits, { kind: "add", at, grant: each }),
    noCredits("credits", at),
  );
}

/** Credits just before `at`, each grant with its balance. */
export function opened(
  grants: readonly Grant[],
  balances: Record<string, string>,
  at = start,
): Credits {
  const made = openCredits({
    unit: "credits",
    at,
    grants,
    balances: new Map(Object.entries(balances).map(([id, text]) => [id, decimal(text)])),
    overage: [],
  });
  return succeeded(made).credits;
}

export function after(credits: Credits, order: Order): Credits {
  return succeeded(decide(credits, order)).credits;
}

export function run(
  credits: Credits,
  to: Micros,
  uses: readonly Use[],
  over: Partial<Run> = {},
): BurnDown {
  return succeeded(
    burnDown(credits, {
      to,
      usage: usageOf(uses),
      voids: [],
      resets: [],
      overage: "dropped",
      ...over,
    }),
  );
}

export function succeeded<T extends { ok: true }>(result: T | Refusal): T {
  if (result.ok) return result;
  throw new Error(JSON.stringify(result.fault));
}

export function refused(result: { ok: true } | Refusal): string {
  if (result.ok) throw new Error("it was not refused");
  return result.fault.detail;
}

/** What is left of each grant, as text. */
export function left(credits: Credits): Record<string, string> {
  return Object.fromEntries(
    credits.held.map(({ terms, balance }) => [terms.grant, toText(balance)]),
  );
}

/** Everything of a grant that the fold keeps, as text, and the overage: two runs that agree here agree. */
export function whole(credits: Credits): unknown {
  return {
    held: credits.held.map(({ terms, phase, endsAt, recursNext, ...amounts }) => ({
      grant: terms.grant,
      phase,
      endsAt,
      recursNext,
      ...Object.fromEntries(
        Object.entries(amounts).map(([name, amount]) => [name, toText(amount)]),
      ),
    })),
    overage: credits.overage.map((each) => ({ ...each, quantity: toText(each.quantity) })),
    used: toText(credits.used),
  };
}

/** A segment as a line: `2024-01-01..2024-01-02  120 used: g1 100 (0 left); overage 20`. */
export function line(segment: Segment): string {
  const burns = segment.burns.map(
    ({ grant: id, amount, balance }) => `${id} ${toText(amount)} (${toText(balance)} left)`,
  );
  const overage = toText(segment.overage);
  const ends = overage === "0" ? "" : `; overage ${overage}`;
  const what = burns.length === 0 ? "nothing burns" : burns.join(", ");
  return `${shown(segment.from)}..${shown(segment.to)}  ${toText(segment.usage)} used: ${what}${ends}`;
}

export function shown(at: Micros): string {
  return formatTime(at)
    .replace(/T00:00:00Z$/, "")
    .replace(/:00Z$/, "");
}
