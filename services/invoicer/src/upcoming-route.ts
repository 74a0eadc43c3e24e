import type { Parked } from "@tallybook/journal";
import { renderInvoice, taxedDraft } from "@tallybook/invoice";
import type { InvoiceDocument, Upcoming } from "@tallybook/invoice";
import { formatTime } from "@tallybook/periods";
import {
  about,
  described,
  type Description,
  listOf,
  named,
  orNull,
  output,
  Problem,
  queryText,
  refuseOthers,
  text,
  time,
  unfit,
  whole,
} from "@tallybook/service";
import type { HttpServer } from "@tallybook/service";

import type { Auditor } from "./auditor.ts";
import type { BillingDesk } from "./billing-routes.ts";
import { invoiceSchema } from "./schemas.ts";

const route: Description = {
  summary: "Says what a customer's next invoices stand to come to",
  about:
    "As if all running periods were over at the last cut and nothing else were used: whole fees, what is used so far, less what was billed before, and what waits for the next invoice. Nothing is posted or numbered, and the next cut tells something else. Drafts that were written, as by a hold, are in the list of invoices.",
  tag: "Invoices",
  query: {
    customer: about("Whose; it must be given.", { type: "string", minLength: 1 }),
    subscription: about("Only those that hold anything of it.", { type: "string", minLength: 1 }),
  },
  answers: {
    200: named(
      "UpcomingInvoices",
      output({
        provisional: about("Always true.", { type: "boolean" }),
        complete_to: about("Usage is counted up to that cut; null before the first.", orNull(time)),
        cut: orNull(whole(0, Number.MAX_SAFE_INTEGER)),
        invoices: about(
          "As drafts: with their taxes, where those can be told without asking anybody outside.",
          listOf(invoiceSchema),
        ),
        parked: about(
          "Charges that cannot be rated, and are on none.",
          listOf(output({ subscription: text, price: text, reason: text })),
        ),
      }),
    ),
  },
};

/** `GET /v1/invoices/upcoming?customer=&subscription=`. */
export function addUpcomingRoute(
  server: HttpServer,
  desk: Pick<BillingDesk, "access"> & {
    readonly auditor: Pick<Auditor, "upcoming">;
    readonly customerOf: (tenant: string, customer: string) => unknown;
  },
): void {
  const { access, auditor, customerOf } = desk;
  const readers = { onRequest: access.allow("analyst", "auditor", "finance", "admin") };
  server.get("/v1/invoices/upcoming", described(readers, route), async (request) => {
    refuseOthers(request);
    const { tenant } = access.callerOf(request);
    const customer = queryText(request, "customer");
    if (customer === undefined) throw unfit("customer", "say whose invoices");
    if (customerOf(tenant, customer) === undefined) throw nobody(customer);
    const subscription = queryText(request, "subscription");
    const { cut, complete_to, invoices, parked } = await auditor.upcoming(tenant, customer);
    const isMeant = (of: InvoiceDocument) =>
      subscription === undefined ||
      of.subscription === subscription ||
      of.parts.some((part) => part.subscription === subscription);
    return {
      provisional: true,
      complete_to: complete_to === null ? null : formatTime(complete_to),
      cut,
      invoices: invoices.map(documentOf).filter(isMeant),
      parked: parked.map(parkedView),
    };
  });
}

function documentOf({ draft, tax }: Upcoming): InvoiceDocument {
  if (tax.kind !== "told") return renderInvoice(draft);
  return { ...renderInvoice(taxedDraft(draft, tax)), status: "draft", number: null };
}

function parkedView({ subscription, price, reason }: Parked): object {
  return { subscription, price, reason };
}

function nobody(customer: string): Problem {
  const detail = `There is no customer ${customer}.`;
  return new Problem({ status: 404, title: "Not Found", detail });
}
