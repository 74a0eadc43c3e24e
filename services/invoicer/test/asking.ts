import type { AddressInfo } from "node:net";

import type { HttpServer } from "@tallybook/service";

export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- bodies of many routes
  readonly body: any;
}

export type Ask = (method: "GET" | "POST", path: string, body?: unknown) => Promise<Answer>;

const headers = { authorization: "Bearer k" };

/** Asks a server that listens on loopback, with the key `k`. */
export async function askServer(
  server: HttpServer,
  ...[method, path, body]: Parameters<Ask>
): Promise<Answer> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(`${urlOf(server)}${path}`, { method, headers, ...sent });
  return { status: answer.status, body: await answer.json() };
}

/** What stands at a path of it, whatever it is. */
export async function textAt(server: HttpServer, path: string): Promise<string> {
  return (await fetch(`${urlOf(server)}${path}`, { headers })).text();
}

function urlOf(server: HttpServer): string {
  return `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
}
