/** Days of the week in words, runs of them joined: `Mon to Fri, Sun`. */
export function weekText(days: readonly number[]): string {
  const sorted = days.toSorted((a, b) => a - b);
  const runs: { from: number; to: number }[] = [];
  for (const day of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && last.to === day - 1) last.to = day;
    else runs.push({ from: day, to: day });
  }
  return runs
    .map(({ from, to }) => (from === to ? nameOf(from) : `${nameOf(from)} to ${nameOf(to)}`))
    .join(", ");
}

/** A minute of the day as clocks show it: `09:00`, and `24:00` for its end. */
export function minuteText(minute: number): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

function nameOf(day: number): string {
  return dayNames[day - 1] ?? String(day);
}

const dayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
