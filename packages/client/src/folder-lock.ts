import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { createServer } from "node:net";

/**
 * Makes sure that nobody else on this machine uses the folder: two trackers would delete each other's events. The lock goes
 * with the process, however it dies: it is a name that Linux has beside its files. Other systems have none, and there nobody
 * watches. Throws when the folder is in use.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  if (process.platform !== "linux") return async () => {};
  const hash = createHash("sha256").update(realpathSync(folder)).digest("hex");
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new Error(
              `the folder ${folder} is in use by another tracker: give each its own, or wait until the other has ended`,
            )
          : error,
      ),
    );
    server.listen(`\0tallybook-tracker-${hash}`, resolve);
  });
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
}
