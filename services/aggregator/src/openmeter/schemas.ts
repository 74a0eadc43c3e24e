import {
  about,
  Contents,
  type Description,
  type JsonSchema,
  listOf,
  named,
  oneOf,
  orNull,
  output,
  text,
  time,
  whole,
} from "@tallybook/service";

const tag = "OpenMeter";
const texts = listOf(text);
const windowSize = oneOf("MINUTE", "HOUR", "DAY", "MONTH");

const meter = named(
  "OpenMeterMeter",
  output(
    {
      id: text,
      slug: text,
      aggregation: oneOf("COUNT", "SUM", "MAX", "MIN", "AVG", "UNIQUE_COUNT", "LATEST"),
      eventType: text,
      createdAt: time,
      updatedAt: time,
    },
    {
      name: text,
      valueProperty: text,
      groupBy: { type: "object", additionalProperties: text },
    },
  ),
);

const subject = named(
  "OpenMeterSubject",
  output({ id: text, key: text, displayName: text, createdAt: time, updatedAt: time }),
);

const event = named(
  "OpenMeterIngestedEvent",
  output(
    {
      event: output({
        specversion: { const: "1.0" },
        id: text,
        source: text,
        type: text,
        subject: text,
        time,
        data: { type: "object", additionalProperties: text },
      }),
      ingestedAt: time,
      storedAt: time,
    },
    { customerId: text, validationError: text },
  ),
);

const result = named(
  "OpenMeterQueryResult",
  output(
    {
      data: listOf(
        output(
          {
            value: { type: "number" },
            windowStart: time,
            windowEnd: time,
            subject: orNull(text),
            groupBy: { type: "object", additionalProperties: text },
          },
          { customerId: text },
        ),
      ),
    },
    { from: time, to: time, windowSize },
  ),
);

const answered: Description["answers"] = {
  200: new Contents({ "application/json": result, "text/csv": text }),
};

const span = {
  from: about("The first usage unless given.", time),
  to: about("Exclusive; now unless given.", time),
};

const asked: Readonly<Record<string, JsonSchema>> = {
  ...span,
  windowSize: about("One for all of it unless given.", windowSize),
  windowTimeZone: about("Of the IANA database; UTC unless given.", text),
  subject: about("Customers that are meant; they are told apart.", texts),
  filterCustomerId: about("The same, told apart as `customerId`.", texts),
  groupBy: about("`subject`, `customer_id` or dimensions of the meter.", texts),
};

const clientId = about("Passed over.", text);

/** What the document says of OpenMeter's paths, where they are questions. */
export const routes = {
  meters: { summary: "Lists meters as OpenMeter does", tag, answers: { 200: listOf(meter) } },
  meter: {
    summary: "Gets a meter as OpenMeter does",
    tag,
    answers: { 200: meter },
    problems: [404],
  },
  query: {
    summary: "Tells a meter's usage as OpenMeter does",
    about:
      "As JSON, or as CSV where `Accept` says `text/csv`. Windows are whole ones. A parameter `filterGroupBy[NAME]` leaves usage alone of which that dimension is so. The header `Tallybook-Complete` says whether everything is counted that was acknowledged before.",
    tag,
    query: { ...asked, clientId },
    answers: answered,
    problems: [400, 404, 422],
  },
  queryInBody: {
    summary: "Tells a meter's usage as OpenMeter does, asked in a body",
    tag,
    body: output(
      {},
      {
        ...asked,
        clientId,
        filterGroupBy: { type: "object", additionalProperties: texts },
      },
    ),
    answers: answered,
    problems: [400, 404, 422],
  },
  subjectsOfMeter: {
    summary: "Lists whose usage a meter has, as OpenMeter does",
    tag,
    query: span,
    answers: { 200: texts },
    problems: [400, 404, 422],
  },
  values: {
    summary: "Lists the values of a meter's dimension, as OpenMeter does",
    tag,
    query: span,
    answers: { 200: texts },
    problems: [400, 404, 422],
  },
  subjects: {
    summary: "Lists customers as OpenMeter's subjects",
    tag,
    answers: { 200: listOf(subject) },
  },
  subject: {
    summary: "Gets a customer as OpenMeter's subject",
    tag,
    answers: { 200: subject },
    problems: [404],
  },
  events: {
    summary: "Lists accepted events as OpenMeter does, the latest first",
    tag,
    query: {
      id: text,
      subject: text,
      customerId: texts,
      from: time,
      to: about("Exclusive.", time),
      ingestedAtFrom: time,
      ingestedAtTo: about("Exclusive.", time),
      limit: about("100 unless given.", whole(1, 100)),
      clientId,
    },
    answers: { 200: listOf(event) },
    problems: [400],
  },
  eventPages: {
    summary: "Lists accepted events page by page as OpenMeter does, the latest first",
    tag,
    query: {
      cursor: about("`nextCursor` of the page before.", text),
      limit: about("100 unless given.", whole(1, 100)),
      filter: about(
        "JSON: `$eq` or `$in` of id, source, type, subject and customerId; `$gte`, `$gt`, `$lt` or `$lte` of time and ingestedAt.",
        text,
      ),
      clientId,
    },
    answers: { 200: output({ items: listOf(event) }, { nextCursor: text }) },
    problems: [400],
  },
} as const satisfies Readonly<Record<string, Description>>;
