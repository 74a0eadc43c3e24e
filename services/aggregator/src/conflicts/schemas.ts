import {
  about,
  type Description,
  listOf,
  named,
  nextPage,
  oneOf,
  orNull,
  output,
  pagingQuery,
  text,
  time,
  whole,
  yesOrNo,
} from "@tallybook/service";

const offset = whole(0, Number.MAX_SAFE_INTEGER);
const partition = whole(0, 65_535);

const content = named(
  "EventContent",
  output({
    type: text,
    customer: text,
    subscription: orNull(text),
    time: orNull(time),
    properties: { type: "object" },
  }),
);
const placed = output({
  partition,
  offset: about("In usage.raw.", whole(-1, Number.MAX_SAFE_INTEGER)),
  event: orNull(content),
});

const conflict = named(
  "Conflict",
  output({
    conflict: about("Partition and offset of the rejected event.", text),
    state: oneOf("open", "corrected", "dismissed"),
    customer: about("Of the rejected event.", text),
    source: text,
    id: text,
    target: about("Of a correction: the event that it is of.", orNull(text)),
    cut: about("Of the rejected event.", offset),
    accepted: about("What counts, unless it was corrected since.", placed),
    rejected: placed,
    corrections: about(
      "Accepted corrections of the event that came behind the conflict.",
      listOf(output({ id: text, retracts: yesOrNo, reason: text, partition, offset })),
    ),
    dismissal: orNull(
      output({
        reason: text,
        dismissed_by: about("Id of the API key that asked; not told to customers.", orNull(text)),
        dismissed_at: time,
      }),
    ),
    correction: about(
      "Send it to /v1/events, with a reason, and what was rejected counts. Null where it cannot: the event was taken back, or the rejected record is none. Not told to customers.",
      orNull({ type: "object" }),
    ),
  }),
);

export const conflictsRoute: Description = {
  summary: "Lists events that conflict with accepted ones: the same id with another content",
  about:
    "The first one counts. A key of the role customer is told of its customers' alone. Settle a conflict by a correction, or dismiss it with a reason. What was acknowledged a moment ago may not be decided yet.",
  tag: "Late usage",
  query: {
    ...pagingQuery,
    customer: about("Of that customer.", text),
    state: about("All unless given.", oneOf("open", "corrected", "dismissed")),
  },
  answers: { 200: named("Conflicts", output({ conflicts: listOf(conflict), next: nextPage })) },
};

export const conflictRoute: Description = {
  summary: "Gets a conflict, with both contents",
  tag: "Late usage",
  answers: { 200: conflict },
  problems: [404],
};
