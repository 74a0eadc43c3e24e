import { customerOf, customersOf } from "@tallybook/catalog";
import { currency as currencyOf } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import { applyOne } from "../orders/apply.ts";
import type { Order } from "../orders/order.ts";
import { typedCustomer, typedCustomerInput } from "../schemas/typed.ts";
import { readFields } from "./body.ts";
import type { Fields } from "./fields.ts";
import { idMade, objectAt, objectMade } from "./objects.ts";
import type { Resource } from "./resource.ts";
import { accountTypes } from "./words.ts";

/** `/admin/v1/customers` {display_name, email, currency, account_type} */
export const typedCustomers: Resource = {
  path: "/admin/v1/customers",
  one: "a customer",
  many: "customers",
  input: typedCustomerInput,
  output: typedCustomer,
  make: (json, id) => createCustomer(id, readFields(json, readCustomer)),
  idMade: (done) => idMade(done, "customers"),
  ids: (catalog, tenant) => customersOf(catalog, tenant).map(({ customer }) => customer),
  view(moment, tenant, id) {
    const customer = customerOf(moment.catalog, tenant, id);
    if (customer === undefined || customer.effective_at > (moment.asOf ?? Infinity))
      return undefined;
    const profile = objectAt(moment, tenant, "customers", id)?.body;
    return {
      id,
      display_name: profile?.["name"] ?? customer.name,
      email: profile?.["email"] ?? null,
      currency: customer.currency,
      account_type: profile?.["account_type"] ?? "Organization",
      status: "Active",
      created_at: formatTime(customer.recorded_at),
    };
  },
};

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
