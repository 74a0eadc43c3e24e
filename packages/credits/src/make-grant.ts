import {
  compare,
  currency,
  type Decimal,
  decimal,
  type DecimalText,
  ratio,
  readQuantity,
} from "@tallybook/money";
import { formatTime, type Micros } from "@tallybook/periods";
import type { Fault } from "./fault.ts";
import type { Cost, Grant, Restriction } from "./grant.ts";
import type { Recurrence } from "./recurrence.ts";

/** A grant as somebody asks for it. Amounts are plain decimals of at most 12 decimals, below 1e18. */
export interface GrantSpec {
  readonly grant: string;
  readonly unit: string;
  readonly amount: DecimalText;
  readonly priority: number;
  readonly created_at: Micros;
  readonly effective_at: Micros;
  readonly expires_at: Micros | null;
  readonly recurs: Recurrence | null;
  readonly carry_max: DecimalText;
  readonly rollover_min: DecimalText;
  readonly rollover_max: DecimalText | null;
  readonly cost: { readonly amount: DecimalText; readonly currency: string } | null;
  readonly only: Restriction | null;
}

export type MadeGrant =
  | { readonly ok: true; readonly grant: Grant }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** The only door to a grant: what is wrong with it is named by field. */
export function makeGrant(spec: GrantSpec): MadeGrant {
  const faults: Fault[] = [];
  const refuse = (field: string, reason: string, detail: string): void => {
    faults.push({ field, reason, detail: `grant ${spec.grant || "(without an id)"}: ${detail}` });
  };
  const read = (field: string, text: DecimalText, above: boolean): Decimal =>
    readAmount(text, above, (reason, detail) => refuse(field, reason, detail));

  if (spec.grant === "") refuse("grant", "missing", "give it an id");
  if (spec.unit === "") refuse("unit", "missing", "say what it counts, such as USD or tokens");
  if (!Number.isSafeInteger(spec.priority) || spec.priority < 0)
    refuse("priority", "not_a_priority", "give a whole number from 0; low ones burn first");
  if (spec.expires_at !== null && spec.expires_at <= spec.effective_at) {
    const start = formatTime(spec.effective_at);
    refuse("expires_at", "too_early", `it starts at ${start}: let it expire later, or never`);
  }
  if (spec.only !== null && spec.only.meters.length + spec.only.products.length === 0)
    refuse("only", "empty", "name a meter or a product that it pays for, or leave it open to all");
  const amount = read("amount", spec.amount, true);
  const costAmount = spec.cost === null ? zero : read("cost.amount", spec.cost.amount, false);
  if (spec.cost !== null && currency(spec.cost.currency) === undefined)
    refuse("cost.currency", "unknown", `${spec.cost.currency} is no currency of ISO 4217`);
  const grant: Grant = {
    grant: spec.grant,
    unit: spec.unit,
    amount,
    priority: spec.priority,
    createdAt: spec.created_at,
    effectiveAt: spec.effective_at,
    expiresAt: spec.expires_at,
    recurs: spec.recurs,
    carryMax: read("carry_max", spec.carry_max, false),
    rollover: {
      min: read("rollover_min", spec.rollover_min, false),
      max: spec.rollover_max === null ? null : read("rollover_max", spec.rollover_max, false),
    },
    cost: spec.cost === null ? null : costOf(spec.cost.currency, costAmount, amount),
    only: spec.only,
  };
  return faults.length === 0 ? { ok: true, grant } : { ok: false, faults };
}

function costOf(code: string, paid: Decimal, amount: Decimal): Cost {
  return { amount: paid, currency: code, perUnit: ratio(paid, amount) };
}

/** One where it is refused: nobody sees it, and nothing divides by it. */
function readAmount(
  text: DecimalText,
  above: boolean,
  refuse: (reason: string, detail: string) => void,
): Decimal {
  const read = readQuantity(text);
  if (!read.ok) {
    refuse(read.why, `${JSON.stringify(text)}: ${detailByFault[read.why]}`);
    return one;
  }
  const sign = compare(read.value, zero);
  if (sign > 0 || (sign === 0 && !above)) return read.value;
  refuse(
    above ? "not_positive" : "negative",
    `${text}: it must ${above ? "be above zero" : "not be negative"}`,
  );
  return one;
}

const detailByFault = {
  not_a_number: "it must be a decimal number such as 12.50",
  too_many_decimals: "it must have at most 12 decimals",
  too_large: "it must be below 1e18",
};

const zero = decimal("0");
const one = decimal("1");
