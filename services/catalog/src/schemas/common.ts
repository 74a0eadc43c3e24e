import {
  about,
  idText,
  type JsonSchema,
  listOf,
  named,
  nameText,
  orNull,
  output,
  text,
  time,
  whole,
  yesOrNo,
} from "@tallybook/service";

export const currencyCode: JsonSchema = {
  type: "string",
  pattern: "^[A-Z]{3}$",
  description: "ISO 4217.",
};
export const zoneName = about("Of the IANA time zone database.", text);
export const maybeId = orNull(idText);
export const maybeName = orNull(nameText);
export const maybeTime = orNull(time);
export const offset = whole(0, Number.MAX_SAFE_INTEGER);

export const noted = named(
  "Noted",
  output({
    catalog_offset: about(
      "The place of what was asked for: a cut with a higher catalog_offset has seen it.",
      offset,
    ),
  }),
);

export const applied = named(
  "Applied",
  output({
    changes: listOf(
      output({ kind: text, id: text }, { version: whole(1, 1_000_000), collection: text }),
    ),
    catalog_offset: about("Of the last change; null where there was none.", orNull(offset)),
    in_force: about("False while the cut that a new meter asks for is still to come.", yesOrNo),
  }),
);

/** 202 where a meter's cut is still to come. */
export const appliedAnswers = { 200: applied, 202: applied };

/** The last version, and all of them from the first on. */
export function versions(name: string, schema: JsonSchema): JsonSchema {
  return named(`${name}Versions`, {
    allOf: [schema, output({ versions: listOf(schema) })],
  });
}
