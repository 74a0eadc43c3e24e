import { isJsonObject } from "../json.ts";
import type { Answer, Fault, Item, Place, Taken } from "./door.ts";

/** What became of an item, as it is told whoever reads results one by one. */
export type ItemResult = Place &
  (
    | {
        readonly id: string;
        readonly status: "accepted";
        /** Of the typed and the flat form, whose answers are read so. */
        readonly event_id?: string;
        readonly accepted?: true;
      }
    | ({ readonly id?: string; readonly status: "refused" } & Fault)
  );

export function resultOf(taken: Taken): ItemResult {
  const { item, form } = taken;
  const place =
    item.line === undefined ? { index: item.index } : { index: item.index, line: item.line };
  if (!taken.ok) {
    const id = idOf(item);
    return { ...place, ...(id === undefined ? {} : { id }), status: "refused", ...taken.fault };
  }
  const { id } = taken.event;
  const asTyped = namingEvents.has(form.name) ? { event_id: id, accepted: true as const } : {};
  return { ...place, id, status: "accepted", ...asTyped };
}

/** Every item by itself, for clients that read it. */
export function resultsAnswer(taken: readonly Taken[], isMany: boolean): Answer {
  const results = taken.map(resultOf);
  if (isMany) return { status: 200, body: countedResults(results) };
  const [first] = results;
  if (first === undefined) throw new Error("an event has no result");
  const { index: _, ...own } = first;
  return { status: 200, body: own };
}

/** A batch's results, and how many of them are which. */
export function countedResults(results: readonly ItemResult[]) {
  const refused = results.filter(({ status }) => status === "refused").length;
  return { results, accepted: results.length - refused, refused };
}

/** Forms whose clients read `event_id` and `accepted`. */
const namingEvents: ReadonlySet<string> = new Set(["typed", "flat"]);

const idNames = ["id", "event_id", "transaction_id"];

function idOf({ id, read }: Item): string | undefined {
  if (id !== undefined || !read.ok) return id;
  const { value } = read;
  if (!isJsonObject(value)) return undefined;
  const named = idNames.map((name) => value[name]);
  return named.find((each): each is string => typeof each === "string" && each.length <= 512);
}
