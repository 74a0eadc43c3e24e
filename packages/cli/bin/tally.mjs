#!/usr/bin/env node
// The system's Node may be older than the one this project runs on: hand over to that one, which npm has installed.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const node = pinnedNode();
// Node keeps what it has made of the TypeScript, which is half of a start.
const compileCache = fileURLToPath(
  new URL("../../../node_modules/.cache/tallybook", import.meta.url),
);
// Over the channel the child notices when this process is killed.
const child = spawn(node, [main, ...process.argv.slice(2)], {
  stdio: ["inherit", "inherit", "inherit", "ipc"],
  env: { NODE_COMPILE_CACHE: compileCache, ...process.env },
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

/** npx, when it is killed, passes nothing on: nobody could end us any more. So we look whether it is still there. */
function endWithNpm() {
  if (process.env.npm_command !== "exec") return;
  const { parent, name } = look(process.ppid);
  // npm runs us in a shell, which may stay when npm is gone.
  const isShell = /(^|\/)(ba|da|z|k)?sh$/.test(name);
  const watched = isShell ? process.ppid : process.pid;
  const npm = isShell ? parent : process.ppid;
  const every = setInterval(() => {
    if (look(watched).parent === npm) return;
    clearInterval(every);
    child.kill("SIGTERM");
  }, 1_000);
  every.unref();
}

/** A process's parent and its program, by name. */
function look(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = stat.lastIndexOf(")");
    return {
      parent: Number(stat.slice(end + 4).split(" ")[0]),
      name: stat.slice(stat.indexOf("(") + 1, end),
    };
  } catch {
    const ps = spawnSync("ps", ["-o", "ppid=,comm=", "-p", String(pid)], { encoding: "utf8" });
    const [parent = "", name = ""] = (ps.stdout ?? "").trim().split(/\s+/, 2);
    return { parent: Number(parent), name };
  }
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
