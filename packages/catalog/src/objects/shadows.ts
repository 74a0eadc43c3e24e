import { type Micros, parseTime } from "@tallybook/periods";
import type { Catalog } from "../catalog.ts";
import { objectsOf } from "../lookups.ts";
import type { Collection, Settling } from "./collection.ts";
import { textListIn, textsIn, timeTextIn } from "./read-texts.ts";

/** Billing periods that are billed in shadow, beside another system: they are drafts for ever, without a number. */
export type Shadow = {
  readonly name: string;
  /** Periods that begin from then on; RFC 3339, null: all. */
  readonly from: string | null;
  /** And before then; null: all that are to come. */
  readonly until: string | null;
  /** Of these subscriptions; of all where it is empty. */
  readonly subscriptions: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
};

export const shadows: Collection<Shadow> = {
  collection: "shadows",
  idField: "shadow",
  idRule: "name",
  within: null,
  read(entry) {
    const shadow: Shadow = {
      name: entry.text("name", "id", entry.text("shadow", "name")),
      from: timeTextIn(entry, "from"),
      until: timeTextIn(entry, "until"),
      subscriptions: textListIn(entry, "subscriptions"),
      metadata: textsIn(entry, "metadata"),
    };
    if (timeOf(shadow.from, -Infinity) >= timeOf(shadow.until, Infinity))
      entry.fault("until", "out_of_order", "it must be after from");
    return shadow;
  },
  references: () => [],
  settle(shadow, settling) {
    refuseRelease(shadow, settling);
    return shadow;
  },
};

/** Whether a billing period that begins at the time is billed in shadow. An archived shadow holds as well: what was in it stays. */
export function isShadow(
  catalog: Catalog,
  {
    tenant,
    subscription,
    from,
  }: { readonly tenant: string; readonly subscription: string; readonly from: Micros },
): boolean {
  for (const versions of objectsOf(catalog, tenant, "shadows").values()) {
    const shadow = versions.at(-1)?.body as Shadow | undefined;
    if (shadow === undefined) continue;
    const isOf = shadow.subscriptions.length === 0 || shadow.subscriptions.includes(subscription);
    if (isOf && timeOf(shadow.from, -Infinity) <= from && from < timeOf(shadow.until, Infinity))
      return true;
  }
  return false;
}

/** A period that may have been billed in shadow stays there: a draft of it never becomes an invoice. */
function refuseRelease(shadow: Shadow, { before, now, fault }: Settling): void {
  const was = before as Shadow | undefined;
  if (was === undefined) return;
  const stays = "what was in shadow stays there; make another shadow for other periods";
  if (timeOf(shadow.from, -Infinity) > timeOf(was.from, -Infinity))
    fault("from", "cannot_change", `it can only be earlier: ${stays}`);
  const left = was.subscriptions.filter((each) => !shadow.subscriptions.includes(each));
  const isNarrower =
    was.subscriptions.length === 0 ? shadow.subscriptions.length > 0 : left.length > 0;
  if (isNarrower && shadow.subscriptions.length > 0)
    fault("subscriptions", "cannot_change", `none can be left out: ${stays}`);
  const until = timeOf(shadow.until, Infinity);
  if (until < timeOf(was.until, Infinity) && until < now)
    fault("until", "in_the_past", `it can end from now on: ${stays}`);
}

function timeOf(text: string | null, otherwise: number): number {
  return text === null ? otherwise : (parseTime(text) ?? otherwise);
}
