import { startEngines } from "../src/index.ts";

/** Starts both engines below the given directory, prints their pids, and stays until it is killed. */
const engines = await startEngines({ dir: process.argv[2] ?? "" });
console.log(JSON.stringify(engines.pids));
await engines.failed;
