import {
  about,
  type Description,
  listOf,
  named,
  nextPage,
  oneOf,
  orNull,
  output,
  text,
  time,
  whole,
} from "@tallybook/service";

const said = {
  rejected: about("Partition and offset of the record in usage.raw.", text),
  verdict: oneOf("refused", "conflict"),
  reason: text,
  field: orNull(text),
  detail: text,
  cut: whole(0, Number.MAX_SAFE_INTEGER),
  source: orNull(text),
  id: orNull(text),
  type: orNull(text),
  customer: orNull(text),
};

export const rejectedRoute: Description = {
  summary: "Lists what was sent and does not count, the latest first",
  about:
    "As the mirror of usage.rejected has it, seconds behind the decisions. Repeats of what counts are not among it.",
  tag: "Usage",
  query: {
    verdict: oneOf("refused", "conflict"),
    reason: text,
    customer: text,
    limit: about("Of one page; 100 unless given.", whole(1, 1_000)),
    after: about("`next` of the page before.", text),
  },
  answers: {
    200: named(
      "RejectedPage",
      output({ rejected: listOf(named("Rejected", output(said))), next: nextPage }),
    ),
  },
  problems: [400],
};

export const rejectedOneRoute: Description = {
  summary: "Gets a record that does not count, with what was sent",
  tag: "Usage",
  answers: {
    200: named(
      "RejectedRecord",
      output({
        ...said,
        door: orNull(text),
        api_key: orNull(text),
        received_at: orNull(time),
        content: about(
          "As it came, 64 KiB at most; of a record that is an event that one. Null where it is no text.",
          orNull(text),
        ),
        again: about(
          "The request that sends it again; null where it cannot be made of what is kept.",
          orNull(output({ path: text, content_type: text, body: text })),
        ),
      }),
    ),
  },
  problems: [404],
};
