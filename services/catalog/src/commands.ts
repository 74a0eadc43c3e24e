import type { CatalogFact, CommandAnswered } from "@tallybook/catalog";
import type { Micros } from "@tallybook/periods";

/** One order of a request that came with an Idempotency-Key. */
export type Command = Pick<CommandAnswered, "key" | "step" | "request">;

/** What an earlier request with the key came to. */
export interface Carried {
  readonly request: Uint8Array;
  readonly recorded_at: Micros;
  /** How many facts its commit has. */
  readonly count: number;
  readonly facts: CatalogFact[];
  /** Of the last fact; null where there was nothing to do. */
  offset: number | null;
}

/** The commands of the last seven days, by name and in their order. The fold owns it. */
export interface Commands {
  readonly byName: Map<string, Carried>;
  /** The one whose facts are still to come in the fold. */
  open: Carried | undefined;
}

/** By the clock of the facts: after that the same key is a new command. */
export const keptMicros = 7 * 86_400_000_000;

export function noCommands(): Commands {
  return { byName: new Map(), open: undefined };
}

/** Takes the next fact in: the facts of a command stand behind it, in one commit. */
export function takeCommand(commands: Commands, fact: CatalogFact, offset: number): Commands {
  if (fact.kind === "CommandAnswered") {
    const { request, recorded_at, facts: count } = fact;
    const carried: Carried = { request, recorded_at, count, facts: [], offset: null };
    const name = nameOf(fact.tenant, fact);
    // Last in, last out, also where a key is used again.
    commands.byName.delete(name);
    commands.byName.set(name, carried);
    commands.open = count === 0 ? undefined : carried;
  } else if (commands.open !== undefined) {
    commands.open.facts.push(fact);
    commands.open.offset = offset;
    if (commands.open.facts.length === commands.open.count) commands.open = undefined;
  }
  forgetOld(commands, fact.recorded_at);
  return commands;
}

/** What a command of a tenant came to before; undefined for a new one. */
export function carriedOf(
  commands: Commands,
  tenant: string,
  command: Command,
  now: Micros,
): Carried | undefined {
  const carried = commands.byName.get(nameOf(tenant, command));
  return carried === undefined || carried.recorded_at + keptMicros <= now ? undefined : carried;
}

function forgetOld({ byName }: Commands, now: Micros): void {
  for (const [name, { recorded_at }] of byName) {
    if (recorded_at + keptMicros > now) return;
    byName.delete(name);
  }
}

function nameOf(tenant: string, { key, step }: Pick<Command, "key" | "step">): string {
  return JSON.stringify([tenant, key, step]);
}
