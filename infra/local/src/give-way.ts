import { writeFileSync } from "node:fs";
import { setPriority } from "node:os";

/** Lets others go first where the processor is scarce, by so many steps of niceness, 0 to 19. */
export function giveWay(pid: number, niceness: number): void {
  try {
    setPriority(pid, niceness);
  } catch {
    // It is gone already, or the system has no such thing: it runs like the others.
  }
  giveWayAsSession(pid, niceness);
}

/**
 * The same, of all that a process does together, whatever the niceness of its threads among themselves.
 *
 * Linux shares the processor between sessions first (sched_autogroup), and each of our processes has a session of its own: how
 * nice a thread is counts within its session only, and what the others gain of it is said of the session.
 */
export function giveWayAsSession(pid: number, niceness: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
  } catch {
    // As above: no process, or no such thing.
  }
}
