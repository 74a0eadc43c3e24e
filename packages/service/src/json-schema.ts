/** A JSON Schema of the 2020-12 dialect, which is OpenAPI 3.1's. */
export type JsonSchema = { readonly [keyword: string]: unknown };

const nameMark = Symbol("the name of a schema");

/** A schema that has a name of its own in the document; the same name is the same schema everywhere. */
export function named(name: string, schema: JsonSchema): JsonSchema {
  return Object.assign({ ...schema }, { [nameMark]: name });
}

/** What `named` called it. */
export function nameOf(schema: object): string | undefined {
  return (schema as { readonly [nameMark]?: string })[nameMark];
}

type Fields = Readonly<Record<string, JsonSchema>>;

/** An object of a request: other fields are refused. */
export function input(required: Fields, optional: Fields = {}): JsonSchema {
  return { ...output(required, optional), additionalProperties: false };
}

/** An object of an answer: whoever reads it passes over fields that came later. */
export function output(always: Fields, sometimes: Fields = {}): JsonSchema {
  const required = Object.keys(always);
  const properties = { ...always, ...sometimes };
  return required.length === 0
    ? { type: "object", properties }
    : { type: "object", properties, required };
}

export function listOf(items: JsonSchema, bounds: JsonSchema = {}): JsonSchema {
  return { type: "array", items, ...bounds };
}

export function oneOf(...options: readonly string[]): JsonSchema {
  return { type: "string", enum: options };
}

export function orNull(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: "null" }] };
}

/** The same with a sentence about it. */
export function about(description: string, schema: JsonSchema): JsonSchema {
  // Beside a name a sentence stands as a schema of its own, so that the name stays the same schema.
  return nameOf(schema) === undefined
    ? { ...schema, description }
    : { allOf: [schema], description };
}

export const text: JsonSchema = { type: "string" };
export const yesOrNo: JsonSchema = { type: "boolean" };
/** Of a request to the control plane: printable, at most 255 bytes of UTF-8. A number is taken by its digits, as YAML has it. */
export const idText: JsonSchema = {
  type: ["string", "number"],
  minLength: 1,
  maxLength: 255,
  pattern: "^[^\\u0000-\\u001f\\u007f]+$",
};
/** What stands in columns, accounts and paths. */
export const nameText: JsonSchema = {
  type: ["string", "number"],
  minLength: 1,
  maxLength: 255,
  pattern: "^[A-Za-z0-9_.:-]+$",
};
/** RFC 3339 with a zone, to microseconds. */
export const time: JsonSchema = { type: "string", format: "date-time" };
/** A number that is exact: as a text whatever wrote it, as a JSON number by its digits. */
export const decimal: JsonSchema = named("Decimal", {
  description: "An exact decimal number with up to 12 decimals, as a text or as a JSON number.",
  anyOf: [{ type: "string", pattern: "^-?\\d{1,18}(\\.\\d{1,12})?$" }, { type: "number" }],
});
/** A decimal number of an answer. */
export const decimalText: JsonSchema = { type: "string", pattern: "^-?\\d+(\\.\\d+)?$" };

export function whole(minimum: number, maximum: number): JsonSchema {
  return { type: "integer", minimum, maximum };
}

/** A whole number of a request, as a JSON number or as a text. */
export function wholeInput(minimum: number, maximum: number): JsonSchema {
  return { anyOf: [whole(minimum, maximum), { type: "string", pattern: "^-?\\d{1,10}$" }] };
}
