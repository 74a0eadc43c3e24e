import { ApiProblem } from "@tallybook/client";
import { readVerificationCode } from "@tallybook/invoice";
import type { NoteDocument } from "@tallybook/invoice";

import { type Call, type Command, deploymentOptions, jsonOption } from "../command.ts";
import { type Deployment, findDeployment } from "../deployment.ts";
import { misuse } from "../failure.ts";
import { formFiles, formOptions, writeForms } from "../form-files.ts";
import { type NoteList, notesText, noteText } from "../notes.ts";

export const notes: Command = {
  name: "notes",
  summary: "Lists credit and debit notes, or shows one by its number or id",
  args: ["[ID]"],
  options: {
    customer: { value: "ID", about: "only this customer's" },
    invoice: { value: "ID", about: "only those on this invoice" },
    ...deploymentOptions,
    ...jsonOption,
    ...formOptions,
    verify: { value: "CODE", about: "find the note whose document has this code, to compare" },
  },
  examples: [
    "npx tally notes --invoice INV-000001",
    "npx tally notes CN-000001 --pdf CN-000001.pdf",
    "npx tally notes --verify 7QK4-9XWD-0RBM-ETV2",
  ],
  async run(call) {
    const [id] = call.args;
    const files = formFiles(call);
    if (files.length > 0 && (id === undefined || call.has("json")))
      throw misuse("tally notes: a file is of one note, and not JSON: tally notes ID --pdf FILE.");
    const target = findDeployment(call);
    const verified = call.text("verify");
    if (verified !== undefined) {
      if (id !== undefined) throw misuse("tally notes: --verify CODE stands alone.");
      return verify(call, target, verified);
    }
    if (id === undefined) {
      const asked = { customer: call.text("customer"), invoice: call.text("invoice") };
      const given = Object.entries(asked).filter(([, value]) => value !== undefined);
      const query = { limit: "1000", ...Object.fromEntries(given) };
      const found = await target.ask<NoteList>("/v1/notes", { query });
      if (call.has("json")) call.print(JSON.stringify(found, null, 2));
      else for (const line of notesText(found)) call.print(line);
      return 0;
    }
    const path = `/v1/notes/${encodeURIComponent(id)}`;
    if (files.length === 0) {
      show(call, await target.ask<NoteDocument>(path));
      return 0;
    }
    await writeForms(target, path, files);
    for (const { file } of files) call.print(`note ${id} is in ${file}`);
    return 0;
  },
};

/** Prints the note of a code; 1 where there is none: then the document is not by this deployment, or was changed. */
async function verify(call: Call, target: Deployment, text: string): Promise<number> {
  const code = readVerificationCode(text);
  if (code === undefined)
    throw misuse(`tally notes: ${text} is no code: it has 16 digits and letters.`);
  const one = await target.ask<NoteDocument>(`/v1/notes/${code}`).catch((error: unknown) => {
    if (error instanceof ApiProblem && error.status === 404) return undefined;
    throw error;
  });
  if (one === undefined) {
    call.print(`No note has the code ${code}: the document is not from here, or was changed.`);
    return 1;
  }
  if (!call.has("json")) call.print(`${code} is this note. Compare it with the document:`);
  show(call, one);
  return 0;
}

function show(call: Call, note: NoteDocument): void {
  if (call.has("json")) call.print(JSON.stringify(note, null, 2));
  else for (const line of noteText(note)) call.print(line);
}
