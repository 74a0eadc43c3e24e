import {
  decimal,
  idText,
  input,
  type JsonSchema,
  listOf,
  named,
  nameText,
  oneOf,
  orNull,
  output,
  text,
  time,
  whole,
  wholeInput,
  yesOrNo,
} from "@tallybook/service";
import { maybeId, maybeTime } from "./common.ts";

const aggregation = oneOf(
  "sum",
  "count",
  "max",
  "min",
  "latest",
  "unique",
  "average",
  "weighted_sum",
  "percentile",
  "composite",
);
const slot = oneOf("hour", "quarter_hour");
const history = oneOf("fill", "none");
const held = orNull(oneOf("changes", "levels"));
const combining = orNull(oneOf("sum", "max", "latest"));

const terms = {
  event_type: maybeId,
  value_property: maybeId,
  filter: listOf(input({ property: idText, any_of: listOf(idText, { minItems: 1 }) })),
  dimensions: listOf(nameText, { uniqueItems: true }),
  rounding: orNull(
    input({ mode: oneOf("half_up", "ceiling", "floor") }, { decimals: orNull(wholeInput(0, 12)) }),
  ),
  slot: orNull(slot),
  currency: orNull(text),
  held,
  percent: orNull(decimal),
  sample_seconds: orNull(wholeInput(1, 3_600)),
  combining,
  parts: listOf(input({ meter: nameText }, { weight: orNull(decimal) })),
  group_property: maybeId,
  effective_at: maybeTime,
  history: orNull(history),
  archived: orNull(yesOrNo),
};

/** Which fields go together says docs/meters.md; an unfit one is refused with what to do. */
export const meterInput = named("MeterInput", input({ meter: nameText, aggregation }, terms));

/** Of the meter that the path names. */
export const meterRevision = named(
  "MeterRevision",
  input({ aggregation }, { ...terms, meter: nameText }),
);

const maybeText: JsonSchema = { type: ["string", "null"] };

export const meter = named(
  "Meter",
  output({
    meter: text,
    version: whole(1, 1_000_000),
    event_type: text,
    aggregation,
    value_property: maybeText,
    filter: listOf(output({ property: text, any_of: listOf(text) })),
    dimensions: listOf(text),
    rounding: orNull(output({ mode: text, decimals: whole(0, 12) })),
    slot,
    currency: maybeText,
    held,
    percent: maybeText,
    sample_seconds: orNull(whole(1, 3_600)),
    combining,
    parts: listOf(output({ meter: text, weight: text })),
    group_property: maybeText,
    effective_at: time,
    history,
  }),
);

/** With what the meter is besides how it measures. */
export const wholeMeter = named("WholeMeter", {
  allOf: [meter, output({ archived: yesOrNo })],
});

export const meterVersions = named("MeterVersions", {
  allOf: [wholeMeter, output({ versions: listOf(meter) })],
});
