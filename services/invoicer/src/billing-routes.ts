import type { Caller } from "@tallybook/catalog";
import { holdOf, renderInvoice, taxedDraft } from "@tallybook/invoice";
import type { InvoiceDocument, InvoiceDrafted, InvoiceFact, Residual } from "@tallybook/invoice";
import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { described, Problem, unfit } from "@tallybook/service";
import type { Access, HttpRequest, HttpServer } from "@tallybook/service";

import type { Auditor } from "./auditor.ts";
import { draftsOf, findInvoice } from "./archive.ts";
import type { Archive } from "./archive.ts";
import type { CatalogDesk } from "./catalog-desk.ts";
import type { Orders } from "./orders.ts";
import type { Passing } from "./passing.ts";
import { archiveAsked } from "./moments.ts";
import type { DraftTold, TaxDesk } from "./tax-desk.ts";
import { invoiceRoutes } from "./schemas.ts";

const billedMsMax = 30_000;

/** What was billed because somebody asked for it. */
export interface Billed {
  readonly subscription: string;
  /** The drafts of it; empty where nothing is new since the last bill. */
  readonly invoices: readonly InvoiceDocument[];
  /** False: it takes longer than half a minute, and its drafts come to the list of invoices. */
  readonly complete: boolean;
  /** Of the request. */
  readonly catalog_offset: number;
}

/** What the routes that bill need. */
export interface BillingDesk {
  readonly archive: () => Archive;
  readonly access: Access<Caller>;
  readonly passing: Passing;
  readonly orders: Orders;
  readonly catalog: CatalogDesk;
  readonly auditor: Auditor;
  /** Whether a draft is of a period that is billed in shadow. */
  readonly isInShadow: (draft: InvoiceDrafted) => boolean;
  /** The deployment's clock. */
  readonly now: () => Micros;
  readonly taxes: TaxDesk;
}

/**
 * `POST /v1/subscriptions/{id}/bill` bills what a subscription has used of its running period, and answers when its draft is there;
 * `POST /v1/invoices/{id}/finalize` gives a draft its number; `POST /v1/invoices/{id}/calculate-tax` says the tax on it.
 */
export function addBillingRoutes(server: HttpServer, desk: BillingDesk): void {
  const may = { onRequest: desk.access.allow("finance", "admin") };
  server.post(
    "/v1/subscriptions/:id/bill",
    described(may, invoiceRoutes.bill),
    async (request, reply) => {
      const billed = await billNow(desk, request, idOf(request));
      return reply.code(billed.complete ? 200 : 202).send(billed);
    },
  );
  server.post(
    "/v1/invoices/:id/finalize",
    described(may, invoiceRoutes.finalize),
    async (request) =>
      renderInvoice(await finalizeNow(desk, request, idOf(request), overrideIn(request))),
  );
  server.post(
    "/v1/invoices/:id/calculate-tax",
    described(may, invoiceRoutes.calculateTax),
    async (request) => {
      const taxed = await withTaxes(desk, invoiceOf(desk, request, idOf(request)));
      const { invoice, currency, total, tax, lines, taxes } = taxed;
      return { invoice, currency, total, tax, lines, taxes };
    },
  );
}

/** Has a subscription billed, and waits for its drafts as long as one may wait. */
export async function billNow(
  { catalog, passing, archive, access }: BillingDesk,
  request: HttpRequest,
  subscription: string,
): Promise<Billed> {
  const { tenant } = access.callerOf(request);
  const catalog_offset = await catalog.requestBilling(subscription, request.headers);
  const step = await passing.stepThatSaw(catalog_offset, billedMsMax);
  const drafts = step === undefined ? [] : draftsOf(archive(), { tenant, subscription }, step);
  const invoices = drafts.map(renderInvoice);
  return { subscription, invoices, complete: step !== undefined, catalog_offset };
}

/**
 * The invoice that a draft becomes; one that is finalized already as it is. Throws a Problem (409) where the draft does not come out
 * again from the log, unless somebody overrides that with a reason, which is written down with it; for one in shadow, whoever asks; and
 * where nobody can tell its tax.
 */
export async function finalizeNow(
  desk: BillingDesk,
  request: HttpRequest,
  id: string,
  reason?: string,
): Promise<InvoiceFact> {
  const draft = invoiceOf(desk, request, id);
  if (draft.kind === "InvoiceFinalized") return draft;
  if (desk.isInShadow(draft)) throw inShadow(draft);
  const { tenant, invoice } = draft;
  const asked_at = desk.now();
  refuseHeld(desk, request, id);
  const told = await tell(desk, draft, asked_at);
  const residuals = await residualsOrNone(desk, { tenant, invoice }, reason);
  if (residuals.length > 0 && reason === undefined)
    throw new Problem({
      status: 409,
      title: "Does not reconcile",
      detail: `The draft does not come out again from the log: ${residuals[0]?.name}, ${residuals[0]?.residual}. \`tally replay ${invoice}\` shows all of it; finalize with override=REASON to take it upon yourself.`,
      members: { residuals },
    });
  const { api_key: actor } = desk.access.callerOf(request);
  const overridden = {
    kind: "FinalizationOverridden" as const,
    tenant,
    invoice,
    residuals,
    reason: reason ?? "",
    actor,
    overridden_at: desk.now(),
  };
  await desk.orders.finalize({
    tenant,
    invoice,
    asked_at,
    ...(told.kind === "calculated" ? { calculated: told.fact } : {}),
    ...(residuals.length === 0 ? {} : { overridden }),
  });
  // Somebody may have placed a hold in between.
  refuseHeld(desk, request, id);
  const made = invoiceOf(desk, request, id);
  // What the catalog says of its taxes has changed in between.
  if (made.kind === "InvoiceDrafted") throw changed(made);
  return made;
}

/** An invoice as it is, and a draft as it would be with its taxes. Throws a Problem (409) where nobody can tell them. */
export async function withTaxes(desk: BillingDesk, invoice: InvoiceFact): Promise<InvoiceDocument> {
  if (invoice.kind === "InvoiceFinalized") return renderInvoice(invoice);
  const told = await tell(desk, invoice, desk.now());
  const taxes = told.kind === "told" ? told : { basis: told.basis, on: [], given: told.fact.taxes };
  return { ...renderInvoice(taxedDraft(invoice, taxes)), status: "draft", number: null };
}

async function tell(
  { taxes }: BillingDesk,
  draft: InvoiceDrafted,
  asked_at: Micros,
): Promise<Exclude<DraftTold, { kind: "unknown" }>> {
  const told = await taxes.tell(draft, asked_at);
  if (told.kind !== "unknown") return told;
  throw new Problem({
    status: 409,
    title: "Tax unknown",
    detail: `The tax of draft ${draft.invoice} cannot be told: ${told.reason}.`,
  });
}

function changed({ invoice }: InvoiceDrafted): Problem {
  const detail = `What the catalog says of the taxes of draft ${invoice} has changed meanwhile: send it again.`;
  return new Problem({ status: 409, title: "Tax changed", detail });
}

/** Throws a Problem (409) for a draft that somebody wants to look at first. */
function refuseHeld(desk: BillingDesk, request: HttpRequest, id: string): void {
  const draft = invoiceOf(desk, request, id);
  const hold = holdOf(desk.archive().receivables.holds, draft);
  if (hold === undefined || draft.kind === "InvoiceFinalized") return;
  throw new Problem({
    status: 409,
    title: "On hold",
    detail: `The draft is on hold ${hold.hold} (${hold.reason}): release it first, by POST /v1/holds/${hold.hold}/release with a reason.`,
  });
}

/** Who overrides does so even where nobody can say what does not reconcile. */
async function residualsOrNone(
  { auditor }: BillingDesk,
  { tenant, invoice }: { readonly tenant: string; readonly invoice: string },
  reason: string | undefined,
): Promise<readonly Residual[]> {
  try {
    return await auditor.residualsOf(tenant, invoice);
  } catch (error) {
    if (reason === undefined || !(error instanceof Problem)) throw error;
    return [{ name: "replay", what: "the draft", residual: error.message }];
  }
}

function overrideIn(request: HttpRequest): string | undefined {
  const { override } = request.query as { readonly override?: unknown };
  if (override === undefined) return undefined;
  if (typeof override === "string" && override.trim() !== "" && override.length <= reasonMax)
    return override;
  throw unfit("override", `it must be given once: the reason, in 1 to ${reasonMax} characters`);
}

const reasonMax = 1_000;

/** An invoice or draft of the caller's tenant, by id or number; throws a Problem (404) where there is none. */
export function invoiceOf(
  { archive, access }: Pick<BillingDesk, "archive" | "access">,
  request: HttpRequest,
  id: string,
): InvoiceFact {
  return found(archive(), access.callerOf(request).tenant, id);
}

/** The same as a GET asks about it by `as_of` and `known_at`. */
export function invoiceAsked(
  { archive, access }: Pick<BillingDesk, "archive" | "access">,
  request: HttpRequest,
  id: string,
): InvoiceFact {
  const { tenant } = access.callerOf(request);
  const then = findInvoice(archiveAsked(archive(), tenant, request), tenant, id);
  if (then !== undefined) return then;
  const now = found(archive(), tenant, id);
  const detail = `Invoice ${now.invoice} is of a later cut: ask for a later as_of and known_at.`;
  throw new Problem({ status: 404, title: "Not Found", detail });
}

function found(archive: Archive, tenant: string, id: string): InvoiceFact {
  const invoice = findInvoice(archive, tenant, id);
  if (invoice !== undefined) return invoice;
  throw new Problem({ status: 404, title: "Not Found", detail: `There is no invoice ${id}.` });
}

function inShadow({ invoice, period_from }: InvoiceDrafted): Problem {
  const detail = `Draft ${invoice} is of a period that is billed in shadow (it begins at ${formatTime(period_from)}): it never gets a number.`;
  return new Problem({ status: 409, title: "Conflict", detail });
}

function idOf(request: HttpRequest): string {
  return (request.params as { readonly id: string }).id;
}
