import {
  createAccess,
  createHttpServer,
  createLogger,
  type HttpServer,
  mergeOpenApi,
  type OpenApi,
  openApiOf,
} from "@tallybook/service";
import { addUsageRoutes } from "@tallybook/service-aggregator";
import { addCatalogRoutes, addSchemaRoutes, subjectsOf } from "@tallybook/service-catalog";
import { addDoorRoutes, addSessionRoute } from "@tallybook/service-ingest";
import {
  addAllLifeRoutes,
  addBillingRoutes,
  addDisputeRoutes,
  addInvoiceRoutes,
  addKnownAtRoute,
  addUpcomingRoute,
  addMarketRoute,
  addReplayMovedRoutes,
  addReplayRoute,
  addStripeRoutes,
  addTypedInvoiceRoutes,
  addWebhookRoutes,
} from "@tallybook/service-invoicer";
import { addJournalRoutes } from "@tallybook/service-rater";
import { schemas } from "@tallybook/wire";

/** The public routes of every service, none of which is ever asked: what they would need is not there. */
const routesByService: Readonly<Record<string, (server: HttpServer) => void>> = {
  aggregator: (server) => addUsageRoutes(server, given()),
  catalog(server) {
    addCatalogRoutes(server, given());
    addSchemaRoutes(server, subjectsOf(schemas.values(), ""));
  },
  ingest(server) {
    addDoorRoutes(server, given());
    addSessionRoute(server, given());
  },
  invoicer(server) {
    addInvoiceRoutes(server, given());
    addBillingRoutes(server, given());
    addDisputeRoutes(server, given());
    addKnownAtRoute(server, given());
    addUpcomingRoute(server, given());
    addAllLifeRoutes(server, given());
    addMarketRoute(server, given());
    addReplayMovedRoutes(server, given());
    addReplayRoute(server, given());
    addStripeRoutes(server, given());
    addTypedInvoiceRoutes(server, given());
    addWebhookRoutes(server, given());
  },
  rater: (server) => addJournalRoutes(server, given()),
};

/** A server of each service with its public routes. */
export function publicServers(): ReadonlyMap<string, HttpServer> {
  return new Map(
    Object.entries(routesByService).map(([service, addRoutes]) => {
      const server = createHttpServer({ logger: createLogger(service, () => {}), bodyBytesMax: 1 });
      addRoutes(server);
      return [service, server];
    }),
  );
}

/** What the one address tells of all of them. */
export function openApiOfAll(): OpenApi {
  return mergeOpenApi([...publicServers().values()].map((server) => openApiOf(server)));
}

function given(): never {
  const access = createAccess(() => undefined);
  const nothing = new Proxy(() => nothing, { get: () => nothing });
  const accessAt = () => access;
  const there: Readonly<Record<string | symbol, unknown>> = {
    access,
    accessAt,
    keys: { accessAt },
  };
  return new Proxy({}, { get: (_, name) => there[name] ?? nothing }) as never;
}
