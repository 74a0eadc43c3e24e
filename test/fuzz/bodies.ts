import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import type { Random } from "@tallybook/cli";
import { foreignForms } from "./door-bodies.ts";
import { bytesSpoiled, hostileText, hostileValue, pick, textSpoiled } from "./hostile.ts";

/** One request as it goes over the wire. */
export interface Hostile {
  /** Which good form it began as. */
  readonly form: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  readonly framing:
    | "length"
    | "chunked"
    | "too_short"
    | "too_long"
    | "no_length"
    | "both"
    | "garbage";
}

const forms = [
  "event",
  "batch",
  "lines",
  "typed",
  "typed_batch",
  "cloudevent",
  "cloudevent_batch",
  "cloudevent_in_headers",
] as const;
export type Form = (typeof forms)[number];

const typesOf: Readonly<Record<Form, string>> = {
  event: "application/json",
  batch: "application/json",
  lines: "application/x-ndjson",
  typed: "application/json",
  typed_batch: "application/json",
  cloudevent: "application/cloudevents+json",
  cloudevent_batch: "application/cloudevents-batch+json",
  cloudevent_in_headers: "application/json",
};
const lies = [
  ...Object.values(typesOf),
  "application/json; charset=utf-16",
  "application/cloudevents+avro",
  "application/cloudevents",
  "application/jsonl; charset=UTF-8",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/json, application/json",
  "__proto__",
  "constructor/json",
  "",
  ";",
  "application/json;".repeat(200),
];

/** A request that began as a good one; each twentieth stays it. */
export function hostileBody(chance: Random, number: number): Hostile {
  return chance.below(2) === 0 ? foreignBody(chance, number) : ownBody(chance, number);
}

/** The same for a front door of another system's clients. */
function foreignBody(chance: Random, number: number): Hostile {
  const form = pick(chance, foreignForms);
  const spoils = chance.below(20) > 0;
  const count = form.itemsMax === 1 ? 1 : chance.below(form.itemsMax + 1);
  const items = Array.from({ length: count }, (_, at) => {
    const item = form.item(chance, `${idOf(chance, number)}-${at}`);
    const spoiled = spoils && chance.below(3) > 0 ? memberSpoiled(chance, item) : item;
    return textOf(chance, spoiled, spoils);
  });
  let text = form.body(items);
  if (spoils && chance.below(4) === 0) text = textSpoiled(chance, text);
  const headers: [string, string][] = [];
  if (chance.below(3) === 0) headers.push(["idempotency-key", `key-${chance.below(100)}`]);
  const path = spoils && chance.below(30) === 0 ? pick(chance, foreignForms).path : form.path;
  return sentAs(chance, { form: form.name, path, type: form.type, text, headers, spoils });
}

function ownBody(chance: Random, number: number): Hostile {
  const form = pick(chance, forms);
  const attributes = attributesOf[form];
  const isOne = onesAlone.has(form);
  const spoils = chance.below(20) > 0;
  const one = (): Record<string, unknown> => {
    const event = attributes(chance, number);
    return spoils && chance.below(3) > 0 ? memberSpoiled(chance, event) : event;
  };
  let text: string;
  let headers: [string, string][] = [];
  if (form === "cloudevent_in_headers") {
    const { data, ...head } = one();
    headers = Object.entries(head).map(([name, value]) => [`ce-${name}`, headerText(value)]);
    text = textOf(chance, data, spoils);
  } else if (isOne) {
    text = textOf(chance, one(), spoils);
  } else {
    const items = Array.from({ length: itemsIn(chance) }, () => textOf(chance, one(), spoils));
    text =
      form === "lines"
        ? items.join(pick(chance, ["\n", "\r\n", "\n\n", "\r"]))
        : `[${items.join(",")}]`;
    const isNamed = form === "typed_batch" || (form === "batch" && chance.below(2) === 0);
    if (isNamed) text = `{"events": ${text}}`;
  }
  if (spoils && chance.below(4) === 0) text = textSpoiled(chance, text);
  const path = isOne === chance.below(30) > 0 ? "/v1/events" : "/v1/events/batch";
  return sentAs(chance, { form, path, type: typesOf[form], text, headers, spoils });
}

/** A body as it goes over the wire, spoiled there as well. */
function sentAs(
  chance: Random,
  given: Pick<Hostile, "form" | "path"> & {
    readonly type: string;
    readonly text: string;
    readonly headers: [string, string][];
    readonly spoils: boolean;
  },
): Hostile {
  const { form, path, text, headers, spoils } = given;
  let body: Buffer = Buffer.from(text, spoils && chance.below(40) === 0 ? "utf16le" : "utf8");
  if (spoils && chance.below(6) === 0) body = bytesSpoiled(chance, body);

  const type = spoils && chance.below(12) === 0 ? pick(chance, lies) : given.type;
  headers.push(["content-type", type]);
  if (chance.below(4) === 0) {
    const encoding = pick(chance, ["gzip", "gzip", "deflate", "br"] as const);
    const isBomb = spoils && chance.below(100) === 0;
    body = isBomb ? bombs[encoding] : compressed(encoding, body);
    const spoiling = spoils ? chance.below(4) : 3;
    if (spoiling === 0) body = bytesSpoiled(chance, body);
    const said =
      spoiling === 1 ? pick(chance, ["zstd", "gzip, gzip", "br", "GZIP ", "__proto__"]) : encoding;
    headers.push(["content-encoding", said]);
  }
  if (spoils && chance.below(12) === 0) headers.push(...strayHeaders(chance));
  return { form, path, headers, body, framing: spoils ? framingOf(chance) : "length" };
}

function native(chance: Random, number: number): Record<string, unknown> {
  return {
    id: idOf(chance, number),
    type: "llm.completion",
    customer: "acme",
    time: "2023-11-01T00:10:00Z",
    properties: { model: "large", input_token_count: chance.below(10_000), output_token_count: 1 },
  };
}

function cloudEvent(chance: Random, number: number): Record<string, unknown> {
  return {
    specversion: "1.0",
    id: idOf(chance, number),
    source: "/fuzz",
    type: "llm.completion",
    subject: "acme",
    time: "2023-11-01T00:10:00Z",
    data: { model: "large", input_token_count: chance.below(10_000), output_token_count: 1 },
  };
}

function typed(chance: Random, number: number): Record<string, unknown> {
  return {
    id: idOf(chance, number),
    event_type: "llm.completion",
    customer_id: "acme",
    subscription_id: "fuzz",
    timestamp: "2023-11-01T00:10:00Z",
    properties: { model: "large", input_token_count: chance.below(10_000), output_token_count: 1 },
  };
}

const attributesOf: Readonly<Record<Form, typeof native>> = {
  event: native,
  batch: native,
  lines: native,
  typed,
  typed_batch: typed,
  cloudevent: cloudEvent,
  cloudevent_batch: cloudEvent,
  cloudevent_in_headers: cloudEvent,
};
const onesAlone: ReadonlySet<Form> = new Set([
  "event",
  "typed",
  "cloudevent",
  "cloudevent_in_headers",
]);

/** Some of them are repeats and conflicts. */
function idOf(chance: Random, number: number): string {
  return chance.below(10) === 0
    ? `again-${chance.below(50)}`
    : `${number}-${chance.below(2 ** 31)}`;
}

function itemsIn(chance: Random): number {
  const size = chance.below(1_000);
  if (size === 0) return 10_001;
  return size < 20 ? 500 : chance.below(6);
}

function memberSpoiled(chance: Random, event: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(event);
  const name = pick(chance, names);
  switch (chance.below(5)) {
    case 0: {
      const { [name]: _, ...rest } = event;
      return rest;
    }
    case 1:
      return { ...event, [hostileText(chance)]: hostileValue(chance) };
    case 2: {
      const inner = pick(chance, ["properties", "data"]);
      return {
        ...event,
        [inner]: { [hostileText(chance)]: hostileValue(chance), a: hostileValue(chance) },
      };
    }
    default:
      return { ...event, [name]: hostileValue(chance) };
  }
}

/** What JSON.stringify cannot say is put in afterwards: numbers of any length, halves of characters, doubled names. */
function textOf(chance: Random, value: unknown, spoils: boolean): string {
  const text = JSON.stringify(value) ?? "";
  return spoils && chance.below(8) === 0 ? textSpoiled(chance, text) : text;
}

/** A header can hold neither line ends nor more than a byte per character. */
function headerText(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return Buffer.from(text.replaceAll(/[\r\n\0]/g, "%"), "utf8")
    .toString("latin1")
    .slice(0, 9_000);
}

function compressed(encoding: "gzip" | "deflate" | "br", body: Buffer): Buffer {
  switch (encoding) {
    case "gzip":
      return gzipSync(body);
    case "deflate":
      return deflateSync(body);
    case "br":
      return brotliCompressSync(body);
  }
}

/** Far over the bound, when they are decompressed. */
const blank = Buffer.alloc(32 * 1024 * 1024, " ");
const bombs = {
  gzip: compressed("gzip", blank),
  deflate: compressed("deflate", blank),
  br: compressed("br", blank),
} as const;

function strayHeaders(chance: Random): [string, string][] {
  return pick<[string, string][]>(chance, [
    [
      ["ce-id", "twice"],
      ["ce-id", "twice"],
    ],
    [["ce-specversion", "1.0"]],
    [
      ["ce-__proto__", "x"],
      ["ce-type", "t"],
    ],
    [["ce-id", "%C0%A0%"]],
    [["x-filler", "x".repeat(20_000)]],
    [["expect", "100-continue"]],
    [["authorization", "Bearer nobody"]],
    [["content-type", "application/json"]],
    [["content-encoding", "gzip"]],
    [["transfer-encoding", "gzip"]],
  ]);
}

function framingOf(chance: Random): Hostile["framing"] {
  if (chance.below(15) > 0) return chance.below(3) === 0 ? "chunked" : "length";
  return pick(chance, ["too_short", "too_long", "no_length", "both", "garbage"] as const);
}
