import type { AddressInfo } from "node:net";

import type { CustomerCreated } from "@tallybook/catalog";
import { createAccess, createHttpServer, createLogger } from "@tallybook/service";

import { emptyArchive, evolveArchive } from "../src/archive.ts";
import { addPaymentRoutes } from "../src/payment-routes.ts";
import { january } from "./office.ts";
import type { openOffice } from "./office.ts";

export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- bodies of many routes
  readonly body: any;
}

/** The routes about the life of invoices, before an office whose worker is at work whenever somebody orders. */
export interface LifeDesk {
  ask(method: "GET" | "POST", path: string, body?: unknown): Promise<Answer>;
  /** Who asks from now on; finance of `default` unless said. */
  as(caller: { readonly role?: "finance" | "analyst"; readonly tenant?: string }): void;
  close(): Promise<void>;
}

export async function openLifeDesk(
  office: Awaited<ReturnType<typeof openOffice>>,
): Promise<LifeDesk> {
  let caller: { role: "finance" | "analyst"; tenant: string } = {
    role: "finance",
    tenant: "default",
  };
  const server = createHttpServer({
    logger: createLogger("invoicer", () => {}),
    bodyBytesMax: 16_384,
    parseBody: (bytes) => bytes,
  });
  addPaymentRoutes(server, {
    archive: () => office.facts().reduce(evolveArchive, emptyArchive()),
    access: createAccess(() => ({ ...caller, api_key: "k", scope: null })),
    orders: {
      async life(order) {
        const decided = office.orders.life(order);
        await office.work();
        return decided;
      },
    },
    customerOf: (_, customer) =>
      customer === "acme" ? ({ customer, currency: "USD" } as CustomerCreated) : undefined,
    now: () => january,
  });
  await server.listen({ host: "127.0.0.1", port: 0 });
  return {
    as: (other) => void (caller = { ...caller, ...other }),
    async ask(method, path, body) {
      const { port } = server.server.address() as AddressInfo;
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: { authorization: "Bearer k" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: await answer.json() };
    },
    close: () => server.close(),
  };
}
