import { renderNote } from "@tallybook/invoice";
import type { NoteDirection, NoteDocument, NoteIssued } from "@tallybook/invoice";
import { described, filterOf, pageOf, Problem, refuseOthers } from "@tallybook/service";
import type { HttpRequest, HttpServer } from "@tallybook/service";

import { prefersHtml } from "./accept.ts";
import { findNote, noted } from "./archive.ts";
import { readerOf } from "./body.ts";
import { formAsked, htmlForm, notePaper } from "./forms.ts";
import { decided, finalizedIn, idIn } from "./life-desk.ts";
import type { LifeDesk } from "./life-desk.ts";
import type { Pages } from "./pages.ts";
import { noteFilters, noteRoutes } from "./note-schemas.ts";

/** What the routes about notes need. */
export type NoteDesk = LifeDesk & { readonly pages: Pages };

/**
 * `POST /v1/invoices/{id}/credit-notes` takes something off an invoice, `POST /v1/invoices/{id}/debit-notes` asks for more; `GET /v1/notes` and
 * `/v1/notes/{id, number or verification code}` show them, each also as a page, for paper and as a table by the suffixes of an invoice.
 */
export function addNoteRoutes(server: HttpServer, desk: NoteDesk): void {
  const { access, archive, now } = desk;
  const may = { onRequest: access.allow("finance", "admin") };
  const readers = { onRequest: access.allow("analyst", "auditor", "finance", "admin") };

  const directions: readonly NoteDirection[] = ["credit", "debit"];
  for (const direction of directions)
    server.post(
      `/v1/invoices/:id/${direction}-notes`,
      described(may, noteRoutes[direction]),
      async (request, reply) => {
        const { tenant, api_key: actor } = access.callerOf(request);
        const { invoice, lines: invoiced } = finalizedIn(desk, request);
        const asked = readNote(request.body);
        await decided(desk, {
          order: "issue_note",
          tenant,
          direction,
          invoice,
          invoiced,
          ...asked,
          actor,
          issued_at: now(),
        });
        return reply.code(201).send(noteView(desk, noteIn(desk, request, asked.note)));
      },
    );

  server.get("/v1/notes", described(readers, noteRoutes.list), (request) => {
    refuseOthers(request);
    const { tenant } = access.callerOf(request);
    const own = [...archive().receivables.notes.values()].filter((note) => note.tenant === tenant);
    const view = (note: NoteIssued) => noteView(desk, note);
    const isMeant = filterOf(request, noteFilters, view);
    const { items, next } = pageOf(request, own, ({ note }) => note, isMeant);
    return { notes: items.map(view), next };
  });

  server.get("/v1/notes/:id", described(readers, noteRoutes.get), async (request, reply) => {
    refuseOthers(request);
    const id = idIn(request);
    const asked = formAsked(id);
    const note = noteIn(desk, request, asked?.of ?? id);
    if (asked === undefined) reply.header("vary", "accept");
    const isPage = asked === undefined && prefersHtml(request.headers.accept);
    const form = asked?.form ?? (isPage ? htmlForm : undefined);
    if (form === undefined) return noteView(desk, note);
    const invoice = noted(archive(), note);
    if (invoice === undefined) throw new Error(`note ${note.note} is on no invoice`);
    const paper = notePaper({ note, invoice }, desk.pages);
    // As bytes: they are what is the same each time.
    return reply.headers(form.headers).send(await form.render(paper));
  });
}

const linesMax = 1_000;

function readNote(body: unknown) {
  const read = readerOf(body, ["note", "lines", "reason", "tax"]);
  const asked = { note: read.id("note"), lines: linesIn(read), reason: read.text("reason") };
  const tax = read.value("tax");
  if (tax !== undefined && tax !== "kept")
    read.refuse("tax", 'say "kept", or leave it out: then the note changes the taxes on its lines');
  read.done();
  return { ...asked, isTaxKept: tax === "kept" };
}

function linesIn(read: ReturnType<typeof readerOf>): { line: number; amount: string }[] | null {
  const value = read.value("lines") ?? null;
  if (value === null) return null;
  const lines = Array.isArray(value) ? value.map(lineIn) : [];
  if (lines.length > 0 && lines.length <= linesMax && lines.every((line) => line !== undefined))
    return lines;
  read.refuse(
    "lines",
    `give 1 to ${linesMax} lines, such as {"line": 1, "amount": "1250"}, amounts in minor units as text`,
  );
  return null;
}

function lineIn(value: unknown): { line: number; amount: string } | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { line, amount, ...others } = value as Readonly<Record<string, unknown>>;
  if (Object.keys(others).length > 0 || typeof line !== "number" || typeof amount !== "string")
    return undefined;
  const isFit = Number.isInteger(line) && line >= 1 && /^-?[1-9]\d{0,29}$/.test(amount);
  return isFit ? { line, amount } : undefined;
}

function noteView({ archive }: LifeDesk, note: NoteIssued): NoteDocument {
  return renderNote(note, noted(archive(), note) ?? { taxes: [] });
}

/** Of the caller's tenant, by id, number or verification code. */
function noteIn({ archive, access }: LifeDesk, request: HttpRequest, id: string): NoteIssued {
  const found = findNote(archive(), access.callerOf(request).tenant, id);
  if (found !== undefined) return found;
  throw new Problem({ status: 404, title: "Not Found", detail: `There is no note ${id}.` });
}
