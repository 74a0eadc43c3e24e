import type { Caller } from "@tallybook/catalog";
import type { RejectedFilter, RejectedPlace, RejectedRow } from "@tallybook/columns";
import type { Log } from "@tallybook/log";
import { described, Problem, queryText, queryWhole, unfit } from "@tallybook/service";
import type { Access, HttpRequest, HttpServer } from "@tallybook/service";
import type { UsageRefused, UsageReported } from "@tallybook/usage";
import { decode, topics, Undecodable } from "@tallybook/wire";

import type { createQuestions, UsageDesk } from "../usage/desk.ts";
import { rejectedOneRoute, rejectedRoute } from "./schemas.ts";
import { contentView, nameOf, rejectedView } from "./view.ts";

const oneRecord = { bytesMax: 1, waitMsMax: 500 };

/** `GET /v1/rejected` and `GET /v1/rejected/{id}`: what does not count, why, and how it is sent again. */
export function addRejectedRoutes(
  server: HttpServer,
  desk: Pick<UsageDesk, "columns" | "log">,
  given: {
    readonly access: Access<Caller>;
    readonly readers: { readonly onRequest: ((request: HttpRequest) => Promise<void>)[] };
    readonly answering: ReturnType<typeof createQuestions>;
  },
): void {
  const { access, readers, answering } = given;

  server.get("/v1/rejected", described(readers, rejectedRoute), (request: HttpRequest, reply) => {
    const { tenant } = access.callerOf(request);
    const limit = queryWhole(request, "limit", { min: 1, max: 1_000, fallback: 100 });
    const filter = { tenant, ...termsIn(request), limit: limit + 1 };
    return answering(reply, async () => {
      const rows = await desk.columns.readRejected(filter);
      const page = rows.slice(0, limit);
      const last = rows.length > limit ? page.at(-1) : undefined;
      const next =
        last === undefined ? null : Buffer.from(JSON.stringify(last.place)).toString("base64url");
      return { rejected: page.map(rejectedView), next };
    });
  });

  server.get(
    "/v1/rejected/:id",
    described(readers, rejectedOneRoute),
    (request: HttpRequest, reply) => {
      const { tenant } = access.callerOf(request);
      const { id } = request.params as { readonly id: string };
      return answering(reply, async () => {
        const [found] = await rowsNamed(desk, tenant, id);
        if (found === undefined) {
          const detail = `There is no rejected record ${id}: GET /v1/rejected lists those that there are.`;
          throw new Problem({ status: 404, title: "Not Found", detail });
        }
        const fact = await recordOf(desk.log, found);
        return { ...rejectedView(found), ...contentView(fact) };
      });
    },
  );
}

async function rowsNamed(
  { columns }: Pick<UsageDesk, "columns">,
  tenant: string,
  id: string,
): Promise<RejectedRow[]> {
  const [, partition, offset] = /^(\d{1,5})-(\d{1,15})$/.exec(id) ?? [];
  if (partition === undefined || offset === undefined || Number(partition) > 65_535) return [];
  const place = [Number(partition), Number(offset)] as const;
  const rows = await columns.readRejected({ tenant, place, limit: 1 });
  return rows.filter((row) => nameOf(row) === `${place[0]}-${place[1]}`);
}

/** Null where the record is none of those that say what was sent. */
async function recordOf(
  log: Log,
  { place, raw_offset }: RejectedRow,
): Promise<UsageRefused | UsageReported | null> {
  const { records } = await log.fetch(topics.usageRaw, place[1], raw_offset, oneRecord);
  const [found] = records;
  if (found?.offset !== raw_offset) return null;
  try {
    const fact = decode(found.value);
    return fact.kind === "UsageRefused" || fact.kind === "UsageReported" ? fact : null;
  } catch (error) {
    if (error instanceof Undecodable) return null;
    throw error;
  }
}

function termsIn(request: HttpRequest): Omit<RejectedFilter, "tenant" | "limit"> {
  const [verdict, reason] = [queryText(request, "verdict"), queryText(request, "reason")];
  const customer = queryText(request, "customer");
  const cursor = queryText(request, "after");
  if (verdict !== undefined && verdict !== "refused" && verdict !== "conflict")
    throw unfit("verdict", "it must be one of refused, conflict");
  return {
    ...(verdict === undefined ? {} : { verdict }),
    ...(reason === undefined ? {} : { reason }),
    ...(customer === undefined ? {} : { customer }),
    ...(cursor === undefined ? {} : { after: placeIn(cursor) }),
  };
}

function placeIn(cursor: string): RejectedPlace {
  const place = numbersIn(cursor);
  const [cut, partition, offset] = place;
  const isFit =
    place.length === 3 && place.every((each) => Number.isSafeInteger(each) && each >= 0);
  if (isFit && cut !== undefined && partition !== undefined && offset !== undefined)
    return [cut, partition, offset];
  throw unfit("after", "give the `next` of a page");
}

function numbersIn(cursor: string): readonly number[] {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return Array.isArray(place) ? place.filter((each) => typeof each === "number") : [];
  } catch {
    return [];
  }
}
