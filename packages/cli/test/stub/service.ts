// Stands for a service: answers its probes, and the requests that the gateway's tests send.
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";

const port = Number(process.env["PORT"]);
const name = path.basename(path.join(import.meta.dirname, ".."));
const place = process.env["DATA_DIR"] ?? "";
appendFileSync(path.join(place, "..", `${name}.starts`), `${process.env["FAILPOINT"] ?? "-"}\n`);

const ordinal = process.env["ORDINAL"];
const isStandby = ordinal !== "0" && ["catalog", "rater", "invoicer"].includes(name);

const server = createServer((request, response) => {
  if (isStandby && request.url === "/livez") return response.end('{"standby":true}');
  if (isStandby && request.url === "/progress") return response.end('{"standby":true}');
  if (isStandby) return response.writeHead(503).end('{"status":"standby"}');
  if (request.url === "/livez") return response.end("{}");
  if (request.url === "/readyz") return response.writeHead(200).end('{"ready":true}');
  if (request.url === "/progress")
    return response.writeHead(200).end(`{"catalog_offset":${7 - Number(ordinal)}}`);
  if (request.url?.endsWith("/refuse")) {
    // Before the body is read, as a bound does.
    response.writeHead(413, { "content-type": "application/problem+json" });
    return response.end('{"title":"too large"}');
  }
  if (request.url?.endsWith("/die")) process.kill(process.pid, "SIGKILL");
  response.writeHead(200, {
    "x-service": name,
    "x-ordinal": ordinal,
    "set-cookie": ["a=1", "b=2"],
  });
  return request.pipe(response);
});
server.listen(port, "127.0.0.1");
process.on("SIGTERM", () => {
  appendFileSync(path.join(place, "..", "stops"), `${name}\n`);
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
