import { isCountry } from "@tallybook/catalog";
import type { Caller, Catalog } from "@tallybook/catalog";
import { checkMarket } from "@tallybook/invoice";
import type { Micros } from "@tallybook/periods";
import {
  about,
  described,
  type Description,
  listOf,
  named,
  output,
  text,
  unfit,
  yesOrNo,
} from "@tallybook/service";
import type { Access, HttpServer } from "@tallybook/service";

const description = {
  summary: "Checks whether sales into a country can be invoiced",
  about:
    "Entity, tax owner, tax, evidence of the customers' status, activation and a sample invoice. Of evidence only where it lies, who has looked at it and when.",
  tag: "Markets",
  answers: {
    200: named(
      "MarketCheck",
      output({
        country: text,
        ready: about("Nothing is missing.", yesOrNo),
        rows: listOf(
          output({
            what: text,
            found: text,
            missing: about("What to do; empty where nothing is missing.", text),
          }),
        ),
      }),
    ),
  },
} as const satisfies Description;

/** `GET /v1/markets/{country}/check`: what `tally market check` prints. */
export function addMarketRoute(
  server: HttpServer,
  desk: {
    readonly access: Access<Caller>;
    readonly known: () => Catalog;
    readonly now: () => Micros;
  },
): void {
  const { access, known, now } = desk;
  const readers = { onRequest: access.allow("analyst", "auditor", "finance", "admin") };
  server.get("/v1/markets/:id/check", described(readers, description), (request) => {
    const { id: country } = request.params as { readonly id: string };
    if (!isCountry(country)) throw unfit("id", "it must be a country of ISO 3166-1, such as DE");
    return checkMarket(known(), { tenant: access.callerOf(request).tenant, country }, now());
  });
}
