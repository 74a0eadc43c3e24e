import { collectionOf, type EntryDifference } from "@tallybook/catalog";
import type { Applied } from "@tallybook/client";
import { table } from "./table.ts";

type Change = Applied["changes"][number];

/** What a document would change: `+` new, `~` changed, field by field; what stays the same is only counted. */
export function differenceLines(difference: readonly EntryDifference[]): readonly string[] {
  if (difference.length === 0) return ["unchanged: the document names nothing"];
  const changed = difference.filter(({ change }) => change !== "same");
  const same = difference.length - changed.length;
  const unchanged = same === 0 ? [] : [`unchanged: ${same} of ${difference.length}`];
  if (changed.length === 0) return unchanged;
  const titles = ["", "section", "id", "field", "now", "then"].map((title) => ({ title }));
  return [...table(titles, changed.flatMap(rowsOf)), ...unchanged];
}

function rowsOf({ section, id, change, fields }: EntryDifference): string[][] {
  if (change === "new") return [["+", section, id]];
  return fields.map(({ field, from, to }, index) => [
    index === 0 ? "~" : "",
    index === 0 ? section : "",
    index === 0 ? id : "",
    field,
    from ?? "-",
    to ?? "-",
  ]);
}

/** What was done. */
export function outcomeLines({ changes, in_force }: Applied): string[] {
  const [fills, others] = [changes.filter(isFill), changes.filter((change) => !isFill(change))];
  const lines = others.map((change) => {
    const version = change.version === undefined ? "" : ` version ${change.version}`;
    return `${deed(change)} ${noun(change)} ${change.id}${version}`;
  });
  if (!in_force) lines.push("new meters count from the next cut on, which is still to come");
  for (const { id } of fills)
    lines.push(`the history of meter ${id} is being filled: \`tally status\` says how far it is`);
  return lines;
}

/** What is asked for along with a meter, and no entry of its own. */
function isFill({ kind }: Change): boolean {
  return kind === "MeterFillRequested";
}

/** `MeterPublished` → created, or changed where it is a later version. */
function deed({ kind, version }: Change): string {
  if (kind.endsWith("Ended")) return "ended  ";
  return kind.endsWith("Changed") || (version !== undefined && version > 1) ? "changed" : "created";
}

function noun({ kind, collection }: Change): string {
  if (collection === undefined)
    return kind.replace(/(Published|Created|Started|Changed|Ended)$/, "").toLowerCase();
  const { idField, within } = collectionOf(collection);
  return within === null ? idField.replaceAll("_", " ") : `details of ${idField}`;
}
