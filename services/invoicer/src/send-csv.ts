import type { HttpReply } from "@tallybook/service";

/** A table as its own file: nothing keeps it, and no browser takes it for anything else. */
export function sendCsv(reply: HttpReply, csv: string): HttpReply {
  return reply
    .headers({
      "content-type": "text/csv; charset=utf-8; header=present",
      "x-content-type-options": "nosniff",
      "cache-control": "private, no-cache",
    })
    .send(Buffer.from(csv));
}
