import type { Caller } from "@tallybook/catalog";
import type { Log } from "@tallybook/log";
import { described, Problem } from "@tallybook/service";
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
      const query = request.query as Readonly<Record<string, unknown>>;
      return readJournalPage(log, index(), {
        tenant: access.callerOf(request).tenant,
        after: wholeNumber(query, "after", { min: -1, max: Number.MAX_SAFE_INTEGER, fallback: -1 }),
        limit: wholeNumber(query, "limit", { min: 1, max: limitMax, fallback: limitUsual }),
      });
    },
  );
}

function wholeNumber(
  query: Readonly<Record<string, unknown>>,
  name: string,
  { min, max, fallback }: { readonly min: number; readonly max: number; readonly fallback: number },
): number {
  const text = query[name];
  if (text === undefined) return fallback;
  const value = typeof text === "string" && /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new Problem({
    status: 400,
    title: "Unfit request",
    detail: `${name} must be a whole number from ${min} to ${max}.`,
  });
}
