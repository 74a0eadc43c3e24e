import { parseArgs } from "node:util";
import { reconcile } from "@tallybook/audit";
import { applyExample, random, requestCut, withEngines } from "@tallybook/cli";
import { readAll } from "@tallybook/log";
import { startStack, type TestStack } from "@tallybook/testkit";
import { decode, topics } from "@tallybook/wire";
import { hostileBody, type Hostile } from "./bodies.ts";
import { reportOf, type Tally } from "./report.ts";
import { send, type Answer } from "./send.ts";

const help = `npm run fuzz -- [--bodies N] [--seed S]

Sends hostile bodies to the event endpoints of a stack of its own, half of them by the one address and half to ingest
itself. Ends with 1 when a service dies, anything is answered with a 5xx or not in time, an answer cannot be read, or
the books do not balance afterwards.

  --bodies N   50000 unless given
  --seed S     of what is sent; 1 unless given`;

const { values } = parseArgs({
  options: {
    bodies: { type: "string", default: "50000" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});
const lanes = 8;
const partitions = 4;

if (values.help) console.log(help);
else process.exitCode = await fuzz(wholeNumber("bodies"), wholeNumber("seed"));

async function fuzz(bodies: number, seed: number): Promise<number> {
  const chance = random(seed);
  const tally: Tally = {
    seed,
    bodies,
    seconds: 0,
    statuses: {},
    reasons: {},
    accepted: 0,
    inLog: 0,
    faults: [],
  };
  await using stack = await startStack({ clock: "2023-11-01T00:00:00Z" });
  await applyExample(stack.target, {});
  const before = pidsOf(stack);
  const begun = performance.now();
  let sent = 0;
  const lane = async (): Promise<void> => {
    while (sent < bodies) {
      const number = (sent += 1);
      const hostile = hostileBody(chance, number);
      const url = number % 2 === 0 ? stack.target.url : (stack.run().services["ingest"] ?? "");
      note(tally, hostile, await send({ url, key: stack.target.key }, hostile), number);
      if (number % 5_000 === 0) console.error(`${number} bodies sent`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  tally.seconds = (performance.now() - begun) / 1_000;
  const after = pidsOf(stack);
  for (const [name, pid] of Object.entries(before)) {
    if (after[name] !== pid) tally.faults.push(`${name} was process ${pid} and is ${after[name]}`);
  }
  await requestCut(stack.target, "after the last body", { remark: () => {} });
  await checkBooks(stack, tally);
  for (const line of reportOf(tally)) console.log(line);
  return tally.faults.length === 0 ? 0 : 1;
}

/** Every residual of the identity is 0, and what was answered as accepted is in the log. */
async function checkBooks(stack: TestStack, tally: Tally): Promise<void> {
  await withEngines(stack.run(), async ({ log, columns }) => {
    const { rows, lists } = await reconcile({ log, columns });
    for (const row of rows) {
      if (row.residual !== "0") tally.faults.push(`a residual is not 0: ${JSON.stringify(row)}`);
    }
    for (const difference of lists.differences) tally.faults.push(`a difference: ${difference}`);
    for (let partition = 0; partition < partitions; partition += 1) {
      for await (const { value } of readAll(log, topics.usageRaw, partition)) {
        if (decode(value).kind === "UsageReported") tally.inLog += 1;
      }
    }
  });
  // Who was cut off may have been taken all the same; who was told so must be there.
  if (tally.inLog < tally.accepted) tally.faults.push("an accepted event is not in the log");
}

function note(tally: Tally, { form, framing }: Hostile, answer: Answer, number: number): void {
  const status = answer.kind === "answer" ? String(answer.status) : answer.kind;
  const ofForm = (tally.statuses[form] ??= {});
  ofForm[status] = (ofForm[status] ?? 0) + 1;
  const fault = (what: string): void => {
    tally.faults.push(`body ${number} (${form}, ${framing}): ${what}`);
  };
  if (answer.kind === "timeout") return fault("no answer in time");
  if (answer.kind === "none") {
    if (framing === "length" || framing === "chunked")
      fault("the connection ended without an answer");
    return;
  }
  if (answer.status >= 500) return fault(`${answer.status} ${answer.body.slice(0, 300)}`);
  // What Node's parser itself turns away has no body.
  if (answer.body === "") return;
  let said: { readonly reason?: string; readonly accepted?: unknown; readonly status?: unknown };
  try {
    said = JSON.parse(unchunked(answer.body)) as typeof said;
  } catch {
    return fault(`an answer that is no JSON: ${answer.body.slice(0, 100)}`);
  }
  const isProblem = answer.type === "application/problem+json" || isInOwnWords(said);
  if (isProblem !== answer.status >= 400) fault(`${answer.status} as ${answer.type}`);
  if (said.reason !== undefined) tally.reasons[said.reason] = (tally.reasons[said.reason] ?? 0) + 1;
  const ofOne = said.status === "accepted" ? 1 : 0;
  tally.accepted += typeof said.accepted === "number" ? said.accepted : ofOne;
}

/** An error as the clients of Stripe's door and OTLP's read it. */
function isInOwnWords(said: object): boolean {
  return "error" in said || ("code" in said && "message" in said);
}

function unchunked(body: string): string {
  return /^[0-9a-f]+\r\n/i.test(body) ? body.replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/gi, "") : body;
}

function pidsOf(stack: TestStack): Record<string, number | undefined> {
  return Object.fromEntries(
    Object.entries(stack.run().processes).map(([name, mark]) => [name, mark?.pid]),
  );
}

function wholeNumber(name: "bodies" | "seed"): number {
  const number = Number(values[name]);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`--${name} ${values[name]} is no whole number`);
}
