import type { HttpServer } from "@tallybook/service";

import { addCreditRoutes } from "./credit-routes.ts";
import { addHoldRoutes } from "./hold-routes.ts";
import { addLifeRoutes } from "./life-routes.ts";
import { addNoteRoutes } from "./note-routes.ts";
import type { NoteDesk } from "./note-routes.ts";
import { addPaymentRoutes } from "./payment-routes.ts";
import { addStatementRoutes } from "./statement-routes.ts";
import type { StatementDesk } from "./statement-routes.ts";
import { addTrialBalanceRoutes } from "./trial-balance-routes.ts";
import type { TrialBalanceDesk } from "./trial-balance-routes.ts";

/** What becomes of invoices, and of the money for them. */
export function addAllLifeRoutes(
  server: HttpServer,
  desk: NoteDesk & StatementDesk & TrialBalanceDesk,
): void {
  addLifeRoutes(server, desk);
  addPaymentRoutes(server, desk);
  addCreditRoutes(server, desk);
  addNoteRoutes(server, desk);
  addHoldRoutes(server, desk);
  addStatementRoutes(server, desk);
  addTrialBalanceRoutes(server, desk);
}
