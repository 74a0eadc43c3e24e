import type { HttpRequest } from "@tallybook/service";
import { flawOf, parseJson, type Json } from "@tallybook/usage";
import { faulty, textOf } from "../desk.ts";
import { Fields } from "./fields.ts";

/** The body as JSON whose numbers keep every digit; without one an empty object. Throws the Problem to answer with. */
export function jsonOf(request: HttpRequest): Json {
  if (!Buffer.isBuffer(request.body)) return {};
  const read = parseJson(textOf(request.body));
  if (!read.ok) throw faulty([{ field: "", reason: "not_json", detail: `it is ${read.why}` }]);
  const flaw = flawOf(read.value);
  if (flaw === undefined) return read.value;
  throw faulty([{ field: flaw.path, reason: flaw.reason, detail: flaw.detail }]);
}

/** What a reader makes of the fields; throws the Problem that lists all faults it noted. */
export function readFields<Draft>(json: Json, read: (fields: Fields) => Draft): Draft {
  const fields = new Fields(json);
  const draft = read(fields);
  if (fields.faults.length > 0) throw faulty(fields.faults);
  return draft;
}
