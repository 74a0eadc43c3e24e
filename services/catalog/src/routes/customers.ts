import { customerOf, customersOf } from "@tallybook/catalog";
import { described, listOf, output } from "@tallybook/service";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
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
    problems: [409],
  });
  const lists = described(readers, {
    summary: "Lists the customers",
    tag,
    answers: { 200: output({ customers: listOf(customer) }) },
  });
  const gets = described(readers, { summary: "Gets a customer", tag, answers: { 200: customer } });
  server.post("/v1/customers", addsCustomer, (request, reply) =>
    desk.applied(request, reply, applyOne("customers", bodyOf(request))),
  );
  server.get("/v1/customers", lists, (request) => ({
    customers: customersOf(desk.catalog(), desk.callerOf(request).tenant).map(customerView),
  }));
  server.get("/v1/customers/:id", gets, (request) => {
    const { tenant } = desk.callerOf(request);
    return customerView(found(customerOf(desk.catalog(), tenant, idOf(request)), request));
  });
}
