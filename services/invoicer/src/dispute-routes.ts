import type { Caller } from "@tallybook/catalog";
import { amountUnderDispute, nameKey, nextDispute, reportDisputes } from "@tallybook/invoice";
import type { Dispute, DisputeOutcome, InvoiceFinalized } from "@tallybook/invoice";
import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { described, Problem } from "@tallybook/service";
import type { Access, HttpRequest, HttpServer } from "@tallybook/service";

import { currentInvoices } from "./archive.ts";
import type { Archive } from "./archive.ts";
import type { Auditor } from "./auditor.ts";
import { readDispute, readSettlement } from "./dispute-body.ts";
import { disputeRoutes } from "./dispute-schemas.ts";
import { finalizedIn } from "./life-desk.ts";
import type { Orders } from "./orders.ts";

export interface DisputeDesk {
  readonly archive: () => Archive;
  readonly access: Access<Caller>;
  readonly orders: Pick<Orders, "dispute">;
  readonly auditor: Pick<Auditor, "replayed">;
  /** The deployment's clock. */
  readonly now: () => Micros;
}

/**
 * `POST /v1/invoices/{id}/disputes` opens one, with the line's replay; `GET` lists those of an invoice and what of it is under dispute;
 * `POST /v1/disputes/{id}/settle` ends one; `GET /v1/disputes` reports all.
 */
export function addDisputeRoutes(server: HttpServer, desk: DisputeDesk): void {
  const { access, archive, orders, auditor, now } = desk;
  const may = { onRequest: access.allow("finance", "admin") };
  const readers = { onRequest: access.allow("analyst", "auditor", "finance", "admin") };

  server.post(
    "/v1/invoices/:id/disputes",
    described(may, disputeRoutes.open),
    async (request, reply) => {
      const { tenant, api_key: actor } = access.callerOf(request);
      const invoice = finalizedIn(desk, request);
      const { line, amount, reason } = readDispute(request.body);
      const order = { line, ...(amount === null ? {} : { amount }) };
      const next = nextDispute(archive().disputes, invoice, order);
      if ("kind" in next) throw refusalOf(next, invoice);
      const { number, customer, currency } = invoice;
      await orders.dispute({
        kind: "DisputeOpened",
        dispute: next.dispute,
        tenant,
        invoice: invoice.invoice,
        number,
        customer,
        line,
        currency,
        amount: next.amount,
        reason,
        ...(await auditor.replayed(tenant, invoice.invoice, line)),
        actor,
        opened_at: now(),
      });
      return reply.code(201).send(disputeView(disputeOf(desk, request, next.dispute)));
    },
  );

  server.get(
    "/v1/invoices/:id/disputes",
    described(readers, disputeRoutes.ofInvoice),
    (request) => {
      const invoice = finalizedIn(desk, request);
      const own = disputesOf(archive(), invoice.tenant).filter(
        ({ opened }) => opened.invoice === invoice.invoice,
      );
      return {
        invoice: invoice.invoice,
        number: invoice.number,
        currency: invoice.currency,
        total: invoice.total,
        under_dispute: amountUnderDispute(own, invoice),
        disputes: own.map(disputeView),
      };
    },
  );

  server.post("/v1/disputes/:id/settle", described(may, disputeRoutes.settle), async (request) => {
    const { api_key: actor } = access.callerOf(request);
    const { opened, settled } = disputeOf(desk, request, idOf(request));
    const settlement = readSettlement(request.body);
    if (settled !== null) {
      if (settled.outcome === settlement.outcome && settled.reference === settlement.reference)
        return disputeView({ opened, settled });
      throw conflict(`The dispute was settled by ${settled.outcome} before.`);
    }
    const { dispute, tenant, invoice } = opened;
    if (settlement.outcome === "credit_note") refuseOtherNote(desk, opened, settlement.reference);
    await orders.dispute({
      kind: "DisputeSettled",
      dispute,
      tenant,
      invoice,
      ...settlement,
      actor,
      settled_at: now(),
    });
    return disputeView(disputeOf(desk, request, dispute));
  });

  server.get("/v1/disputes", described(readers, disputeRoutes.list), (request) => {
    const { tenant } = access.callerOf(request);
    const all = disputesOf(archive(), tenant);
    const invoices = currentInvoices(archive(), tenant).filter(
      ({ kind }) => kind === "InvoiceFinalized",
    ).length;
    return { report: reportDisputes(all, invoices, now()), disputes: all.map(disputeView) };
  });
}

/** Throws a Problem (422) where a reference is to no credit note of the disputed invoice. */
function refuseOtherNote(
  { archive }: DisputeDesk,
  { tenant, invoice, number, line }: Dispute["opened"],
  reference: string | null,
): void {
  const { notes, notesByNumber } = archive().receivables;
  const key = nameKey(tenant, reference ?? "");
  const note = notesByNumber.get(key) ?? notes.get(key);
  const then = `issue one (POST /v1/invoices/${number}/credit-notes), and refer to its number.`;
  if (note === undefined || note.direction !== "credit")
    throw unfit("reference", `There is no credit note ${reference}: ${then}`);
  if (note.invoice !== invoice || note.lines.every((each) => each.line !== line))
    throw unfit(
      "reference",
      `${note.note_number} credits nothing of line ${line} of ${number}: ${then}`,
    );
}

/** A dispute as its reader sees it. */
export interface DisputeView {
  readonly dispute: string;
  readonly status: "open" | "settled";
  readonly invoice: string;
  readonly number: string;
  readonly customer: string;
  readonly line: number;
  readonly currency: string;
  readonly amount: string;
  readonly reason: string;
  readonly replay: { readonly verdict: string; readonly detail: string; readonly digest: string };
  readonly opened_at: string;
  readonly settled: {
    readonly outcome: DisputeOutcome;
    readonly reason: string;
    readonly reference: string | null;
    readonly settled_at: string;
  } | null;
}

function disputeView({ opened, settled }: Dispute): DisputeView {
  const { dispute, invoice, number, customer, line, currency, amount, reason } = opened;
  return {
    dispute,
    status: settled === null ? "open" : "settled",
    invoice,
    number,
    customer,
    line,
    currency,
    amount,
    reason,
    replay: {
      verdict: opened.replay_verdict,
      detail: opened.replay_detail,
      digest: Buffer.from(opened.replay_digest).toString("hex"),
    },
    opened_at: formatTime(opened.opened_at),
    settled: settled && {
      outcome: settled.outcome,
      reason: settled.reason,
      reference: settled.reference,
      settled_at: formatTime(settled.settled_at),
    },
  };
}

function disputesOf({ disputes }: Archive, tenant: string): Dispute[] {
  return [...disputes.values()].filter(({ opened }) => opened.tenant === tenant);
}

/** Of the caller's tenant. */
function disputeOf({ archive, access }: DisputeDesk, request: HttpRequest, id: string): Dispute {
  const found = archive().disputes.get(id);
  if (found !== undefined && found.opened.tenant === access.callerOf(request).tenant) return found;
  throw new Problem({ status: 404, title: "Not Found", detail: `There is no dispute ${id}.` });
}

function refusalOf(
  refusal: Extract<ReturnType<typeof nextDispute>, { readonly kind: string }>,
  { number }: InvoiceFinalized,
): Problem {
  switch (refusal.kind) {
    case "no_line":
      return unfit("line", `${number} has lines 1 to ${refusal.lines}.`);
    case "amount":
      return unfit(
        "amount",
        `It must be a part of the line's ${refusal.max}, in minor units, and not 0.`,
      );
    case "open":
      return conflict(`The line is under dispute ${refusal.dispute}: settle it first.`);
  }
}

function unfit(field: string, detail: string): Problem {
  const errors = [{ field, reason: "out_of_range", detail }];
  return new Problem({
    status: 422,
    title: "Unfit dispute",
    detail: `${field}: ${detail}`,
    members: { errors },
  });
}

function conflict(detail: string): Problem {
  return new Problem({ status: 409, title: "Conflict", detail });
}

function idOf(request: HttpRequest): string {
  return (request.params as { readonly id: string }).id;
}
