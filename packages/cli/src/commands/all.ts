import type { Command } from "../command.ts";
import { analystAccess } from "./analyst-access.ts";
import { apply } from "./apply.ts";
import { reconcile, replay } from "./audit.ts";
import { backfill } from "./backfill.ts";
import { adjust, bill, finalize } from "./billing.ts";
import { clock, clockAdvance, cut } from "./clock.ts";
import { conflicts, conflictsAccept, conflictsDismiss } from "./conflicts.ts";
import { demo } from "./demo.ts";
import { disputes, disputesOpen, disputesSettle } from "./disputes.ts";
import { doorsTry } from "./doors.ts";
import { exportCatalog } from "./export.ts";
import { exportView } from "./export-view.ts";
import { gateway } from "./gateway.ts";
import { init } from "./init.ts";
import { invoices } from "./invoices.ts";
import { notes } from "./notes.ts";
import { keysCreate, keysList, keysRevoke, keysRotate } from "./keys.ts";
import { payments, paymentsRecord, paymentsReverse } from "./payments.ts";
import { marketCheck } from "./market.ts";
import { rebuildColumns } from "./rebuild.ts";
import { journalExport } from "./journal.ts";
import { rerate } from "./rerate.ts";
import { shadowCompare, shadowImport } from "./shadow.ts";
import { simulate } from "./simulate.ts";
import { spool } from "./spool.ts";
import { receivables, statement } from "./statements.ts";
import { stripe, stripeEvents, stripeHand, stripeWithdraw } from "./stripe.ts";
import { trialBalance } from "./trial-balance.ts";
import { status } from "./status.ts";
import { rejectedList, rejectedResubmit, rejectedShow } from "./rejected.ts";
import { up } from "./up.ts";
import {
  webhooks,
  webhooksDeliveries,
  webhooksListen,
  webhooksReplay,
  webhooksSecret,
} from "./webhooks.ts";
import { why } from "./why.ts";

/** In the order of the help. */
export const commands: readonly Command[] = [
  up,
  status,
  apply,
  exportCatalog,
  analystAccess,
  exportView,
  keysCreate,
  keysList,
  keysRotate,
  keysRevoke,
  clock,
  clockAdvance,
  cut,
  bill,
  finalize,
  adjust,
  backfill,
  spool,
  invoices,
  notes,
  payments,
  paymentsRecord,
  paymentsReverse,
  stripe,
  stripeHand,
  stripeWithdraw,
  stripeEvents,
  statement,
  receivables,
  doorsTry,
  rejectedList,
  rejectedShow,
  rejectedResubmit,
  conflicts,
  conflictsAccept,
  conflictsDismiss,
  marketCheck,
  replay,
  why,
  disputes,
  disputesOpen,
  disputesSettle,
  webhooks,
  webhooksSecret,
  webhooksDeliveries,
  webhooksReplay,
  webhooksListen,
  reconcile,
  rerate,
  trialBalance,
  journalExport,
  simulate,
  shadowImport,
  shadowCompare,
  rebuildColumns,
  demo,
  init,
  gateway,
];
