import { askWhy, NothingRated } from "@tallybook/audit";
import type { WhyCustomer, WhyEvent } from "@tallybook/audit";
import { Problem } from "@tallybook/service";

import { unavailable } from "./desk.ts";
import type { UsageDesk } from "./desk.ts";
import { questionOf } from "./question.ts";

/** Each reads the small topics whole, and may read more of the log. */
const atOnceMax = 2;
const nameMax = 255;

/** `GET /v1/why?name=`: why an event, or a customer's usage, is on an invoice or is not. */
export function createWhy({
  log,
  columns,
}: Pick<UsageDesk, "log" | "columns">): (
  tenant: string,
  query: unknown,
) => Promise<WhyEvent | WhyCustomer> {
  let underWay = 0;
  return async function answer(tenant, query) {
    const question = questionOf(query);
    const name = question.text("name") ?? "";
    const source = question.text("source");
    const as = question.text("as");
    if (name === "" || name.length > nameMax)
      question.refuse("name", "missing", "give the id of an event, or a customer");
    if (as !== undefined && as !== "event" && as !== "customer")
      question.refuse("as", "unknown_word", "say one of event, customer");
    question.done();
    if (underWay >= atOnceMax) throw unavailable("Others ask why at the moment: ask again.", 1);
    underWay += 1;
    try {
      return await askWhy(
        { log, columns, tenant },
        {
          name,
          ...(source === undefined ? {} : { source }),
          ...(as === "event" || as === "customer" ? { as } : {}),
        },
      );
    } catch (error) {
      if (!(error instanceof NothingRated)) throw error;
      throw new Problem({ status: 409, title: "Nothing is rated yet", detail: error.message });
    } finally {
      underWay -= 1;
    }
  };
}
