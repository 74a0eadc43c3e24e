import { parseTime } from "@tallybook/periods";
import type { Fault } from "@tallybook/pricing";
import type { CouponAsked } from "./apply-coupon.ts";
import type { ChangeAsked, ChangeTime } from "./change-subscription.ts";
import { Entry } from "./entry.ts";
import type { Covered } from "./facts.ts";
import { Faults } from "./faults.ts";
import { readChange } from "./read-terms.ts";
import type { TermsChange } from "./timeline.ts";

export type ChangeRead =
  | { readonly ok: true; readonly asked: ChangeAsked }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** What a trial may cover, and `nothing`, which ends it. */
const covers = ["nothing", "fixed_fees", "everything"] as const satisfies readonly Covered[];

/** `{ plan, quantity, add_ons, covered, at }`, of which at least one before the last. */
export function readChangeAsked(json: unknown): ChangeRead {
  return reading(json, (entry) => {
    const covered = entry.oneOfOrNull("covered", covers);
    const change = { ...readChange(entry), ...(covered === null ? undefined : { covered }) };
    if (Object.keys(change).length === 0)
      entry.fault("plan", "missing", "say what changes: plan, quantity, add_ons or covered");
    return change;
  });
}

/** `{ at }`: when something holds from that is said otherwise. */
export function readTimeAsked(json: unknown, change: TermsChange = {}): ChangeRead {
  return reading(json, () => change);
}

export type CouponRead =
  | { readonly ok: true; readonly asked: CouponAsked }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** `{ coupon, at }`; of one that is taken away, its address says which. */
export function readCouponAsked(json: unknown, named?: string): CouponRead {
  const faults = new Faults();
  const entry = new Entry(json, "", faults);
  const asked = { coupon: named ?? entry.text("coupon", "name"), at: readTime(entry) };
  entry.end();
  const list = faults.list();
  return list.length === 0 ? { ok: true, asked } : { ok: false, faults: list };
}

function reading(json: unknown, read: (entry: Entry) => TermsChange): ChangeRead {
  const faults = new Faults();
  const entry = new Entry(json, "", faults);
  const asked = { change: read(entry), at: readTime(entry) };
  entry.end();
  const list = faults.list();
  return list.length === 0 ? { ok: true, asked } : { ok: false, faults: list };
}

/** `now` where nothing is said. */
function readTime(entry: Entry): ChangeTime {
  const text = entry.textOrNull("at", "id") ?? "now";
  if (text === "now" || text === "period_end") return text;
  const time = parseTime(text);
  if (time !== undefined) return time;
  const detail =
    "it must be now, period_end, or a time with its zone, such as 2023-11-01T00:00:00Z";
  entry.fault("at", "not_a_time", detail);
  return "now";
}
