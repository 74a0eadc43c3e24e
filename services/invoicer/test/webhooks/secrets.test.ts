import { emptyWebhooks, endpointKey, evolveWebhooks } from "@tallybook/invoice";
import { createSecrets } from "@tallybook/service-invoicer";
import { expect, test } from "vitest";

import { hour, start } from "./post-office.ts";

test("where the key was lost, a new secret signs at once, and the lost key's no more", () => {
  const webhooks = emptyWebhooks();
  const [tenant, endpoint] = ["default", "books"];
  const asked = { tenant, endpoint, actor: "k", issued_at: start, overlap: hour };
  const [lost, fresh] = [createSecrets(Buffer.alloc(32, 1)), createSecrets(Buffer.alloc(32, 2))];
  const signing = (by: typeof lost) => {
    const of = webhooks.byEndpoint.get(endpointKey(tenant, endpoint));
    return of && by.at(of, start);
  };
  const first = lost.next(webhooks, asked);
  evolveWebhooks(webhooks, first.issued);
  expect(signing(lost)).toEqual([first.secret]);
  expect(signing(fresh)).toBeUndefined();
  const next = fresh.next(webhooks, asked);
  evolveWebhooks(webhooks, next.issued);
  expect(signing(fresh)).toEqual([next.secret]);
  expect(signing(lost)).toBeUndefined();
});
