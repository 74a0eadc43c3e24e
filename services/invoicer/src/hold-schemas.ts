import {
  about,
  type Description,
  filterQuery,
  type Filters,
  idText,
  input,
  listOf,
  named,
  nextPage,
  oneOf,
  optionFilter,
  orNull,
  output,
  pagingQuery,
  text,
  time,
} from "@tallybook/service";

import { reasonText } from "./payment-schemas.ts";

/** A hold as its reader sees it. */
export interface HoldView {
  readonly hold: string;
  readonly status: "held" | "released";
  readonly customer: string | null;
  readonly invoice: string | null;
  readonly reason: string;
  readonly placed_at: string;
  readonly released: { readonly reason: string; readonly released_at: string } | null;
}

/** What the list of holds can be narrowed by. */
export const holdFilters: Filters<HoldView> = {
  status: optionFilter("held or released.", ["held", "released"], ({ status }) => status),
};

const hold = named(
  "Hold",
  output({
    hold: text,
    status: oneOf("held", "released"),
    customer: about("Null: everybody's.", orNull(text)),
    invoice: about("Only this draft.", orNull(text)),
    reason: text,
    placed_at: time,
    released: orNull(output({ reason: text, released_at: time })),
  }),
);

const tag = "Holds";

/** What the document says of each route. */
export const holdRoutes = {
  place: {
    summary: "Lets invoices wait as drafts until somebody has looked at them",
    about: "A customer's, one draft, or all that the tenant makes from now on.",
    tag,
    body: named(
      "HoldOrder",
      input(
        {
          hold: about("An id of your own: the same hold counts once.", idText),
          reason: reasonText,
        },
        { customer: idText, invoice: about("Id of a draft.", idText) },
      ),
    ),
    answers: { 201: hold },
    problems: [404, 409, 422],
  },
  release: {
    summary: "Releases a hold: its drafts may be finalized",
    tag,
    body: named("HoldRelease", input({ reason: reasonText })),
    answers: { 200: hold },
    problems: [409, 422],
  },
  list: {
    summary: "Lists holds, in the order in which they were placed",
    tag,
    query: { ...pagingQuery, ...filterQuery(holdFilters) },
    answers: { 200: named("HoldList", output({ holds: listOf(hold), next: nextPage })) },
  },
} as const satisfies Readonly<Record<string, Description>>;
