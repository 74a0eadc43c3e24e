import { settingsOf } from "@tallybook/catalog";
import { formatTime } from "@tallybook/periods";
import { bodyOf, found, type Desk } from "../desk.ts";
import { applyDocument } from "../orders/apply.ts";
import { advanceClock, requestCut, setSettings } from "../orders/deployment.ts";
import { settingsView } from "../views.ts";

/** Whole documents, simulated time, cuts and settings. */
export function addDeploymentRoutes(desk: Desk): void {
  const { server, registry, admins, operators, readers } = desk;
  server.post("/v1/apply", admins, (request, reply) =>
    desk.applied(request, reply, applyDocument(bodyOf(request))),
  );
  server.get("/v1/clock", readers, () => ({
    simulated: settingsOf(desk.catalog())?.simulated ?? false,
    time: formatTime(registry.now()),
  }));
  server.post("/v1/clock", operators, async (request, reply) => {
    const { offset } = await desk.execute(request, advanceClock(bodyOf(request)));
    return reply.code(202).send({ catalog_offset: offset ?? registry.clockOffset() });
  });
  server.post("/v1/cuts", admins, async (request, reply) => {
    const { offset } = await desk.execute(request, requestCut(bodyOf(request)));
    return reply.code(202).send({ catalog_offset: offset });
  });
  server.get("/v1/settings", readers, () => settingsView(found(settingsOf(desk.catalog()))));
  server.put("/v1/settings", operators, async (request) => {
    await desk.execute(request, setSettings(bodyOf(request)));
    return settingsView(found(settingsOf(desk.catalog())));
  });
}
