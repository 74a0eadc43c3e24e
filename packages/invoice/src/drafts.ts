import type { TransactionPosted } from "@tallybook/journal";

import type { InvoiceDrafted } from "./facts.ts";
import { subscriptionKey } from "./keys.ts";
import { hasLines } from "./lines.ts";
import { partsOf } from "./parts.ts";

/** What the invoicer knows of drafts; part of its `Bills`. */
export interface Drafts {
  /** What no draft holds yet, by subscription, in the journal's order. */
  readonly pending: Map<string, TransactionPosted[]>;
  /** Transactions on drafts that the journal has not come to yet. */
  readonly drafted: Set<string>;
  /** Those that are not finalized, by id. */
  readonly open: Map<string, InvoiceDrafted>;
}

export function noDrafts(): Drafts {
  return { pending: new Map(), drafted: new Set(), open: new Map() };
}

/** Usage that was billed before its period was over, and what coupons take off it, is for a draft, and then for a person who finalizes it. */
export function isForDraft({ transaction_kind: kind, evidence }: TransactionPosted): boolean {
  return (kind === "usage" || kind === "discount") && evidence.in_advance;
}

/** Takes in a transaction that is for a draft. */
export function oweDraft({ pending, drafted }: Drafts, posted: TransactionPosted): void {
  if (drafted.delete(posted.id) || !hasLines(posted)) return;
  const key = subscriptionKey(posted.tenant, posted.evidence.subscription);
  const others = pending.get(key);
  if (others === undefined) pending.set(key, [posted]);
  else others.push(posted);
}

/** Takes in a draft that was written: before the journal is read, or after what it holds was. `transactions`: those of it that are for drafts, as far as anybody knows. */
export function takeDraft(
  { pending, drafted, open }: Drafts,
  draft: InvoiceDrafted,
  transactions: ReadonlySet<string>,
): void {
  open.set(draft.invoice, draft);
  const ids = new Set(transactions);
  for (const { subscription } of partsOf(draft))
    takeFrom(pending, subscriptionKey(draft.tenant, subscription), ids);
  for (const id of ids) drafted.add(id);
}

/** Takes transactions from what waits under a key: off both, those that are in both. */
export function takeFrom(
  pending: Map<string, TransactionPosted[]>,
  key: string,
  ids: Set<string>,
): void {
  const left = (pending.get(key) ?? []).filter(({ id }) => !ids.delete(id));
  if (left.length === 0) pending.delete(key);
  else pending.set(key, left);
}
