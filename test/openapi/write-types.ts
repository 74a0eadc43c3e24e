import { writeFileSync } from "node:fs";
import { openApiOfAll } from "./document.ts";
import { typesFile, typesOf } from "./types.ts";

writeFileSync(typesFile, typesOf(openApiOfAll()));
