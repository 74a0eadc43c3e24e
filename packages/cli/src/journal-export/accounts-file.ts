import { readFileSync } from "node:fs";

import { type AccountRule, mapFaults } from "@tallybook/books";
import { readDocument } from "../document.ts";
import { Failure, misuse } from "../failure.ts";

/** Without a file every account keeps its name. */
const asTheyAre: readonly AccountRule[] = [{ from: "**", to: "**" }];

/**
 * The rules of an account map, in YAML or JSON: `accounts:` with a list of `{ from, to }`, each with an `entity` where it is of its books alone. Throws a failure that names file and line
 * of whatever is wrong with it.
 */
export function readAccountRules(file: string | undefined): readonly AccountRule[] {
  if (file === undefined) return asTheyAre;
  const source = readDocument(textOf(file), file);
  const rules = rulesIn(source.json);
  if (rules === undefined)
    throw new Failure(
      `${file}: an account map has a list \`accounts\` of rules, each { from: ACCOUNT, to: ACCOUNT }, and where it is of one entity alone { entity: NAME, from: …, to: … }.`,
    );
  const faults = mapFaults(rules).map(({ rule, why }) => {
    const line = source.lineOf(`accounts[${rule - 1}]`);
    return `${file}${line === undefined ? "" : `:${line}`}: rule ${rule}: ${why}.`;
  });
  if (faults.length > 0) throw new Failure(faults.join("\n"));
  return rules;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw misuse(`tally: the account map cannot be read: ${(error as Error).message}`);
  }
}

function rulesIn(json: unknown): AccountRule[] | undefined {
  if (typeof json !== "object" || json === null || Object.keys(json).join() !== "accounts")
    return undefined;
  const { accounts } = json as { readonly accounts: unknown };
  if (!Array.isArray(accounts) || accounts.length === 0) return undefined;
  const rules = accounts.filter(isRule);
  return rules.length === accounts.length ? rules : undefined;
}

function isRule(value: unknown): value is AccountRule {
  if (typeof value !== "object" || value === null) return false;
  const { entity, from, to, ...others } = value as Record<string, unknown>;
  const isEntity = entity === undefined || entity === null || typeof entity === "string";
  const isNamed = typeof from === "string" && typeof to === "string";
  return isEntity && isNamed && Object.keys(others).length === 0;
}
