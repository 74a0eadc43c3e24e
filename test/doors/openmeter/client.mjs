// What a program with OpenMeter's SDK sends and asks: node client.mjs send|ask URL KEY
import { OpenMeter } from "@openmeter/sdk";

const [what, baseUrl, apiKey] = process.argv.slice(2);
const client = new OpenMeter({ baseUrl, apiKey });
const subject = "om-js";
const type = "llm.usage";
const source = "gw";

function event(id, time, tokens, model = "large") {
  return { id, source, type, subject, time: new Date(time), data: { tokens, model } };
}

/** The SDK sends once: a program that saw it fail sends again. */
async function surely(send) {
  try {
    await send();
  } catch {
    await send();
  }
}

if (what === "send") {
  const batch = [
    event("2", "2026-10-25T22:30:00Z", "0.5"),
    event("3", "2026-10-25T23:30:00Z", 3, "small"),
    { ...event("4", "2026-10-26T00:00:00Z", 1), data: ["not an object"] },
  ];
  await surely(() => client.events.ingest(event("1", "2026-10-24T22:30:00Z", 1000)));
  await surely(() => client.events.ingest(batch));
  await surely(() => client.events.ingest(batch[0]));
}
if (what === "ask") {
  const days = {
    windowSize: "DAY",
    windowTimeZone: "Europe/Berlin",
    subject: [subject],
    groupBy: ["model"],
    from: new Date("2026-10-24T00:00:00Z"),
    to: new Date("2026-10-28T00:00:00Z"),
  };
  const first = await client.events.listV2({ limit: 2 });
  const answers = {
    days: await client.meters.query("tokens", days),
    posted: await client.meters.queryPost("tokens", days),
    whole: await client.meters.query("tokens", {
      filterGroupBy: { model: "large" },
      subject: [subject],
    }),
    minutes: await client.meters.query("tokens", { windowSize: "MINUTE", subject: [subject] }),
    meters: await client.meters.list(),
    meter: await client.meters.get("tokens"),
    models: await client.meters.listGroupByValues("tokens", "model"),
    subject: await client.subjects.get(subject),
    subjects: (await client.subjects.list()).map(({ key }) => key),
    events: await client.events.list({ subject, limit: 10 }),
    pages: [first, await client.events.listV2({ limit: 2, cursor: first.nextCursor })].map(
      ({ items }) => items.length,
    ),
    failure: await client.meters
      .query("nothing")
      .catch((error) => [error.name, error.status, error.message]),
  };
  console.log(JSON.stringify(answers));
}
