import { briefDocument, type DocumentEntries } from "@tallybook/catalog";
import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findDeployment } from "../deployment.ts";
import { misuse } from "../failure.ts";
import { patiently } from "../patiently.ts";
import { yamlText } from "../yaml-text.ts";

export const exportCatalog: Command = {
  name: "export",
  summary: "Prints the catalog as a file that `tally apply` takes",
  args: [],
  options: {
    only: {
      value: "SECTION",
      about: "only that section, such as plans; may be said again",
      repeated: true,
    },
    full: { about: "with what goes without saying" },
    ...deploymentOptions,
    ...jsonOption,
  },
  examples: ["npx tally export > catalog.yaml", "npx tally export --only meters --only plans"],
  async run(call) {
    const target = findDeployment(call);
    const full = await patiently(() => target.ask<DocumentEntries>("/v1/export"));
    const wanted = chosen(call.has("full") ? full : briefDocument(full), call.texts("only"));
    call.print(call.has("json") ? JSON.stringify(wanted, null, 2) : yamlText(wanted).trimEnd());
    return 0;
  },
};

function chosen(document: DocumentEntries, only: readonly string[]): DocumentEntries {
  if (only.length === 0) return document;
  for (const section of only) {
    if (Object.hasOwn(document, section)) continue;
    const there = Object.keys(document).join(", ");
    throw misuse(`tally export: there are no ${section}; there are ${there || "no sections"}.`);
  }
  return Object.fromEntries(Object.entries(document).filter(([section]) => only.includes(section)));
}
