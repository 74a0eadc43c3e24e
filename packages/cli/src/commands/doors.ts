import { readFileSync } from "node:fs";
import { type CapturedRequest, readCaptured } from "../captured.ts";
import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { type Deployment, findDeployment } from "../deployment.ts";
import { Failure } from "../failure.ts";

interface Tried {
  readonly door: string;
  readonly status: number;
  readonly items: readonly TriedItem[];
}

interface TriedItem {
  readonly index: number;
  readonly line?: number;
  readonly form: string;
  readonly event?: {
    readonly id: string;
    readonly source: string;
    readonly type: string;
    readonly customer: string;
    readonly subscription: string | null;
    readonly time: string | null;
    readonly properties: Readonly<Record<string, string>>;
    readonly target: string | null;
  };
  readonly field?: string | null;
  readonly detail?: string;
}

interface Outcome {
  readonly request: Pick<CapturedRequest, "method" | "path">;
  readonly tried: Tried | { readonly status: number; readonly detail: string };
}

export const doorsTry: Command = {
  name: "doors try",
  summary: "Shows what a front door would make of captured requests, and takes nothing",
  args: ["FILE"],
  options: { ...deploymentOptions, ...jsonOption },
  examples: ["npx tally doors try request.json", "npx tally doors try requests.json --json"],
  async run(call) {
    const [file = ""] = call.args;
    const target = findDeployment(call);
    const requests = readCaptured(readText(file), file).filter(({ method }) => method === "POST");
    const outcomes: Outcome[] = [];
    for (const request of requests) {
      const { method, path } = request;
      outcomes.push({ request: { method, path }, tried: await ask(target, request) });
    }
    if (call.has("json")) call.print(JSON.stringify({ requests: outcomes }, null, 2));
    else for (const line of outcomes.flatMap(outcomeText)) call.print(line);
    const isGood = outcomes.every(
      ({ tried }) => "items" in tried && tried.items.every(({ event }) => event !== undefined),
    );
    return isGood ? 0 : 1;
  },
};

async function ask(
  { url, key }: Deployment,
  { path, headers, body }: CapturedRequest,
): Promise<Outcome["tried"]> {
  const address = new URL("/v1/doors/try", url);
  address.searchParams.set("path", path);
  const authorization = `Bearer ${key}`;
  const answer = await fetch(address, {
    method: "POST",
    headers: { ...headers, authorization },
    body: Buffer.from(body),
  });
  const said = (await answer.json()) as Tried & { readonly detail: string };
  return answer.ok ? said : { status: answer.status, detail: said.detail };
}

function outcomeText({ request, tried }: Outcome): string[] {
  const head = `${request.method} ${request.path}`;
  if (!("items" in tried)) return [`${head}: ${tried.status}, ${tried.detail}`];
  return [
    `${head}: ${tried.door}, answered with ${tried.status}`,
    ...tried.items.flatMap((item) => itemText(item)),
  ];
}

function itemText({ index, line, form, event, field, detail }: TriedItem): string[] {
  const place = line === undefined ? `item ${index + 1}` : `line ${line}`;
  if (event === undefined)
    return [`  ${place} is rejected: ${[field, detail].filter(Boolean).join(" ")}`];
  const { id, source, type, customer, subscription, time, properties, target } = event;
  const said = {
    id,
    source: source === "" ? null : source,
    type,
    customer,
    subscription,
    time: time ?? "the moment of its arrival",
    corrects: target,
    ...Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [`properties.${name}`, value]),
    ),
  };
  return [
    `  ${place}, ${form}`,
    ...Object.entries(said).flatMap(([name, value]) =>
      value === null ? [] : [`    ${name}: ${value}`],
    ),
  ];
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`);
  }
}
