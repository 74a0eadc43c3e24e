// Loaded before a service's own code (`node --import`): standard input is a pipe from `tally up`. When that is gone, even
// by kill -9, the pipe ends, and so does this process.
const closeMsMax = 5_000;

process.stdin.on("end", leave).on("close", leave).on("error", leave).resume();
// The pipe alone keeps no process alive that is done.
if ("unref" in process.stdin) process.stdin.unref();

function leave(): void {
  setTimeout(() => process.exit(1), closeMsMax).unref();
  process.kill(process.pid, "SIGTERM");
}
