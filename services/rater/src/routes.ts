import type { Caller } from "@tallybook/catalog";
import type { Log } from "@tallybook/log";
import { described, queryWhole, refuseOthers } from "@tallybook/service";
import type { Access, HttpServer } from "@tallybook/service";

import { readJournalPage } from "./journal.ts";
import type { JournalIndex } from "./journal.ts";
import { journalRoute } from "./schemas.ts";

const limitMax = 1_000;
const limitUsual = 100;

/** `GET /v1/journal?after=SEQ&limit=N`: the caller's transactions, in the order in which they are chained. */
export function addJournalRoutes(
  server: HttpServer,
  given: { readonly log: Log; readonly index: () => JournalIndex; readonly access: Access<Caller> },
): void {
  const { log, index, access } = given;
  server.get(
    "/v1/journal",
    described({ onRequest: access.allow("analyst", "auditor", "finance", "admin") }, journalRoute),
    (request) => {
      refuseOthers(request);
      return readJournalPage(log, index(), {
        tenant: access.callerOf(request).tenant,
        after: queryWhole(request, "after", {
          min: -1,
          max: Number.MAX_SAFE_INTEGER,
          fallback: -1,
        }),
        limit: queryWhole(request, "limit", { min: 1, max: limitMax, fallback: limitUsual }),
      });
    },
  );
}
