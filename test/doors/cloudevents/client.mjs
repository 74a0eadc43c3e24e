// What a program with CloudEvents' SDK sends, in each of its modes: node client.mjs send URL KEY
import { CloudEvent, emitterFor, HTTP, httpTransport, Mode } from "cloudevents";

const [, url, key] = process.argv.slice(2);
const headers = { authorization: `Bearer ${key}` };

function event(id, tokens) {
  return new CloudEvent({
    id,
    source: "/gw",
    type: "llm.usage",
    subject: "ce",
    time: "2026-10-25T00:00:00.000Z",
    data: { tokens, model: "large" },
    traceparent: `00-${id.padStart(32, "0")}-b7ad6b7169203331-01`,
  });
}

async function send(mode, one) {
  const message = mode === Mode.STRUCTURED ? HTTP.structured(one) : HTTP.binary(one);
  const answer = await fetch(`${url}/v1/events`, {
    method: "POST",
    headers: { ...headers, ...message.headers },
    body: message.body,
  });
  return answer.status;
}

const statuses = [];
for (const mode of [Mode.BINARY, Mode.STRUCTURED])
  for (const one of [event("1", 1000), event("2", "0.125")])
    for (let status = 0; status !== 200; statuses.push(status)) status = await send(mode, one);
const body = JSON.stringify([event("2", "0.125"), event("3", 3)]);
const batch = { ...headers, "content-type": "application/cloudevents-batch+json" };
for (let status = 0; status !== 200; statuses.push(status))
  ({ status } = await fetch(`${url}/v1/events`, { method: "POST", headers: batch, body }));
await emitterFor(httpTransport(`${url}/v1/events`), { mode: Mode.STRUCTURED })(event("3", 3), {
  headers,
});
console.log(JSON.stringify(statuses));
