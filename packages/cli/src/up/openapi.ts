import type { OpenApi } from "@tallybook/service";
import type { Answer } from "./gateway.ts";
import { type Address, type ServiceName, serviceNames } from "./services.ts";

const answerMsMax = 5_000;

/** One document of what every service says that it answers, as it runs now. */
export async function openApiAnswer(
  addressesOf: (service: ServiceName) => readonly Address[],
): Promise<Answer> {
  const documents = await Promise.all(
    serviceNames.map(async (service) => [service, await documentOf(addressesOf(service))] as const),
  );
  const away = documents.filter(([, document]) => document === undefined).map(([name]) => name);
  if (away.length > 0) return awayAnswer(away);
  // Whoever asks for no document does without a web server's library.
  const { mergeOpenApi } = await import("@tallybook/service");
  const known = documents.flatMap(([, document]) => document ?? []);
  return { status: 200, body: mergeOpenApi([...known, ownDocument]) };
}

function awayAnswer(away: readonly string[]): Answer {
  const detail = `${away.join(" and ")} did not say what can be asked there: ask again.`;
  const body = { type: "about:blank", title: "Service Unavailable", status: 503, detail };
  return { status: 503, body };
}

async function documentOf(addresses: readonly Address[]): Promise<OpenApi | undefined> {
  for (const { host, port } of addresses) {
    try {
      const signal = AbortSignal.timeout(answerMsMax);
      const response = await fetch(`http://${host}:${port}/openapi.json`, { signal });
      if (response.status === 200) return (await response.json()) as OpenApi;
    } catch {
      // The next one may be there.
    }
  }
  return undefined;
}

const anything = { type: "object" };

function told(summary: string, statuses: readonly number[]) {
  const content = { "application/json": { schema: anything } };
  const responses = statuses.map((status) => [String(status), { description: summary, content }]);
  return {
    get: { summary, tags: ["Deployment"], security: [], responses: Object.fromEntries(responses) },
  };
}

/** What the gateway answers itself. */
const ownDocument: OpenApi = {
  openapi: "3.1.0",
  info: {},
  paths: {
    "/livez": told("Tells that the gateway is there", [200]),
    "/readyz": told("Tells whether every part is ready", [200, 503]),
    "/v1/progress": told("Tells how far each service is", [200]),
    "/openapi.json": told("This document", [200, 503]),
  },
  components: {},
};
