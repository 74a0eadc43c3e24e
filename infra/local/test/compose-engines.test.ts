import path from "node:path";
import { expect, test } from "vitest";
import { composeEngines } from "../src/compose-engines.ts";
import { fakeMachine } from "./fake-machine.ts";

const file = path.join(import.meta.dirname, "../../compose.yaml");
const noteAll = 'note "$*"; note "$KAFKA_PORT $CLICKHOUSE_HTTP_PORT $TALLYBOOK_PASSWORD"';

test("engines in Docker have a name, ports and passwords of their own, and go with their data", async () => {
  using machine = fakeMachine();
  machine.put("docker", noteAll);
  const engines = await composeEngines({ env: machine.env });
  const [up = "", settings = ""] = machine.noted();
  const project = /^compose --project-name (tallybook-[0-9a-f]{12}) /.exec(up)?.[1];
  const ofProject = `compose --project-name ${project} --file ${file}`;
  expect(up).toBe(`${ofProject} up --detach --wait kafka clickhouse`);
  const [kafka, http, tallybook] = settings.split(" ");
  expect(engines).toMatchObject({
    brokers: `127.0.0.1:${kafka}`,
    clickhouseUrl: `http://tallybook:${tallybook}@127.0.0.1:${http}`,
  });
  expect(tallybook).toMatch(/^[\w-]{24}$/);
  await Promise.all([engines.stop(), engines.stop()]);
  expect(machine.noted().slice(2)).toEqual([`${ofProject} down --volumes --timeout 20`, settings]);
});

test("a start that fails says Docker's last words, and leaves nothing", async () => {
  using machine = fakeMachine();
  machine.put(
    "docker",
    `${noteAll}\ncase "$*" in *" up "*) echo "no space left" >&2; exit 17;; esac`,
  );
  const failed = await composeEngines({ env: machine.env }).catch((error: unknown) => error);
  expect(String(failed)).toMatch(/`docker compose .* up .*` ended with 17:\nno space left$/);
  expect(machine.noted().map((line) => / (up|down) /.exec(line)?.[1])).toEqual([
    "up",
    undefined,
    "down",
    undefined,
  ]);
});

test("a start that is given up ends Docker's client, and leaves nothing", async () => {
  using machine = fakeMachine();
  machine.put(
    "docker",
    `trap 'note ended; exit 1' TERM\nnote "$*"\ncase "$*" in *" up "*) while :; do :; done;; esac`,
  );
  const giveUp = new AbortController();
  const starting = composeEngines({ env: machine.env, signal: giveUp.signal }).catch(String);
  await expect.poll(() => machine.noted().length).toBeGreaterThan(0);
  giveUp.abort(new Error("stopped before its end."));
  expect(await starting).toBe("Error: stopped before its end.");
  expect(machine.noted()[1]).toBe("ended");
  expect(machine.noted()[2]).toMatch(/ down --volumes /);
});

test("a machine without Docker is told so", async () => {
  using machine = fakeMachine();
  await expect(composeEngines({ env: machine.env })).rejects.toThrow("ENOENT");
});
