import type { Entry } from "../entry.ts";
import type { Collection } from "./collection.ts";
import { secretNameIn, textsIn } from "./read-texts.ts";

/** Somebody outside who says the taxes of invoices. */
export type TaxCalculator = {
  readonly name: string;
  /** http or https; asked with each draft, by POST. */
  readonly url: string;
  /** How long an answer is waited for, milliseconds. */
  readonly wait_ms: string;
  /** The name under which the deployment keeps the secret that requests are signed with: never the secret. */
  readonly secret: string;
  readonly metadata: Readonly<Record<string, string>>;
};

const waitMsUsual = 5_000;
const waitMsMax = 10_000;

export const taxCalculators: Collection<TaxCalculator> = {
  collection: "tax_calculators",
  idField: "tax_calculator",
  idRule: "name",
  within: null,
  read: (entry) => ({
    name: entry.text("name", "id", entry.text("tax_calculator", "name")),
    url: urlIn(entry),
    wait_ms: waitIn(entry),
    secret: secretNameIn(entry, "secret", "TAX_EU"),
    metadata: textsIn(entry, "metadata"),
  }),
  references: () => [],
};

function urlIn(entry: Entry): string {
  const text = entry.text("url", "id");
  const url = URL.parse(text);
  const isFit =
    url !== null &&
    ["http:", "https:"].includes(url.protocol) &&
    url.username === "" &&
    url.password === "";
  if (text !== "" && !isFit)
    entry.fault(
      "url",
      "not_a_url",
      "it must be an address such as https://tax.example.com/quote, without user and password",
    );
  return text;
}

function waitIn(entry: Entry): string {
  const wait = entry.wholeOrNull("wait_ms") ?? waitMsUsual;
  if (wait < 100 || wait > waitMsMax)
    entry.fault("wait_ms", "out_of_range", `it must be from 100 to ${waitMsMax}, in milliseconds`);
  return String(wait);
}
