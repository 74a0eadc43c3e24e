import { writeFileSync } from "node:fs";

import type { Call } from "./command.ts";
import type { Deployment } from "./deployment.ts";
import { Failure } from "./failure.ts";
import { patiently } from "./patiently.ts";

/** The forms of an invoice or a note, by the option that takes the file. */
export const formOptions = {
  html: { value: "FILE", about: "write it there as a page to read and print" },
  pdf: { value: "FILE", about: "write it there for paper" },
  csv: { value: "FILE", about: "write all its lines there as a table" },
} as const;

/** Where somebody wants which form. */
export interface FormFile {
  readonly form: keyof typeof formOptions;
  readonly file: string;
}

export function formFiles(call: Call): readonly FormFile[] {
  return (["html", "pdf", "csv"] as const).flatMap((form) => {
    const file = call.text(form);
    return file === undefined ? [] : [{ form, file }];
  });
}

/** Writes the forms of what stands at a path, such as `/v1/invoices/INV-000001`; `query`: of those that are pages. Throws a Failure. */
export async function writeForms(
  target: Deployment,
  path: string,
  files: readonly FormFile[],
  query: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (const { form, file } of files) {
    const asked = form === "csv" ? {} : query;
    // Just after its start the invoicer has to read the journal first.
    const bytes = await patiently(() =>
      target.ask<Uint8Array>(`${path}.${form}`, { as: "bytes", query: asked }),
    );
    try {
      writeFileSync(file, bytes);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Failure(`${file} cannot be written: ${reason}`);
    }
  }
}
