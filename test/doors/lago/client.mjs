// What a program with Lago's client sends and asks: node client.mjs send|ask URL KEY
import { Client } from "lago-javascript-client";

const [what, url, key] = process.argv.slice(2);
const client = Client(key, { baseUrl: `${url}/api/v1` });

function event(transaction, tokens, more = {}) {
  return {
    transaction_id: transaction,
    external_subscription_id: "lago-js:by_token",
    code: "llm.usage",
    timestamp: Date.UTC(2026, 9, 25) / 1000,
    properties: { tokens, model: "large" },
    ...more,
  };
}

/** The client sends once: a program that saw it fail sends again. */
async function surely(send) {
  try {
    return (await send()).data;
  } catch {
    return (await send()).data;
  }
}

if (what === "send") {
  const { code: _, ...without } = event("lago-js-3", 1);
  const events = [event("lago-js-1", 100), event("lago-js-2", "0.25"), without];
  console.log(
    JSON.stringify({
      one: await surely(() => client.events.createEvent({ event: event("lago-js-1", 100) })),
      many: await surely(() => client.events.createBatchEvents({ events })),
    }),
  );
}
if (what === "ask") {
  const query = { external_subscription_id: "lago-js:by_token" };
  const { data } = await client.customers.findCustomerCurrentUsage("lago-js", query);
  console.log(JSON.stringify(data));
}
