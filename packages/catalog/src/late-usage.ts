import { compare, decimal, readQuantity, toText } from "@tallybook/money";
import type { DecimalText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import type { Fault } from "@tallybook/pricing";
import { versionAt } from "@tallybook/usage";

import type { Catalog } from "./catalog.ts";
import { Entry } from "./entry.ts";
import { Faults } from "./faults.ts";
import type { Asked } from "./plan.ts";
import { recorded } from "./plan-versions.ts";
import { readCurrency } from "./read-plan.ts";
import { faultRepeats } from "./repeats.ts";

/** What becomes of what late usage and corrections change in periods that were billed. */
export interface LateUsagePolicy {
  /** Cuts of this time and later go by it. */
  readonly effective_at: Micros;
  /** Of the tenant's, from 1. */
  readonly version: number;
  /** Whether adjustments wait for the next invoice of their subscription, or have one of their own at once. */
  readonly treatment: (typeof treatments)[number];
  /**
   * By currency: what late usage makes a charge of a period dearer by, all in all, is written off below this. Of other currencies
   * nothing is.
   */
  readonly write_off_below: readonly WriteOffBelow[];
  readonly reason: string;
}

export interface WriteOffBelow {
  readonly currency: string;
  /** Major units, above 0. */
  readonly amount: DecimalText;
}

/** A tenant says what becomes of late usage from a time on. */
export interface LateUsagePolicySet extends LateUsagePolicy {
  readonly kind: "LateUsagePolicySet";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
}

const treatments = ["next_invoice", "bill_now"] as const;

/** All that a tenant has said, in the order in which it was. */
export function lateUsagePoliciesOf(
  catalog: Catalog,
  tenant: string,
): readonly LateUsagePolicySet[] {
  return catalog.tenants.get(tenant)?.lateUsage ?? [];
}

/** What becomes of a tenant's late usage at a cut of that time: it waits, and nothing is written off, unless somebody said so. */
export function lateUsageAt(catalog: Catalog, tenant: string, time: Micros): LateUsagePolicy {
  return versionAt(lateUsagePoliciesOf(catalog, tenant), time) ?? nothingSaid;
}

const nothingSaid: LateUsagePolicy = {
  effective_at: 0,
  version: 0,
  treatment: "next_invoice",
  write_off_below: [],
  reason: "",
};

/** A policy that somebody asks for. */
export interface LateUsageAsked {
  readonly treatment: LateUsagePolicy["treatment"];
  readonly write_off_below: readonly WriteOffBelow[];
  /** Null: now. */
  readonly effective_at: Micros | null;
  readonly reason: string;
}

export type LateUsageRead =
  | { readonly ok: true; readonly asked: LateUsageAsked }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** `{ treatment, write_off_below, effective_at, reason }` */
export function readLateUsage(json: unknown): LateUsageRead {
  const faults = new Faults();
  const entry = new Entry(json, "", faults);
  const asked = {
    treatment: entry.oneOf("treatment", treatments) ?? "next_invoice",
    write_off_below: entry.list("write_off_below", readBelow),
    effective_at: entry.timeOrNull("effective_at"),
    reason: entry.text("reason", "id"),
  };
  entry.end();
  const currencyOf = ({ currency }: WriteOffBelow) => currency;
  faultRepeats("write_off_below", asked.write_off_below, currencyOf, "currency", faults);
  const list = faults.list();
  return list.length === 0 ? { ok: true, asked } : { ok: false, faults: list };
}

/** The fact of a policy; none where it holds at that time already. */
export function lateUsageFacts(
  catalog: Catalog,
  read: LateUsageAsked,
  asked: Asked,
  faults: Faults,
): LateUsagePolicySet[] {
  const { now, tenant } = asked;
  const effective_at = read.effective_at ?? now;
  const before = lateUsagePoliciesOf(catalog, tenant);
  const { treatment, reason } = read;
  const write_off_below = read.write_off_below.toSorted((a, b) =>
    a.currency < b.currency ? -1 : 1,
  );
  const said = { treatment, write_off_below, reason };
  if (isSame(lateUsageAt(catalog, tenant, effective_at), said)) return [];
  if (effective_at < now) {
    const detail = `it is ${formatTime(now)}, and what was rated before does not change: name a later time, or none`;
    faults.add("effective_at", "in_the_past", detail);
    return [];
  }
  const version = before.length + 1;
  return [{ kind: "LateUsagePolicySet", ...recorded(asked), effective_at, version, ...said }];
}

function readBelow(json: unknown, at: string, faults: Faults): WriteOffBelow {
  const entry = new Entry(json, at, faults);
  const currency = readCurrency(entry);
  const text = entry.number("amount");
  entry.end();
  const read = text === null ? undefined : readQuantity(text);
  if (read?.ok === true && compare(read.value, decimal("0")) > 0)
    return { currency, amount: toText(read.value) };
  const detail =
    "it must be a number above 0 such as 0.50, with at most 12 digits behind the point";
  entry.fault("amount", "not_an_amount", detail);
  return { currency, amount: "0" };
}

function isSame(
  one: LateUsagePolicy,
  other: Pick<LateUsagePolicy, "treatment" | "write_off_below" | "reason">,
): boolean {
  const textOf = ({ treatment, write_off_below, reason }: typeof other) =>
    JSON.stringify([
      treatment,
      write_off_below.map((each) => [each.currency, each.amount]),
      reason,
    ]);
  return textOf(one) === textOf(other);
}
