import type { Caller } from "@tallybook/catalog";
import { about, described, listOf, output, text, time, whole } from "@tallybook/service";
import type { Access, Description, HttpRequest, HttpServer } from "@tallybook/service";

import type { createQuestions, UsageDesk } from "../usage/desk.ts";
import { currentUsage } from "./current-usage.ts";

const cents = { type: "integer" };

const currentUsageRoute: Description = {
  summary: "Tells what a customer's subscription has used in its running period, as Lago does",
  about: "Amounts are of usage alone, in the currency's minor unit; there are no taxes in them.",
  tag: "Lago",
  query: {
    external_subscription_id: about("The customer's only one unless given.", text),
    apply_taxes: about("Passed over.", text),
  },
  answers: {
    200: output({
      customer_usage: output({
        from_datetime: time,
        to_datetime: time,
        issuing_date: text,
        currency: text,
        amount_cents: cents,
        taxes_amount_cents: cents,
        total_amount_cents: cents,
        charges_usage: listOf(
          output({
            units: text,
            events_count: whole(0, Number.MAX_SAFE_INTEGER),
            amount_cents: cents,
            amount_currency: text,
            charge: output({ lago_id: text, charge_model: text }),
            billable_metric: output({ lago_id: text, name: text, code: text }),
          }),
        ),
      }),
    }),
  },
  problems: [400, 404, 422],
};

/** What Lago's clients ask. */
export function addLagoRoutes(
  server: HttpServer,
  desk: UsageDesk,
  given: {
    readonly access: Access<Caller>;
    readonly readers: { readonly onRequest: ((request: HttpRequest) => Promise<void>)[] };
    readonly answering: ReturnType<typeof createQuestions>;
  },
): void {
  const { access, readers, answering } = given;
  server.get(
    "/api/v1/customers/:customer/current_usage",
    described(readers, currentUsageRoute),
    (request: HttpRequest, reply) => {
      const { customer } = request.params as { readonly customer: string };
      const { tenant } = access.callerOf(request);
      const query = request.query as object;
      return answering(reply, (signal) => currentUsage(desk, { tenant, customer, query }, signal));
    },
  );
}
