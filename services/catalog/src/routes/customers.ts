import { approvals, customerOf, customersOf, type CustomerCreated } from "@tallybook/catalog";
import {
  described,
  filterOf,
  type Filters,
  flagFilter,
  optionFilter,
  textFilter,
  listOf,
  nextPage,
  output,
  pageOf,
} from "@tallybook/service";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { listQuery } from "../listed.ts";
import { momentQuery, notYet } from "../moments.ts";
import { applyOne } from "../orders/apply.ts";
import { reviseObject } from "../orders/objects.ts";
import { appliedAnswers } from "../schemas/common.ts";
import { customer, customerInput, customerRevision } from "../schemas/customers.ts";
import { customerView } from "../views.ts";

const tag = "Customers";

const customerFilters: Filters<ReturnType<typeof customerView>> = {
  parent: textFilter("The parts of that customer.", ({ parent }) => parent),
  email: textFilter("With that address.", ({ email }) => email),
  currency: textFilter("Billed in that currency.", ({ currency }) => currency),
  entity: textFilter("Invoiced in the name of that company.", ({ entity }) => entity),
  approval: optionFilter("How the approval stands.", approvals, ({ approval }) => approval),
  archived: flagFilter("Who is archived, or who is not.", ({ archived }) => archived),
};

export function addCustomerRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  const addsCustomer = described(admins, {
    summary: "Adds a customer, or says that it is there",
    tag,
    body: customerInput,
    answers: appliedAnswers,
  });
  const revises = described(admins, {
    summary: "Makes the customer what the body says",
    about: "What is left out stays, since several hands write customers; null takes it away.",
    tag,
    body: customerRevision,
    answers: appliedAnswers,
  });
  const lists = described(readers, {
    summary: "Lists the customers",
    tag,
    query: listQuery(customerFilters),
    answers: { 200: output({ customers: listOf(customer), next: nextPage }) },
  });
  const gets = described(readers, {
    summary: "Gets a customer",
    tag,
    query: momentQuery,
    answers: { 200: customer },
  });
  server.post("/v1/customers", addsCustomer, (request, reply) =>
    desk.applied(request, reply, applyOne("customers", bodyOf(request))),
  );
  server.put("/v1/customers/:id", revises, (request, reply) => {
    const order = reviseObject("customers", "customer", idOf(request), bodyOf(request));
    return desk.applied(request, reply, order);
  });
  server.get("/v1/customers", lists, (request) => {
    const { catalog, asOf } = desk.momentOf(request);
    const customers = customersOf(catalog, desk.callerOf(request).tenant).filter(
      ({ effective_at }) => effective_at <= (asOf ?? Infinity),
    );
    const viewOf = (each: CustomerCreated) => customerView(catalog, each, asOf);
    const isMeant = filterOf(request, customerFilters, viewOf);
    const { items, next } = pageOf(request, customers, (each) => each.customer, isMeant);
    return { customers: items.map(viewOf), next };
  });
  server.get("/v1/customers/:id", gets, (request) => {
    const { tenant } = desk.callerOf(request);
    const moment = desk.momentOf(request);
    const { catalog, asOf } = moment;
    const shown = found(customerOf(catalog, tenant, idOf(request)), request);
    if (shown.effective_at > (asOf ?? Infinity)) throw notYet(idOf(request), moment);
    return customerView(catalog, shown, asOf);
  });
}
