import {
  type Credits,
  decide,
  type EndedPolicy,
  type Grant,
  type GrantAllocation,
  noCredits,
  pricedMovements,
  recursEvery,
  type Movement,
  type Segment,
  type Use,
  burnDown,
  type Order,
  usageOf,
} from "@tallybook/credits";
import { decimal, negate, toText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";
import { DAY, grant, left, line, start, succeeded, time, use } from "./examples.ts";

/** Runs an example of the page, and gives it back with the answers that come out. */
export function played(example: string): string {
  const game = new Game();
  return example
    .split("\n")
    .flatMap((text) =>
      text.startsWith("  ") ? [] : [text, ...game.play(text).map((answer) => `  ${answer}`)],
    )
    .join("\n");
}

class Game {
  #credits: Credits = noCredits("credits", start);
  readonly #begun: Credits = noCredits("credits", start);
  #uses: Use[] = [];
  #stops: Extract<Order, { kind: "reset" | "void" }>[] = [];
  readonly #movements: Movement[] = [];
  readonly #segments: Segment[] = [];

  play(text: string): string[] {
    const words = text.split(" ");
    const [what, id = "", amount = ""] = words;
    const at = (name: string) => time(words[words.lastIndexOf(name) + 1] ?? "");
    switch (what) {
      case "grant":
        this.#order({ kind: "add", at: start, grant: grantOf(id, amount, words.slice(3)) });
        return [];
      case "use":
        this.#uses.push(use(at("at"), id, words[words.indexOf("of") + 1] ?? "calls"));
        return [];
      case "reset":
        this.#stops.push({
          kind: "reset",
          at: at("at"),
          overage: text.endsWith("keeping overage") ? "kept" : "dropped",
        });
        return [];
      case "void":
        this.#stops.push({ kind: "void", at: at("at"), grant: id, amount: decimal(amount) });
        return [];
      case "run":
        return this.#run(at("to"));
      case "left":
        return [
          Object.entries(left(this.#credits))
            .map((each) => each.join(" "))
            .join(", "),
        ];
      case "costs":
        return this.#costs();
      case "give":
        return this.#giveBack(words[2] ?? "", at("at"), endedOf(words));
      default:
        throw new Error(`an example says ${text}`);
    }
  }

  /** Resets go with the run; a part is voided between two runs. */
  #run(to: Micros): string[] {
    const voids = this.#stops.filter((stop) => stop.kind === "void");
    const lines = voids.flatMap((order) => {
      const before = this.#stretch(order.at);
      this.#order(order);
      return before;
    });
    return [...lines, ...this.#stretch(to)];
  }

  #stretch(to: Micros): string[] {
    const resets = this.#stops.filter((stop) => stop.kind === "reset");
    const result = succeeded(
      burnDown(this.#credits, {
        to,
        usage: usageOf(this.#uses),
        voids: [],
        resets: resets.map(({ at }) => at),
        overage: resets[0]?.overage ?? "dropped",
      }),
    );
    this.#credits = result.credits;
    this.#movements.push(...result.movements);
    this.#segments.push(...result.segments);
    return result.segments.map(line);
  }

  #order(order: Order): void {
    const decided = succeeded(decide(this.#credits, order));
    this.#credits = decided.credits;
    this.#movements.push(...decided.movements);
  }

  #costs(): string[] {
    return pricedMovements(this.#begun, this.#movements).flatMap(({ movement, cost }) =>
      "grant" in movement && "amount" in movement && movement.kind !== "granted"
        ? [`${movement.kind} ${movement.grant} ${toText(movement.amount)} costs ${toText(cost)}`]
        : [],
    );
  }

  #giveBack(quantity: string, at: Micros, ended: EndedPolicy): string[] {
    const burns = this.#segments
      .flatMap((segment) => segment.burns)
      .map((burn, index): GrantAllocation => ({ ...burn, allocation: `b${index + 1}` }));
    const by = negate(decimal(quantity));
    const order: Order = { kind: "give_back", at, burns, earlier: [], by, currency: null, ended };
    const decided = decide(this.#credits, order);
    if (!decided.ok) return [decided.fault.detail];
    this.#credits = decided.credits;
    return [];
  }
}

function endedOf(words: readonly string[]): EndedPolicy {
  if (words.includes("refusing")) return { kind: "refuses" };
  if (!words.includes("reviving")) return { kind: "expires" };
  return { kind: "revives", until: time(words.at(-1) ?? "") };
}

function grantOf(id: string, amount: string, words: readonly string[]): Grant {
  const after = (name: string): string | undefined =>
    words.includes(name) ? words[words.indexOf(name) + 1] : undefined;
  const [until, from, every, cost, only] = ["until", "from", "every", "cost", "only"].map(after);
  const [min, max] = after("rollover")?.split("..") ?? [];
  return grant({
    grant: id,
    amount,
    priority: Number(after("priority") ?? "1"),
    effective_at: from === undefined ? start : time(from),
    expires_at: until === undefined ? null : time(until),
    recurs: every === undefined ? null : recursEvery(Number(every) * DAY, start),
    carry_max: after("carry") ?? "0",
    rollover_min: min ?? "0",
    rollover_max: max ?? null,
    cost: cost === undefined ? null : { amount: cost, currency: "USD" },
    only: only === undefined ? null : { meters: [only], products: [] },
  });
}
