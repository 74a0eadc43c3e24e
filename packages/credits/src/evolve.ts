import { add, decimal, type Decimal, isZero, sub } from "@tallybook/money";
import { arranged, type Credits, type Held, type Overage, waiting } from "./credits.ts";
import type { Target } from "./grant.ts";
import type { Movement } from "./movement.ts";
import { nextRecurrence } from "./recurrence.ts";

/** Credits after a movement. Throws a RangeError for a movement of a grant that is not there. */
export function evolve(credits: Credits, movement: Movement): Credits {
  switch (movement.kind) {
    case "added":
      return arranged({ ...credits, held: [...credits.held, waiting(movement.terms)] });
    case "granted":
      return arranged(changed(credits, movement.grant, (held) => granted(held, movement)));
    case "raised":
      return changed(credits, movement.grant, (held) => ({
        ...held,
        balance: add(held.balance, movement.amount),
        given: add(held.given, movement.amount),
      }));
    case "burnt":
      return burnt(credits, movement);
    case "overran":
      return {
        ...credits,
        overage: more(credits.overage, movement, movement.amount),
        used: add(credits.used, movement.amount),
      };
    case "dropped":
      return { ...credits, overage: less(credits.overage, movement, movement.amount) };
    case "expired":
      return arranged(
        changed(credits, movement.grant, (held) => ({
          ...held,
          phase: "expired",
          balance: sub(held.balance, movement.amount),
          expired: add(held.expired, movement.amount),
        })),
      );
    case "voided":
      return arranged(
        changed(credits, movement.grant, (held) => ({
          ...held,
          phase: movement.ends ? "voided" : held.phase,
          balance: sub(held.balance, movement.amount),
          voided: add(held.voided, movement.amount),
        })),
      );
    case "lapsed":
      return changed(credits, movement.grant, (held) => ({
        ...held,
        balance: sub(held.balance, movement.amount),
        lapsed: add(held.lapsed, movement.amount),
      }));
    case "returned":
      return changed(credits, movement.grant, (held) => ({
        ...held,
        balance: add(held.balance, movement.amount),
        burnt: sub(held.burnt, movement.amount),
      }));
    case "revived":
      return arranged(
        changed(credits, movement.grant, (held) => ({
          ...held,
          phase: "active",
          endsAt: movement.until,
          recursNext: null,
        })),
      );
    case "reset":
      return { ...credits, used: zero };
    case "passed":
      return { ...credits, at: movement.at };
  }
}

/** Its start, or the recurrence that was due; one that is added late does not make up for what it missed. */
function granted(held: Held, { at, amount }: Extract<Movement, { kind: "granted" }>): Held {
  return {
    ...held,
    phase: "active",
    recursNext: nextRecurrence(held.terms.recurs, at),
    balance: add(held.balance, amount),
    given: add(held.given, amount),
  };
}

function burnt(credits: Credits, movement: Extract<Movement, { kind: "burnt" }>): Credits {
  const { grant, amount, settles } = movement;
  const after = changed(credits, grant, (held) => ({
    ...held,
    balance: sub(held.balance, amount),
    burnt: add(held.burnt, amount),
  }));
  return settles
    ? { ...after, overage: less(credits.overage, movement, amount) }
    : { ...after, used: add(credits.used, amount) };
}

function changed(credits: Credits, grant: string, change: (held: Held) => Held): Credits {
  const index = credits.held.findIndex(({ terms }) => terms.grant === grant);
  const held = credits.held[index];
  if (held === undefined) throw new RangeError(`a movement of grant ${grant}, which is not there`);
  return { ...credits, held: credits.held.with(index, change(held)) };
}

function more(overage: readonly Overage[], of: Target, amount: Decimal): readonly Overage[] {
  if (overage.some((each) => isOf(each, of))) {
    return overage.map((each) =>
      isOf(each, of) ? { ...each, quantity: add(each.quantity, amount) } : each,
    );
  }
  return [...overage, { meter: of.meter, product: of.product, quantity: amount }];
}

function less(overage: readonly Overage[], of: Target, amount: Decimal): readonly Overage[] {
  return overage
    .map((each) => (isOf(each, of) ? { ...each, quantity: sub(each.quantity, amount) } : each))
    .filter(({ quantity }) => !isZero(quantity));
}

function isOf(a: Target, b: Target): boolean {
  return a.meter === b.meter && a.product === b.product;
}

const zero = decimal("0");
