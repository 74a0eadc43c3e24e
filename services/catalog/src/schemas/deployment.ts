import {
  about,
  idText,
  input,
  listOf,
  named,
  oneOf,
  orNull,
  output,
  text,
  time,
  whole,
  wholeInput,
  yesOrNo,
} from "@tallybook/service";
import { sections } from "@tallybook/catalog";
import { customerInput } from "./customers.ts";
import { meterInput } from "./meters.ts";
import { objectSchemas } from "./objects.ts";
import { planInput } from "./plans.ts";
import { subscriptionInput } from "./subscriptions.ts";

export const catalogDocument = named(
  "CatalogDocument",
  input(
    {},
    {
      meters: listOf(meterInput),
      plans: listOf(planInput),
      customers: listOf(customerInput),
      subscriptions: listOf(subscriptionInput),
      ...Object.fromEntries(
        sections.map(({ collection, idField }) => [
          collection,
          listOf(objectSchemas(collection, idField).input),
        ]),
      ),
    },
  ),
);

/** As a document has it, each field with what it is. */
export const exportedDocument = named("ExportedDocument", {
  type: "object",
  additionalProperties: listOf({ type: "object" }),
});

const maybeText = orNull(text);

/** What a dry run answers. */
export const difference = named(
  "Difference",
  output({
    difference: listOf(
      output({
        section: text,
        id: text,
        change: oneOf("new", "changed", "same"),
        fields: listOf(output({ field: text, from: maybeText, to: maybeText })),
      }),
    ),
    changes: about("How many facts it would write.", whole(0, 1_000_000)),
    expect: about("A digest of it: given along, it makes sure that nothing else is applied.", text),
  }),
);

export const clock = named("Clock", output({ simulated: yesOrNo, time }));
export const clockInput = named(
  "ClockInput",
  input({ time: about("Not before the clock's.", time) }),
);
export const cutInput = named("CutInput", input({}, { reason: orNull(idText) }));

const secondsMax = 100 * 366 * 86_400;

/** Numbers of an answer, or what a request may write instead. */
function secondsBy(number: typeof whole) {
  const age = "How old an event may be; null: any age.";
  return {
    window_seconds: about(age, orNull(number(1, secondsMax))),
    ahead_seconds: number(0, secondsMax),
    grace_seconds: number(0, secondsMax),
    cut_interval_seconds: number(1, secondsMax),
  };
}

export const settings = named("Settings", output({ simulated: yesOrNo, ...secondsBy(whole) }));
export const settingsInput = named("SettingsInput", input({}, secondsBy(wholeInput)));
