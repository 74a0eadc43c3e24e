import type { Catalog } from "@tallybook/catalog";

import { applyCredit, refundCredit } from "./credits.ts";
import type { ApplyCredit, RefundCredit } from "./credits.ts";
import type { Decision } from "./decision.ts";
import type { LifeFact } from "./facts.ts";
import { placeHold, releaseHold } from "./hold-orders.ts";
import type { PlaceHold, ReleaseHold } from "./hold-orders.ts";
import { issueNote } from "./notes.ts";
import type { IssueNote } from "./notes.ts";
import { recordPayment, reversePayment } from "./payments.ts";
import type { RecordPayment, ReversePayment } from "./payments.ts";
import type { Receivables } from "./receivables.ts";
import { collectedOtherwise } from "../stripe/collected.ts";
import { sendInvoice } from "./send.ts";
import type { SendInvoice } from "./send.ts";
import { voidInvoice } from "./void.ts";
import type { VoidInvoice } from "./void.ts";

/** What people ask for an invoice, or for the money for it. */
export type LifeOrder =
  | ApplyCredit
  | IssueNote
  | PlaceHold
  | RecordPayment
  | RefundCredit
  | ReleaseHold
  | ReversePayment
  | SendInvoice
  | VoidInvoice;

/** What an order comes to, from all facts of `invoices` before it. `catalog`: as it is now, by which notes are numbered. */
export function decideLife(
  known: Receivables,
  order: LifeOrder,
  catalog: Catalog,
): Decision<LifeFact> {
  const decision = decide(known, order, catalog);
  const obstacle = decision.kind === "new" ? collectedOtherwise(known, decision.fact) : undefined;
  return obstacle ?? decision;
}

function decide(known: Receivables, order: LifeOrder, catalog: Catalog): Decision<LifeFact> {
  switch (order.order) {
    case "apply_credit":
      return applyCredit(known, order);
    case "issue_note":
      return issueNote(known, order, catalog);
    case "place_hold":
      return placeHold(known, order);
    case "record_payment":
      return recordPayment(known, order);
    case "refund_credit":
      return refundCredit(known, order);
    case "release_hold":
      return releaseHold(known, order);
    case "reverse_payment":
      return reversePayment(known, order);
    case "send_invoice":
      return sendInvoice(known, order);
    case "void_invoice":
      return voidInvoice(known, order);
  }
}
