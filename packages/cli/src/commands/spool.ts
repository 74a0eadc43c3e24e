import { receivedAtHeader } from "@tallybook/usage";
import { type Call, type Command, jsonOption } from "../command.ts";
import { runningOn } from "../deployment.ts";
import { Failure, misuse } from "../failure.ts";
import { openDeadFolder, type DeadRequest } from "../spooler/dead.ts";

import { createOnward } from "../spooler/onward.ts";
import { deadFolderIn, openSpooler } from "../spooler/spooler.ts";
import { table } from "../table.ts";
import { untilAsked } from "../until-asked.ts";

const mebibyte = 1024 * 1024;

export const spool: Command = {
  name: "spool",
  summary: "Takes events beside a producer, keeps them on the disk and forwards them",
  args: [],
  options: {
    url: { value: "URL", about: "address of the deployment (or TALLYBOOK_URL)" },
    data: { value: "DIR", about: "data directory of a `tally up` instead (default ./.tallybook)" },
    folder: { value: "DIR", about: "where events wait (default ./.tallybook-spool)" },
    "mib-max": { value: "N", about: "of the disk, in MiB (default 1024)" },
    host: { value: "ADDRESS", about: "address to listen on (default 127.0.0.1)" },
    port: { value: "N", about: "port to listen on (default 8090; 0: any free one)" },
    dead: { about: "list the requests that were refused and set aside, and end" },
    resend: { about: "send these again, and end" },
    ...jsonOption,
  },
  examples: [
    "npx tally spool --url https://billing.example.com --folder /var/lib/spool",
    "npx tally spool --dead",
    "npx tally spool --resend --url https://billing.example.com",
  ],
  async run(call) {
    if (call.has("resend")) return resend(call);
    if (call.has("dead")) return listDead(call);
    const { asked } = untilAsked(call.remark, () => {});
    const spooler = await openSpooler({
      to: addressOf(call),
      host: call.text("host") ?? "127.0.0.1",
      port: wholeNumber(call, "port", { fallback: 8_090, min: 0, max: 65_535 }),
      folder: folderOf(call),
      bytesMax:
        wholeNumber(call, "mib-max", { fallback: 1_024, min: 1, max: 1_048_576 }) * mebibyte,
      remark: call.remark,
    });
    call.print(`Events are taken at ${spooler.url}`);
    await asked;
    await spooler.close();
    return 0;
  },
};

async function listDead(call: Call): Promise<number> {
  const found = (await openDeadFolder(deadFolderIn(folderOf(call))).list()).map(({ dead }) => dead);
  if (call.has("json")) {
    call.print(JSON.stringify({ dead: found.map(viewOf) }, null, 2));
    return 0;
  }
  if (found.length === 0) call.print("Nothing was set aside.");
  const columns = [
    { title: "came at" },
    { title: "path" },
    { title: "status", align: "right" },
    { title: "answer" },
  ] as const;
  const rows = found.map(({ request, status, answer }) => [
    request.at,
    request.path,
    String(status),
    answer.replaceAll(/\s+/g, " ").slice(0, 100),
  ]);
  if (found.length > 0) for (const line of table(columns, rows)) call.print(line);
  return 0;
}

/** Without the keys that its headers hold. */
function viewOf({ request, ...dead }: DeadRequest): object {
  const { at, path, body } = request;
  return { ...dead, at, path, bytes: body.length };
}

async function resend(call: Call): Promise<number> {
  const folder = openDeadFolder(deadFolderIn(folderOf(call)));
  const onward = createOnward(addressOf(call), 1);
  let refused = 0;
  try {
    for (const { file, dead } of await folder.list()) {
      const { request } = dead;
      const headers = [...request.headers, [receivedAtHeader, request.at] as const];
      const { status } = await onward
        .send({ ...request, method: "POST", headers })
        .catch((error: unknown) => {
          throw new Failure(`${request.path} was not sent: ${(error as Error).message}`);
        });
      const isTaken = status >= 200 && status < 300;
      if (isTaken) await folder.remove(file);
      else refused += 1;
      call.print(`${request.path} of ${request.at}: ${status}${isTaken ? "" : ", kept"}`);
    }
  } finally {
    onward.close();
  }
  return refused === 0 ? 0 : 1;
}

function folderOf(call: Call): string {
  return call.text("folder") ?? ".tallybook-spool";
}

function addressOf(call: Call): URL {
  const text = call.text("url") ?? call.env["TALLYBOOK_URL"] ?? runningOn(call).url;
  const url = URL.parse(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw misuse(`tally spool: --url ${text} is no address: say http://HOST:PORT, or https://HOST.`);
}

function wholeNumber(
  call: Call,
  option: string,
  { fallback, min, max }: { readonly fallback: number; readonly min: number; readonly max: number },
): number {
  const text = call.text(option);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (/^\d{1,7}$/.test(text) && value >= min && value <= max) return value;
  throw misuse(`tally spool: --${option} ${text} is not a whole number from ${min} to ${max}.`);
}
