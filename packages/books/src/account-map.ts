/** A rule of an account map: accounts like `from` are called `to`. */
export interface AccountRule {
  /** In whose books alone it holds; null: in the tenant's own; undefined: in all. */
  readonly entity?: string | null;
  /** Parts joined by ':'; `*` is any one part, and a last `**` any number of further ones. */
  readonly from: string;
  /** Parts joined by ':'; each `*` and `**` stands for what it was in `from`, in their order. Those of the end may be left out. */
  readonly to: string;
}

/** An account map that cannot be used: which rule, and why. */
export interface MapFault {
  /** From 1. */
  readonly rule: number;
  readonly why: string;
}

/** An account that no rule names: nothing may be exported of it. */
export class UnmappedAccount extends Error {
  override readonly name = "UnmappedAccount";
  readonly account: string;
  /** In whose books; null: in the tenant's own. */
  readonly entity: string | null;
  constructor(account: string, entity: string | null) {
    const of = entity === null ? "" : ` of the entity ${entity}`;
    super(
      `the account ${account}${of} is in no rule of the account map: add one, such as \`{ from: "${account}", to: … }\`, or a last one \`{ from: "**", to: "**" }\` for whatever is not named.`,
    );
    this.account = account;
    this.entity = entity;
  }
}

/** What is wrong with the rules; empty where they can be used. */
export function mapFaults(rules: readonly AccountRule[]): MapFault[] {
  return rules.flatMap(({ entity, from, to }, index) => {
    const faults: MapFault[] = [];
    const fault = (why: string) => faults.push({ rule: index + 1, why });
    for (const [field, text] of [
      ["from", from],
      ["to", to],
    ] as const)
      if (partsOf(text).some((part) => part === "" || part.trim() !== part))
        fault(`\`${field}: ${text}\` has an empty part, or one with white space around it`);
    const rest = partsOf(from).indexOf("**");
    if (rest !== -1 && rest !== partsOf(from).length - 1)
      fault(`\`from: ${from}\`: ** may only be the last part`);
    const given = wildcardsOf(from);
    const asked = wildcardsOf(to);
    if (asked.some((wildcard, at) => given[at] !== wildcard))
      fault(`\`to: ${to}\` asks for more than \`from: ${from}\` has, or in another order`);
    if (entity?.trim() === "")
      fault("`entity` is empty: null is the tenant's own, none all of them");
    const shadow = rules.findIndex(
      (earlier) =>
        earlier.from === from && (earlier.entity === undefined || earlier.entity === entity),
    );
    if (shadow < index) fault(`\`from: ${from}\` is rule ${shadow + 1} already`);
    return faults;
  });
}

/**
 * The name of each account under the first rule that fits it and in whose books it stands: the parts that the rule spells are as it spells
 * them, and those that its wildcards stand for as `written` writes them. The function throws `UnmappedAccount`.
 */
export function accountMap(
  rules: readonly AccountRule[],
  written: (part: string) => string = (part) => part,
): (account: string, entity?: string | null) => string {
  const named = new Map<string, string>();
  const parsed = rules.map(({ entity, from, to }) => ({
    entity,
    from: partsOf(from),
    to: partsOf(to),
  }));
  return (account, entity = null) => {
    const key = `${account}\u0000${entity ?? ""}`;
    const known = named.get(key);
    if (known !== undefined) return known;
    for (const { entity: only, from, to } of parsed) {
      if (only !== undefined && only !== entity) continue;
      const held = heldBy(from, partsOf(account));
      if (held === undefined) continue;
      const name = fill(
        to,
        held.map((parts) => parts.map(written)),
      );
      named.set(key, name);
      return name;
    }
    throw new UnmappedAccount(account, entity);
  };
}

/** What the wildcards of the pattern hold of the account, each as its parts; undefined where it does not fit. */
function heldBy(pattern: readonly string[], account: readonly string[]): string[][] | undefined {
  const held: string[][] = [];
  for (const [at, part] of pattern.entries()) {
    if (part === "**") {
      held.push(account.slice(at));
      return held;
    }
    const actual = account[at];
    if (actual === undefined || (part !== "*" && part !== actual)) return undefined;
    if (part === "*") held.push([actual]);
  }
  return pattern.length === account.length ? held : undefined;
}

function fill(to: readonly string[], held: readonly (readonly string[])[]): string {
  const waiting = [...held];
  return to
    .flatMap((part) => (part === "*" || part === "**" ? (waiting.shift() ?? []) : [part]))
    .join(":");
}

function wildcardsOf(pattern: string): string[] {
  return partsOf(pattern).filter((part) => part === "*" || part === "**");
}

function partsOf(account: string): string[] {
  return account.split(":");
}
