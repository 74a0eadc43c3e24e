import { dismissalsOf } from "@tallybook/catalog";
import { about, described, idText, input, named, output, text, time } from "@tallybook/service";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { dismissConflict } from "../orders/conflicts.ts";
import { dismissalView } from "../views.ts";

const dismissalInput = named(
  "DismissalInput",
  input({ reason: about("Why the event stays rejected.", idText) }, {}),
);
const dismissal = named(
  "Dismissal",
  output({ conflict: text, reason: text, dismissed_by: text, dismissed_at: time }),
);

/** What somebody decides about events that conflict with accepted ones; they are listed where usage is known. */
export function addConflictRoutes(desk: Desk): void {
  const { server, bookkeepers } = desk;
  const dismisses = described(bookkeepers, {
    summary: "Dismisses a conflict: what was accepted first stays",
    about:
      "Dismissed once, it stays so with its first reason. That there is such a conflict is not looked up here. To take the other event instead, send a correction: `GET /v1/conflicts` has it ready.",
    tag: "Late usage",
    body: dismissalInput,
    answers: { 200: dismissal },
  });
  server.post("/v1/conflicts/:id/dismissal", dismisses, async (request) => {
    const id = idOf(request);
    await desk.execute(request, dismissConflict(id, bodyOf(request)));
    return dismissalView(
      found(dismissalsOf(desk.catalog(), desk.callerOf(request).tenant).get(id)),
    );
  });
}
