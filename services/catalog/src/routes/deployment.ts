import { settingsOf } from "@tallybook/catalog";
import { formatTime } from "@tallybook/periods";
import { described } from "@tallybook/service";
import { bodyOf, found, operatorsOnly, type Desk } from "../desk.ts";
import { momentQuery } from "../moments.ts";
import { advanceClock, requestCut, setSettings } from "../orders/deployment.ts";
import { noted } from "../schemas/common.ts";
import { clock, clockInput, cutInput, settings, settingsInput } from "../schemas/deployment.ts";
import { settingsView } from "../views.ts";

const tag = "Deployment";

/** Simulated time, cuts and settings. */
export function addDeploymentRoutes(desk: Desk): void {
  const { server, registry, admins, operators, readers } = desk;
  const tellsTime = described(readers, {
    summary: "Tells the deployment's time",
    tag,
    answers: { 200: clock },
  });
  const advances = described(operators, {
    summary: "Moves simulated time forward; a cut follows",
    about: operatorsOnly,
    tag,
    body: clockInput,
    answers: { 202: noted },
  });
  const cuts = described(admins, {
    summary: "Asks for a cut",
    tag,
    body: cutInput,
    answers: { 202: noted },
  });
  const tellsSettings = described(readers, {
    summary: "Tells the deployment's settings",
    tag,
    query: { known_at: momentQuery["known_at"] ?? {} },
    answers: { 200: settings },
    problems: [404],
  });
  const sets = described(operators, {
    summary: "Changes settings of the deployment; the others stay",
    about: operatorsOnly,
    tag,
    body: settingsInput,
    answers: { 200: settings },
    problems: [404],
  });
  server.get("/v1/clock", tellsTime, () => ({
    simulated: settingsOf(desk.catalog())?.simulated ?? false,
    time: formatTime(registry.now()),
  }));
  server.post("/v1/clock", advances, async (request, reply) => {
    const { offset } = await desk.execute(request, advanceClock(bodyOf(request)));
    return reply.code(202).send({ catalog_offset: offset ?? registry.clockOffset() });
  });
  server.post("/v1/cuts", cuts, async (request, reply) => {
    const { offset } = await desk.execute(request, requestCut(bodyOf(request)));
    return reply.code(202).send({ catalog_offset: offset });
  });
  server.get("/v1/settings", tellsSettings, (request) =>
    settingsView(found(settingsOf(desk.momentOf(request).catalog))),
  );
  server.put("/v1/settings", sets, async (request) => {
    await desk.execute(request, setSettings(bodyOf(request)));
    return settingsView(found(settingsOf(desk.catalog())));
  });
}
