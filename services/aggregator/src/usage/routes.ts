import { authenticate } from "@tallybook/catalog";
import type { Caller } from "@tallybook/catalog";
import { createAccess, described } from "@tallybook/service";
import type { HttpRequest, HttpServer } from "@tallybook/service";

import { addConflictRoutes } from "../conflicts/routes.ts";
import type { ConflictDesk } from "../conflicts/routes.ts";
import { addAmberfloRoutes } from "../amberflo/routes.ts";
import { addLagoRoutes } from "../lago/routes.ts";
import { addOpenMeterRoutes } from "../openmeter/routes.ts";
import { addRejectedRoutes } from "../rejected/routes.ts";
import { createQuestions, unavailable } from "./desk.ts";
import type { UsageDesk } from "./desk.ts";
import { subscriptionUsageRoute, usageRoute } from "./schemas.ts";
import { whyRoute } from "./why-schema.ts";
import { createWhy } from "./why-route.ts";
import { usageSeries } from "./series-usage.ts";
import { usageOfSubscription } from "./subscription-usage.ts";

const foldedMsMax = 2_000;

/** The questions about usage: `GET /v1/subscriptions/{id}/usage`, `/v1/usage`, `/v1/why` and `/v1/conflicts`. */
export function addUsageRoutes(server: HttpServer, desk: UsageDesk): void {
  const access = createAccess<Caller>((sha256Hex) => {
    const catalog = desk.grounds.catalog();
    return catalog === undefined ? undefined : authenticate(catalog.now, sha256Hex, desk.now());
  });
  const readers = {
    onRequest: [() => catalogFolded(desk), access.allow("analyst", "auditor", "finance", "admin")],
  };
  const answering = createQuestions(desk.stopping);

  server.get(
    "/v1/subscriptions/:id/usage",
    described(readers, subscriptionUsageRoute),
    (request: HttpRequest, reply) =>
      answering(reply, (signal) =>
        usageOfSubscription(
          desk,
          {
            tenant: access.callerOf(request).tenant,
            id: (request.params as { readonly id: string }).id,
            query: request.query,
          },
          signal,
        ),
      ),
  );

  const why = createWhy(desk);
  const auditors = {
    onRequest: [() => catalogFolded(desk), access.allow("analyst", "auditor", "admin")],
  };
  server.get("/v1/why", described(auditors, whyRoute), (request: HttpRequest, reply) =>
    answering(reply, () => why(access.callerOf(request).tenant, request.query)),
  );
  addConflictRoutes(server, conflictDeskOf(desk), {
    callerOf: (request) => access.callerOf(request),
    readers: {
      onRequest: [
        () => catalogFolded(desk),
        access.allow("analyst", "auditor", "finance", "admin", "customer"),
      ],
    },
  });

  addOpenMeterRoutes(server, desk, { access, readers, answering });
  addAmberfloRoutes(server, desk, { access, readers, answering });
  addLagoRoutes(server, desk, { access, readers, answering });
  addRejectedRoutes(server, desk, { access, readers, answering });

  server.get("/v1/usage", described(readers, usageRoute), (request: HttpRequest, reply) =>
    answering(reply, (signal) =>
      usageSeries(desk, { tenant: access.callerOf(request).tenant, query: request.query }, signal),
    ),
  );
}

function conflictDeskOf(desk: UsageDesk): ConflictDesk {
  return {
    conflicts: desk.conflicts,
    columns: desk.columns,
    // As it is, since what was dismissed changes no rating and is in no other.
    catalog() {
      const known = desk.grounds.catalog();
      if (known === undefined) throw stillReading();
      return known.now;
    },
  };
}

/** Who has just made a key or a subscription finds it: the catalog is folded up to where it ends now, if Kafka says where. */
async function catalogFolded({ grounds, stopping }: UsageDesk): Promise<void> {
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(foldedMsMax)]);
  await grounds.untilFolded(signal).catch(() => {});
  if (grounds.catalog() === undefined) throw stillReading();
}

function stillReading() {
  return unavailable("The catalog is still being read after a start: ask again.", 2);
}
