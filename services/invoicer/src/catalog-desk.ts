import type { IncomingHttpHeaders } from "node:http";

import { Problem } from "@tallybook/service";

/** The catalog service, which writes down what people ask for. */
export interface CatalogDesk {
  /** Has it noted, as whoever sent these headers, that a subscription is to be billed now; resolves with the offset of that fact. */
  requestBilling(subscription: string, asked: IncomingHttpHeaders): Promise<number>;
}

/** Who asks, and for which command: all that is passed on. */
const headersPassedOn = ["authorization", "x-api-key", "idempotency-key"];
const answerMsMax = 25_000;

/** `urls`: of all its instances, of which one answers. Refusals are answered with as they come. */
export function connectCatalogDesk(urls: readonly string[]): CatalogDesk {
  return {
    async requestBilling(subscription, asked) {
      const path = `/internal/subscriptions/${encodeURIComponent(subscription)}/billing-requests`;
      for (const url of urls) {
        const answer = await post(new URL(path, url), asked);
        if (answer !== undefined) return offsetIn(answer);
      }
      throw new Problem({
        status: 503,
        title: "Service Unavailable",
        detail: "The catalog does not answer at the moment: send it again.",
        headers: { "retry-after": "1" },
      });
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Undefined where nobody answers, or a standby. */
async function post(url: URL, asked: IncomingHttpHeaders): Promise<Answer | undefined> {
  const headers = headersPassedOn.flatMap((name): [string, string][] => {
    const value = asked[name];
    return typeof value === "string" ? [[name, value]] : [];
  });
  try {
    const signal = AbortSignal.timeout(answerMsMax);
    const answer = await fetch(url, { method: "POST", headers, signal });
    if (answer.status === 503) return undefined;
    return { status: answer.status, body: (await answer.json()) as Answer["body"] };
  } catch {
    return undefined;
  }
}

function offsetIn({ status, body }: Answer): number {
  const { catalog_offset } = body;
  if (status < 300 && typeof catalog_offset === "number") return catalog_offset;
  const { title, detail, type: _, status: __, ...members } = body;
  throw new Problem({
    status,
    title: typeof title === "string" ? title : "Error",
    ...(typeof detail === "string" ? { detail } : {}),
    members,
  });
}
