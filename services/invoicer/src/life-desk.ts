import type { Caller, CustomerCreated } from "@tallybook/catalog";
import type { InvoiceFinalized, LifeFact, LifeOrder } from "@tallybook/invoice";
import type { TransactionPosted } from "@tallybook/journal";
import type { Micros } from "@tallybook/periods";
import { Problem } from "@tallybook/service";
import type { Access, HttpRequest } from "@tallybook/service";

import type { Archive } from "./archive.ts";
import { invoiceOf } from "./billing-routes.ts";
import type { readerOf } from "./body.ts";
import { problemOf } from "./life-problem.ts";
import type { Orders } from "./orders.ts";

/** What the routes about the life of invoices need. */
export interface LifeDesk {
  readonly archive: () => Archive;
  readonly access: Access<Caller>;
  readonly orders: Pick<Orders, "life">;
  readonly customerOf: (tenant: string, customer: string) => CustomerCreated | undefined;
  /** What the journal has posted for an invoice by now. */
  readonly transactionsOf: (invoice: InvoiceFinalized) => Promise<readonly TransactionPosted[]>;
  /** The deployment's clock. */
  readonly now: () => Micros;
}

/** Has an order decided; the fact that it is done by, null where only the state of an invoice says so. Throws a Problem where it is refused. */
export async function decided(
  { orders }: Pick<LifeDesk, "orders">,
  order: LifeOrder,
): Promise<LifeFact | null> {
  const decision = await orders.life(order);
  if (decision.kind === "refused") throw problemOf(decision);
  return decision.fact;
}

/** The invoice that a path names, by id or number; throws a Problem: 404 where there is none, 409 for a draft. */
export function finalizedIn(
  desk: Pick<LifeDesk, "archive" | "access">,
  request: HttpRequest,
): InvoiceFinalized {
  const invoice = invoiceOf(desk, request, idIn(request));
  if (invoice.kind === "InvoiceFinalized") return invoice;
  throw new Problem({
    status: 409,
    title: "Conflict",
    detail:
      "It is a draft, which asks nobody for money yet: what is wrong with it is mended before it is finalized.",
  });
}

/** Customer and currency of a body, which have to go together. */
export function customerIn(
  { customerOf }: Pick<LifeDesk, "customerOf">,
  tenant: string,
  read: ReturnType<typeof readerOf>,
): { readonly customer: string; readonly currency: string } {
  const [customer, currency] = [read.id("customer"), read.id("currency")];
  const known = customer === "" ? undefined : customerOf(tenant, customer);
  if (customer !== "" && known === undefined)
    read.refuse("customer", `there is no customer ${customer}`);
  if (known !== undefined && currency !== "" && known.currency !== currency)
    read.refuse(
      "currency",
      `${customer} is billed in ${known.currency}: say what it is in ${known.currency}, of a payment what the bank made of it`,
    );
  return { customer, currency };
}

/** What a path names. */
export function idIn(request: HttpRequest): string {
  return (request.params as { readonly id: string }).id;
}
