import { customerOf, customersOf, type Catalog } from "@tallybook/catalog";
import { currency as currencyOf } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import { described, listOf } from "@tallybook/service";
import { found, idOf, type Desk } from "../desk.ts";
import { applyOne } from "../orders/apply.ts";
import type { Order } from "../orders/order.ts";
import { typedCustomer, typedCustomerInput } from "../schemas/typed.ts";
import { jsonOf, readFields } from "./body.ts";
import type { Fields } from "./fields.ts";
import { makeId } from "./ids.ts";
import { idMade, objectMade, objectOf } from "./objects.ts";
import { accountTypes, typedTag } from "./words.ts";

/** `POST /admin/v1/customers` {display_name, email, currency, account_type}, the list of all, and one by its id. */
export function addTypedCustomerRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  const path = "/admin/v1/customers";
  const makes = described(admins, {
    summary: "Makes a customer, in the typed form",
    tag: typedTag,
    body: typedCustomerInput,
    answers: { 201: typedCustomer },
  });
  const lists = described(readers, {
    summary: "Lists the customers, in the typed form",
    tag: typedTag,
    answers: { 200: listOf(typedCustomer) },
  });
  const gets = described(readers, {
    summary: "Gets a customer, in the typed form",
    tag: typedTag,
    answers: { 200: typedCustomer },
  });

  server.post(path, makes, async (request, reply) => {
    const draft = readFields(jsonOf(request), readCustomer);
    const done = await desk.execute(request, createCustomer(makeId(), draft));
    const { tenant } = desk.callerOf(request);
    return reply.code(201).send(viewOf(desk.catalog(), tenant, idMade(done, "customers")));
  });
  server.get(path, lists, (request) => {
    const { tenant } = desk.callerOf(request);
    const all = customersOf(desk.catalog(), tenant);
    return all.map(({ customer }) => viewOf(desk.catalog(), tenant, customer));
  });
  server.get(`${path}/:id`, gets, (request) => {
    const { tenant } = desk.callerOf(request);
    return found(viewOf(desk.catalog(), tenant, idOf(request)), request);
  });
}

interface CustomerDraft {
  readonly display_name: string;
  readonly email: string | null;
  readonly currency: string;
  readonly account_type: (typeof accountTypes)[number];
}

function readCustomer(fields: Fields): CustomerDraft {
  const draft = {
    display_name: fields.name("display_name"),
    email: fields.nameOrNull("email"),
    currency: readCurrency(fields, "USD"),
    account_type: fields.oneOf("account_type", accountTypes) ?? "Organization",
  };
  if (draft.email !== null && !/^[^\s@]+@[^\s@]+$/.test(draft.email))
    fields.fault("email", "not_an_address", "it must be an address such as billing@example.com");
  return draft;
}

/** A code of ISO 4217, however its letters are cased. */
export function readCurrency(fields: Fields, fallback: string): string {
  const code = (fields.nameOrNull("currency") ?? fallback).toUpperCase();
  if (currencyOf(code) === undefined) {
    const detail = "it must be a currency code of ISO 4217, such as USD";
    fields.fault("currency", "unknown_currency", detail);
  }
  return code;
}

function createCustomer(id: string, draft: CustomerDraft): Order {
  const { display_name: name, currency, email, account_type } = draft;
  return (catalog, asked) => {
    const decided = applyOne("customers", { customer: id, name, currency })(catalog, asked);
    if (decided.kind !== "facts") return decided;
    const profile = objectMade("customers", id, { name, email, account_type }, asked);
    return { kind: "facts", facts: [...decided.facts, profile] };
  };
}

function viewOf(catalog: Catalog, tenant: string, id: string) {
  const customer = customerOf(catalog, tenant, id);
  if (customer === undefined) return undefined;
  const profile = objectOf(catalog, tenant, "customers", id)?.body;
  return {
    id,
    display_name: profile?.["name"] ?? customer.name,
    email: profile?.["email"] ?? null,
    currency: customer.currency,
    account_type: profile?.["account_type"] ?? "Organization",
    status: "Active",
    created_at: formatTime(customer.recorded_at),
  };
}
