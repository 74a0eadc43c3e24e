export { addCatalogRoutes } from "./routes.ts";
export { addSchemaRoutes } from "./schema-routes.ts";
export { subjectsOf } from "./schema-subjects.ts";
