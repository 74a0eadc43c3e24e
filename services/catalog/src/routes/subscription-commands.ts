import { described, type HttpReply, type HttpRequest, type JsonSchema } from "@tallybook/service";
import type { Plain } from "../body.ts";
import { bodyOf, idOf, type Desk } from "../desk.ts";
import type { Order } from "../orders/order.ts";
import {
  cancelSubscription,
  changeSubscription,
  endSubscription,
  pauseSubscription,
  resumeSubscription,
} from "../orders/subscriptions.ts";
import { appliedAnswers } from "../schemas/common.ts";
import { changeTime, subscriptionChange, subscriptionEnd } from "../schemas/subscriptions.ts";

/** What is asked of a subscription that is there. */
export function addSubscriptionCommands(desk: Desk): void {
  const { server } = desk;
  const of = (summary: string, body: JsonSchema) =>
    described(desk.admins, { summary, tag: "Subscriptions", body, answers: appliedAnswers });
  const does =
    (orderOf: (id: string, body: Plain) => Order) => (request: HttpRequest, reply: HttpReply) =>
      desk.applied(request, reply, orderOf(idOf(request), bodyOf(request)));
  const changes = of("Changes plan, quantity or add-ons from a time on", subscriptionChange);
  server.post("/v1/subscriptions/:id/change", changes, does(changeSubscription));
  const pauses = of("Pauses a subscription from a time on", changeTime);
  server.post("/v1/subscriptions/:id/pause", pauses, does(pauseSubscription));
  const resumes = of("Resumes a subscription from a time on", changeTime);
  server.post("/v1/subscriptions/:id/resume", resumes, does(resumeSubscription));
  const cancels = of("Cancels a subscription from a time on", changeTime);
  server.post("/v1/subscriptions/:id/cancel", cancels, does(cancelSubscription));
  const ends = of("Ends a subscription at a time", subscriptionEnd);
  server.post("/v1/subscriptions/:id/end", ends, does(endSubscription));
}
