import type { Caller } from "@tallybook/catalog";
import type { Access, HttpServer } from "@tallybook/service";
import { createDesk } from "./desk.ts";
import type { PlacedCuts } from "./placed-cuts.ts";
import type { Registry } from "./registry.ts";
import { addAdjustmentRoutes } from "./routes/adjustments.ts";
import { addBackfillRoutes } from "./routes/backfills.ts";
import { addBillingRoutes } from "./routes/billing.ts";
import { addConflictRoutes } from "./routes/conflicts.ts";
import { addCouponRoutes } from "./routes/coupons.ts";
import { addCustomerRoutes } from "./routes/customers.ts";
import { addDeploymentRoutes } from "./routes/deployment.ts";
import { addDocumentRoutes } from "./routes/documents.ts";
import { addKeyRoutes } from "./routes/keys.ts";
import { addLateUsageRoutes } from "./routes/late-usage.ts";
import { addMeterRoutes } from "./routes/meters.ts";
import { addObjectRoutes } from "./routes/objects.ts";
import { addPlanRoutes } from "./routes/plans.ts";
import { addSubscriptionRoutes } from "./routes/subscriptions.ts";
import { addTypedRoutes } from "./typed/routes.ts";

/** The control plane's API. Bodies come as bytes, see `parseBody`. */
export function addCatalogRoutes(
  server: HttpServer,
  given: {
    readonly registry: Registry;
    readonly cuts: PlacedCuts;
    readonly access: Access<Caller>;
  },
): void {
  const desk = createDesk(server, given);
  addMeterRoutes(desk);
  addPlanRoutes(desk);
  addCustomerRoutes(desk);
  addSubscriptionRoutes(desk);
  addAdjustmentRoutes(desk);
  addBackfillRoutes(desk);
  addConflictRoutes(desk);
  addLateUsageRoutes(desk);
  addCouponRoutes(desk);
  addBillingRoutes(desk);
  addKeyRoutes(desk);
  addObjectRoutes(desk);
  addDocumentRoutes(desk);
  addDeploymentRoutes(desk);
  addTypedRoutes(desk);
}

/** The bytes as they came: a number's digits are only in the source text. */
export function parseBody(bytes: Buffer): Buffer {
  return bytes;
}
