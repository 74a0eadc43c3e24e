// What a program with Stripe's SDK sends: node client.mjs send URL KEY TIME
import { Stripe } from "stripe";

const [, url, key, time] = process.argv.slice(2);
const { hostname: host, port } = new URL(url);
const at = { host, port, protocol: "http", maxNetworkRetries: 2 };
const stripe = new Stripe(key, at);
const event_name = "llm.usage";
const payload = (tokens) => ({ stripe_customer_id: "stripe", tokens, model: "large" });
const seconds = Date.parse(time) / 1_000;
const timestamp = new Date(time);

const v1 = await stripe.billing.meterEvents.create({
  event_name,
  payload: payload("100"),
  identifier: "s-1",
  timestamp: seconds,
});
const unnamed = await stripe.billing.meterEvents.create({
  event_name,
  payload: payload("20"),
  timestamp: seconds,
});
const v2 = await stripe.v2.billing.meterEvents.create({
  event_name,
  payload: payload("3"),
  identifier: "s-2",
  timestamp,
});
await stripe.billing.meterEvents.create({
  event_name,
  payload: payload("1000"),
  identifier: "s-3",
  timestamp: seconds,
});
const session = await stripe.v2.billing.meterEventSession.create();
await new Stripe(session.authentication_token, at).v2.billing.meterEventStream.create({
  events: [
    { event_name, payload: payload("0.5"), identifier: "s-4", timestamp },
    { event_name, payload: payload("0.25"), timestamp },
    { event_name, payload: { tokens: "1" }, identifier: "nobody's", timestamp },
  ],
});
const cancelled = await stripe.billing.meterEventAdjustments.create({
  event_name,
  type: "cancel",
  cancel: { identifier: "s-3" },
});
const failures = [];
for (const [as, sent] of [
  [stripe, { event_name, payload: { tokens: "1" }, identifier: "s-5" }],
  [new Stripe("sk_unknown", at), { event_name, payload: payload("1") }],
]) {
  try {
    await as.billing.meterEvents.create(sent);
  } catch ({ type, statusCode, param }) {
    failures.push([type, statusCode, param ?? null]);
  }
}
console.log(JSON.stringify({ v1, unnamed, v2, cancelled, failures }));
