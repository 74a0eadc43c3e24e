import { customerOf, customersOf } from "@tallybook/catalog";
import { described, listOf, nextPage, output, pageOf, pagingQuery } from "@tallybook/service";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { momentQuery, notYet } from "../moments.ts";
import { applyOne } from "../orders/apply.ts";
import { appliedAnswers } from "../schemas/common.ts";
import { customer, customerInput } from "../schemas/customers.ts";
import { customerView } from "../views.ts";

const tag = "Customers";

export function addCustomerRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  const addsCustomer = described(admins, {
    summary: "Adds a customer, or says that it is there",
    tag,
    body: customerInput,
    answers: appliedAnswers,
  });
  const lists = described(readers, {
    summary: "Lists the customers",
    tag,
    query: { ...pagingQuery, ...momentQuery },
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
  server.get("/v1/customers", lists, (request) => {
    const { catalog, asOf } = desk.momentOf(request);
    const customers = customersOf(catalog, desk.callerOf(request).tenant).filter(
      ({ effective_at }) => effective_at <= (asOf ?? Infinity),
    );
    const { items, next } = pageOf(request, customers, (each) => each.customer);
    return { customers: items.map((each) => customerView(catalog, each, asOf)), next };
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
