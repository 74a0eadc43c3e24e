import { customerFieldsOf, customerOf, customersOf } from "@tallybook/catalog";
import { currency as currencyOf } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import { applyOne } from "../orders/apply.ts";
import { typedCustomer, typedCustomerInput } from "../schemas/typed.ts";
import { readFields } from "./body.ts";
import type { Fields } from "./fields.ts";
import { idMade } from "./objects.ts";
import type { Resource } from "./resource.ts";
import { accountTypes } from "./words.ts";

/** `/admin/v1/customers` {display_name, email, currency, account_type} */
export const typedCustomers: Resource = {
  path: "/admin/v1/customers",
  one: "a customer",
  many: "customers",
  input: typedCustomerInput,
  output: typedCustomer,
  make(json, id) {
    const { display_name: name, account_type, ...draft } = readFields(json, readCustomer);
    return applyOne("customers", { customer: id, name, ...draft, metadata: { account_type } });
  },
  idMade: (done) => idMade(done, "customers"),
  ids: (catalog, tenant) => customersOf(catalog, tenant).map(({ customer }) => customer),
  view(moment, tenant, id) {
    const customer = customerOf(moment.catalog, tenant, id);
    if (customer === undefined || customer.effective_at > (moment.asOf ?? Infinity))
      return undefined;
    const { name, email, currency, metadata, archived } = customerFieldsOf(
      moment.catalog,
      customer,
      moment.asOf,
    );
    return {
      id,
      display_name: name,
      email,
      currency,
      account_type: metadata["account_type"] ?? "Organization",
      status: archived ? "Archived" : "Active",
      created_at: formatTime(customer.recorded_at),
    };
  },
  filters: { email: "With that address.", status: "Active or Archived." },
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
