#!/usr/bin/env node
// The system's Node may be older than the one this project runs on: hand over to that one, which npm has installed.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const node = pinnedNode();
// Over the channel the child notices when this process is killed.
const child = spawn(node, [main, ...process.argv.slice(2)], {
  stdio: ["inherit", "inherit", "inherit", "ipc"],
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  // Ctrl-C reaches the child from the terminal as well; only what was sent to this process alone is passed on.
  process.on(signal, () => {
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  });
}
child.once("error", (error) => {
  console.error(`tally: cannot start ${node}: ${error.message}`);
  process.exit(1);
});
child.once("exit", (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
endWithNpm();

/** npx passes no signal on: when it is gone, nobody could end us any more. */
function endWithNpm() {
  if (process.env.npm_command !== "exec") return;
  const npm = process.ppid;
  setInterval(() => {
    if (process.ppid !== npm) child.kill("SIGTERM");
  }, 500).unref();
}

function pinnedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve("node/package.json");
    return path.join(path.dirname(manifest), "bin", "node");
  } catch {
    console.error("tally: Node 24 is not installed here: run `npm ci` in the project first.");
    return process.exit(1);
  }
}
