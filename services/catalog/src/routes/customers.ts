import { customerOf, customersOf } from "@tallybook/catalog";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { applyOne } from "../orders/apply.ts";
import { customerView } from "../views.ts";

export function addCustomerRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  server.post("/v1/customers", admins, (request, reply) =>
    desk.applied(request, reply, applyOne("customers", bodyOf(request))),
  );
  server.get("/v1/customers", readers, (request) => ({
    customers: customersOf(desk.catalog(), desk.callerOf(request).tenant).map(customerView),
  }));
  server.get("/v1/customers/:id", readers, (request) => {
    const { tenant } = desk.callerOf(request);
    return customerView(found(customerOf(desk.catalog(), tenant, idOf(request)), request));
  });
}
