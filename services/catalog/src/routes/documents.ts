import { differenceOf, entriesOf, validateDocument } from "@tallybook/catalog";
import type { Catalog, CatalogFact, EntryDifference } from "@tallybook/catalog";
import { about, described, oneOf, type HttpRequest } from "@tallybook/service";
import type { Plain } from "../body.ts";
import { bodyOf, faulty, type Desk } from "../desk.ts";
import { momentQuery } from "../moments.ts";
import { applyDocument } from "../orders/apply.ts";
import { digestOf, unlessOtherwise } from "../orders/expected.ts";
import { applied } from "../schemas/common.ts";
import { catalogDocument, difference, exportedDocument } from "../schemas/deployment.ts";

const tag = "Deployment";

const applyQuery = {
  dry_run: about("Write nothing, and answer the difference.", oneOf("true", "false")),
  expect: about("As a dry run answered it: apply that difference and no other one.", {
    type: "string",
    pattern: "^[0-9a-f]{64}$",
  }),
};

/** The catalog as one document: what it is, and making it what a document says. */
export function addDocumentRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  const exports = described(readers, {
    summary: "Tells the catalog as a document",
    about: "Applying it changes nothing; applied elsewhere, it makes the same catalog.",
    tag,
    query: { known_at: momentQuery["known_at"] ?? {} },
    answers: { 200: exportedDocument },
  });
  const applies = described(admins, {
    summary: "Brings the catalog to what a document says; what it leaves out stays",
    about:
      "Applying the same again changes nothing. A dry run writes nothing, and answers the difference.",
    tag,
    query: applyQuery,
    body: catalogDocument,
    answers: { 200: { anyOf: [applied, difference] }, 202: applied },
  });
  server.get("/v1/export", exports, (request) =>
    entriesOf(desk.momentOf(request).catalog, desk.callerOf(request).tenant),
  );
  server.post("/v1/apply", applies, (request, reply) => {
    const document = bodyOf(request);
    const { dry_run, expect } = queryOf(request);
    const order = applyDocument(document);
    if (dry_run) return foreseen(desk, request, document);
    const { tenant } = desk.callerOf(request);
    const differenceOfFacts = (catalog: Catalog, facts: readonly CatalogFact[]) =>
      differenceIn(catalog, tenant, document, facts);
    return desk.applied(
      request,
      reply,
      expect === null ? order : unlessOtherwise(order, expect, differenceOfFacts),
    );
  });
}

/** What applying it would change. `expect` given with the document applies it only while that is what it changes. */
function foreseen(desk: Desk, request: HttpRequest, document: Plain): object {
  const facts = desk.foresee(request, applyDocument(document));
  const { tenant } = desk.callerOf(request);
  const shown = differenceIn(desk.catalog(), tenant, document, facts);
  return { difference: shown, changes: facts.length, expect: digestOf(shown) };
}

function differenceIn(
  catalog: Catalog,
  tenant: string,
  document: Plain,
  facts: readonly CatalogFact[],
): EntryDifference[] {
  const read = validateDocument(document);
  return read.ok ? differenceOf(catalog, tenant, read.document, facts) : [];
}

function queryOf(request: HttpRequest): { dry_run: boolean; expect: string | null } {
  const { dry_run = "false", expect = null } = request.query as {
    readonly dry_run?: unknown;
    readonly expect?: unknown;
  };
  if (dry_run !== "true" && dry_run !== "false") {
    const detail = "it must be true or false";
    throw faulty([{ field: "dry_run", reason: "not_a_flag", detail }]);
  }
  if (expect !== null && (typeof expect !== "string" || !/^[0-9a-f]{64}$/.test(expect))) {
    const detail = "it must be what a dry run answered: 64 hex digits";
    throw faulty([{ field: "expect", reason: "not_a_digest", detail }]);
  }
  return { dry_run: dry_run === "true", expect };
}
