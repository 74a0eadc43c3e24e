import { createWriteStream, renameSync, rmSync } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { analyticsOf } from "@tallybook/columns";
import { type Command, deploymentOptions } from "../command.ts";
import { type ClickHousePlace, findClickHouse } from "../engines.ts";
import { type ExportQuery, exportQuery } from "../export-query.ts";
import { Failure } from "../failure.ts";
import { withProgress } from "../waiting.ts";

/** Characters of an answer that is no export: what ClickHouse says of itself. */
const refusalMax = 500;

export const exportView: Command = {
  name: "export-view",
  summary: "Writes a view of the database analytics as Parquet, CSV or Arrow",
  args: ["NAME"],
  options: {
    format: { value: "FORMAT", about: "parquet (default), csv or arrow" },
    out: {
      value: "FILE",
      about: "into this file, whole or not at all; standard output unless given",
    },
    tenant: { value: "TENANT", about: "only this tenant's rows" },
    from: { value: "TIME", about: "from this day or time on, by the view's own time" },
    to: { value: "TIME", about: "before this day or time" },
    cut: { value: "N", about: "usage_at: the closed cut, as known at which" },
    data: deploymentOptions.data,
  },
  examples: [
    "npx tally export-view invoice_lines --format csv > lines.csv",
    "npx tally export-view usage_hourly --out november.parquet --from 2023-11-01 --to 2023-12-01",
    "npx tally export-view usage_at --cut 17 --format arrow --out known.arrow",
  ],
  async run(call) {
    const place = placeToAsk(findClickHouse(call), call.env);
    const asked = exportQuery(
      {
        view: call.args[0] ?? "",
        format: call.text("format") ?? "parquet",
        tenant: call.text("tenant"),
        from: call.text("from"),
        to: call.text("to"),
        cut: call.text("cut"),
      },
      analyticsOf(place),
    );
    const file = call.text("out");
    const progress = { bytes: 0 };
    await withProgress(
      call.remark,
      () => `${megabytes(progress.bytes)} written`,
      write(await answerOf(place, asked), file, progress),
    );
    call.remark(`${megabytes(progress.bytes)} written${file === undefined ? "" : ` to ${file}`}`);
    return 0;
  },
};

type Place = ClickHousePlace & { readonly settings: Readonly<Record<string, string>> };

/** ANALYTICS_URL, which may be a replica's, is asked with its own user's bounds; else the services' user, behind their queries. */
function placeToAsk(place: ClickHousePlace, env: NodeJS.ProcessEnv): Place {
  const { ANALYTICS_URL } = env;
  if (ANALYTICS_URL) return { ...place, url: ANALYTICS_URL, settings: {} };
  return { ...place, settings: { priority: "10", max_threads: "2" } };
}

async function answerOf(
  { url, settings }: Place,
  { query, parameters }: ExportQuery,
): Promise<Response> {
  const { origin, username, password } = new URL(url);
  const parameter = Object.entries(parameters).map(
    ([name, value]) => [`param_${name}`, value] as const,
  );
  // What breaks off must not look whole: the connection breaks off with it.
  const options = { ...settings, http_write_exception_in_output_format: "0" };
  const search = new URLSearchParams(
    Object.fromEntries([...Object.entries(options), ...parameter]),
  );
  let answer: Response;
  try {
    answer = await fetch(`${origin}/?${search.toString()}`, {
      method: "POST",
      body: query,
      headers: {
        "x-clickhouse-user": decodeURIComponent(username),
        "x-clickhouse-key": decodeURIComponent(password),
      },
    });
  } catch (error) {
    throw new Failure(`ClickHouse at ${origin} does not answer: ${said(error)}`);
  }
  if (answer.ok && answer.body !== null) return answer;
  throw new Failure(`ClickHouse refuses: ${(await answer.text()).trim().slice(0, refusalMax)}`);
}

/** Streams an answer; a file is there when all of it is. */
async function write(
  answer: Response,
  file: string | undefined,
  progress: { bytes: number },
): Promise<void> {
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      progress.bytes += chunk.length;
      done(null, chunk);
    },
  });
  const body = Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]);
  const draft = `${file}.part`;
  try {
    if (file === undefined) await pipeline(body, counted, process.stdout, { end: false });
    else {
      await pipeline(body, counted, createWriteStream(draft, { mode: 0o600 }));
      renameSync(draft, file);
    }
  } catch (error) {
    if (file !== undefined) rmSync(draft, { force: true });
    throw new Failure(`the export broke off after ${megabytes(progress.bytes)}: ${said(error)}`);
  }
}

function said(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
