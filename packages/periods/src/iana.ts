/**
 * Reads how many seconds east of UTC the clocks of a zone are, at seconds since 1970. It asks the tables of the runtime, a
 * microsecond and more each time. Undefined where no zone of the IANA database has that name.
 */
export function readZone(name: string): ((second: number) => number) | undefined {
  if (!isZoneName(name)) return undefined;
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    return (second) => clockOf(format.format(second * 1_000)) - second;
  } catch {
    return undefined;
  }
}

/** The seconds since 1970 at which a clock in UTC shows the text, such as `11/21/2026, 12:54:50`. */
function clockOf(text: string): number {
  const parts = /^(\d\d)\/(\d\d)\/(\d{4}), (\d\d):(\d\d):(\d\d)$/.exec(text);
  if (parts === null) throw new Error(`the runtime writes a time as ${JSON.stringify(text)}`);
  const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1_000;
}

/**
 * Runtimes take more than the database has, and not all the same: offsets such as `+05:45`, any case, and abbreviations that
 * mean several zones (IST) or another one than is thought (ACT).
 */
function isZoneName(name: string): boolean {
  return namePattern.test(name) || oldNames.has(name);
}

const namePattern =
  /^(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Brazil|Canada|Chile|Etc|Europe|Indian|Mexico|Pacific|US)(?:\/[A-Z][A-Za-z0-9_+-]{0,31}){1,2}$/;

/** Those without an area, which the database keeps for the sake of who has them in a file. */
const oldNames = new Set(
  (
    "UTC GMT GMT0 GMT+0 GMT-0 UCT Universal Zulu Greenwich CET MET EET WET EST MST HST EST5EDT CST6CDT MST7MDT PST8PDT " +
    "Cuba Egypt Eire GB GB-Eire Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya NZ NZ-CHAT Navajo Poland " +
    "Portugal PRC ROC ROK Singapore Turkey W-SU"
  ).split(" "),
);
