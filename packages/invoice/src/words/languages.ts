import type { DocumentLanguage } from "@tallybook/catalog";

import { de } from "./de.ts";
import { en } from "./en.ts";
import { es } from "./es.ts";
import { fr } from "./fr.ts";
import { ja } from "./ja.ts";
import type { Words } from "./words.ts";

const catalogs: Readonly<Record<DocumentLanguage, Words>> = { en, de, fr, es, ja };

/** The words of a language; English where it is none of ours. */
export function wordsIn(language: string): Words {
  return Object.values(catalogs).find((words) => words.language === language) ?? en;
}
