import { amberflo } from "./amberflo.ts";
import { cloudEvents } from "./cloudevents.ts";
import type { Again, Door, Failed, Split } from "./door.ts";
import { lago } from "./lago.ts";
import { liteLlm } from "./litellm.ts";
import { native } from "./native.ts";
import { openMeter } from "./openmeter.ts";
import { otlp, otlpMetrics, otlpProtobuf } from "./otlp.ts";
import { headerOf, mediaTypeOf, type DoorRequest } from "./request.ts";
import { stripeAdjustments, stripeAdjustmentsV2 } from "./stripe-adjustments.ts";
import { stripeSessionPath } from "./stripe-session.ts";
import { stripe, stripeV2 } from "./stripe.ts";

/** Every front door. Of several at one path the first that finds its own form in a request takes it. */
export const doors: readonly Door[] = [
  cloudEvents,
  native,
  lago,
  openMeter,
  stripe,
  stripeV2,
  stripeAdjustments,
  stripeAdjustmentsV2,
  liteLlm,
  amberflo,
  otlp,
  otlpProtobuf,
  otlpMetrics,
];

/** The doors at each path. */
export const doorsByPath: ReadonlyMap<string, readonly Door[]> = new Map(
  [...new Set(doors.flatMap(({ paths }) => Object.keys(paths)))].map((path) => [
    path,
    doors.filter(({ paths }) => Object.hasOwn(paths, path)),
  ]),
);

/** The body of an error for clients of a path that read no problem details; undefined for all others. */
export function failureAt(path: string, failed: Failed): object | undefined {
  const [door] = doorsByPath.get(path.replace(/(?<=.)\/$/, "")) ?? [];
  if (door !== undefined) return door.failure?.(failed);
  return path === stripeSessionPath ? stripeV2.failure?.(failed) : undefined;
}

/**
 * The request that sends a refused item again, by the name that its door or form is noted by; undefined where that cannot be made
 * of what was kept.
 */
export function againOf(name: string, item: string): Again | undefined {
  const isOurs = name === "typed" || name === "flat";
  // In binary mode most of an event stood in headers.
  if (name === "cloudevents" && !item.startsWith("{")) return undefined;
  return (isOurs ? native : doors.find((door) => door.name === name))?.again?.(item);
}

/** What of a mapping each door reads, by its name; doors without one are not there. */
export const mappedDoors: ReadonlyMap<string, readonly string[]> = new Map(
  doors.flatMap(({ name, maps, mappedAs }) =>
    maps === undefined || mappedAs !== undefined ? [] : [[name, maps] as const],
  ),
);

/** A request, the door that it is for, and the items that it has for it. */
export type Entered =
  | { readonly door: Door; readonly split: Exclude<Split, { readonly kind: "unsupported" }> }
  | { readonly unsupported: string };

/** What a client says by itself where nobody told it what the body is: then it is what most send. */
const unsaid: ReadonlySet<string> = new Set([
  "",
  "text/plain",
  "application/x-www-form-urlencoded",
  "application/octet-stream",
]);

/** Finds the door that a request is for; `unsupported` says why there is none at its path. */
export function enter(request: DoorRequest): Entered {
  const atPath = doorsByPath.get(request.path) ?? [];
  const said = mediaTypeOf(request);
  if (/charset *= *"?(?!utf-?8)/i.test(headerOf(request, "content-type")))
    return { unsupported: "Send it as UTF-8." };
  for (const door of reading(request, atPath, said)) {
    const split = door.split(request);
    if (split?.kind === "unsupported") return { unsupported: split.detail };
    if (split !== null) return { door, split };
  }
  return { unsupported: whyNone(request, atPath, said) };
}

function reading(request: DoorRequest, atPath: readonly Door[], said: string): readonly Door[] {
  const claiming = atPath.find((door) => door.claims?.(request) === true);
  if (claiming !== undefined) return [claiming];
  const of = (type: string) =>
    atPath.filter(({ paths }) => paths[request.path]?.includes(type) === true);
  const named = of(said);
  return named.length > 0 || !unsaid.has(said) ? named : of("application/json");
}

function whyNone({ path }: DoorRequest, atPath: readonly Door[], said: string): string {
  const here = new Set(atPath.flatMap(({ paths }) => paths[path] ?? []));
  const [area = ""] = /^\/.*?v\d+\/\w+/.exec(path) ?? [];
  const elsewhere = [...doorsByPath].find(
    ([other, found]) =>
      other !== path &&
      other.startsWith(area) &&
      found.some(({ paths }) => paths[other]?.includes(said) === true),
  );
  return elsewhere === undefined || here.has(said)
    ? `Send one of these as Content-Type: ${[...here].join(", ")}.`
    : `${said} goes to ${elsewhere[0]}.`;
}
