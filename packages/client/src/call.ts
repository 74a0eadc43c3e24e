import type { Operations } from "./openapi.ts";
import type { Ask, Call } from "./request.ts";

export type OperationName = keyof Operations;

type Part = "path" | "query" | "headers" | "body";

/** What an operation takes: what it needs has to be given. */
export type Asked<Name extends OperationName> = {
  readonly [
    Place in Part as IsNeeded<Operations[Name][Place]> extends true ? Place : never
  ]: Operations[Name][Place];
} & {
  readonly [
    Place in Part as IsNeeded<Operations[Name][Place]> extends true ? never : Place
  ]?: Operations[Name][Place];
};

type Nothing = Readonly<Record<string, never>>;

/** Whether there is a value without which there is no such type. */
type IsNeeded<Type> = Nothing extends Type ? false : [Type] extends [undefined] ? false : true;

export type Answer<Name extends OperationName> = Operations[Name]["answer"];

/** Asks any operation of the API's document by its method and path, typed as the document has it. */
export type CallOperation = <Name extends OperationName>(
  name: Name,
  ...asked: Nothing extends Asked<Name> ? [asked?: Asked<Name>] : [asked: Asked<Name>]
) => Promise<Answer<Name>>;

export function createCall(ask: Ask): CallOperation {
  return async (name, ...[asked]) => {
    const { path = {}, query = {}, headers = {}, body } = (asked ?? {}) as Given;
    const [method = "", template = ""] = name.split(" ");
    const filled = template.replaceAll(/\{(\w+)\}/g, (_, key: string) =>
      encodeURIComponent(String(path[key])),
    );
    return ask(filled, {
      method: method as NonNullable<Call["method"]>,
      query: textsOf(query),
      headers: textsOf(headers),
      ...(body === undefined ? {} : { body }),
    });
  };
}

type Values = Readonly<Record<string, unknown>>;

interface Given {
  readonly path?: Values;
  readonly query?: Values;
  readonly headers?: Values;
  readonly body?: unknown;
}

function textsOf(values: Values): Record<string, string> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}
