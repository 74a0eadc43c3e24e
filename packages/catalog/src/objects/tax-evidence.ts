import { Entry } from "../entry.ts";
import { dayIn } from "./read-texts.ts";

/** Where a form lies that says so, and who has looked at it when; never what stands in it. */
export type TaxEvidence = {
  /** Of the file, such as its number in an archive. */
  readonly reference: string;
  /** `2023-11-01`. */
  readonly reviewed_on: string;
  readonly reviewer: string;
};

export function evidenceIn(entry: Entry, key: string): TaxEvidence | null {
  return entry.objectOrNull(key, (json, at, faults) => {
    const of = new Entry(json, at, faults);
    const evidence = {
      reference: of.text("reference", "id"),
      reviewed_on: reviewedOn(of),
      reviewer: of.text("reviewer", "id"),
    };
    of.end();
    return evidence;
  });
}

function reviewedOn(of: Entry): string {
  if (!of.has("reviewed_on"))
    of.fault("reviewed_on", "missing", "it is required: the day, such as 2023-11-01");
  return dayIn(of, "reviewed_on") ?? "";
}
