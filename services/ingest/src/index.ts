export { addDoorRoutes } from "./routes.ts";
