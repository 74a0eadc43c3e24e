import { exitMsUsual } from "./tracker.ts";
import type { Tracker } from "./tracker.ts";

const signals = ["SIGTERM", "SIGINT"] as const;

/** The trackers of this process that are not closed, and how long its end waits for each, in milliseconds. */
const open = new Map<Tracker, number>();
let isEnding = false;

/**
 * Brings a tracker's last events out when the process ends. By itself: then it waits for them, `exitMsMax` at most. By a
 * signal: likewise, and the signal goes its usual way afterwards, unless somebody else listens for it; a second one does not
 * wait. By `process.exit`: what the spool does not have yet is written to it. Returns what takes the tracker out.
 */
export function flushAtExit(tracker: Tracker, exitMsMax = exitMsUsual): () => void {
  if (open.size === 0) hook();
  open.set(tracker, exitMsMax);
  return () => {
    open.delete(tracker);
    if (open.size === 0) unhook();
  };
}

function hook(): void {
  isEnding = false;
  process.on("beforeExit", onEmpty);
  process.on("exit", onExit);
  for (const signal of signals) process.on(signal, onSignal);
}

function unhook(): void {
  process.off("beforeExit", onEmpty);
  process.off("exit", onExit);
  for (const signal of signals) process.off(signal, onSignal);
}

function onEmpty(): void {
  if (isEnding) return;
  isEnding = true;
  void flushAll();
}

function onSignal(signal: NodeJS.Signals): void {
  const isOurs = process.listenerCount(signal) === 1;
  if (isEnding) return goOn(signal, isOurs);
  isEnding = true;
  void flushAll().then(() => goOn(signal, isOurs));
}

/** As the process would have ended without us. */
function goOn(signal: NodeJS.Signals, isOurs: boolean): void {
  if (!isOurs) return;
  for (const tracker of open.keys()) tracker.keepNow();
  unhook();
  process.kill(process.pid, signal);
}

async function flushAll(): Promise<void> {
  await Promise.all([...open].map(([tracker, exitMsMax]) => tracker.flush(exitMsMax)));
}

function onExit(): void {
  for (const tracker of open.keys()) tracker.keepNow();
}
