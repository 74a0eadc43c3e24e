export { addDoorRoutes } from "./routes.ts";
export { addSessionRoute } from "./sessions.ts";
