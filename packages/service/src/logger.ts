/** What a log line may say beside its message. Errors and bigints are written out; nothing secret belongs here. */
export type Fields = Readonly<Record<string, unknown>>;

/** Writes one JSON object per line. */
export type Logger = {
  info(msg: string, fields?: Fields): void;
  warn(msg: string, fields?: Fields): void;
  error(msg: string, fields?: Fields): void;
};

/** Makes the logger of one service; lines go to standard error unless `write` says otherwise. */
export function createLogger(
  service: string,
  write: (line: string) => void = (line) => process.stderr.write(line),
): Logger {
  const at =
    (level: string) =>
    (msg: string, fields: Fields = {}): void => {
      // Twice: the first gives these four their place at the front, the second lets no field replace them.
      const fixed = { level, time: new Date().toISOString(), service, msg };
      write(`${JSON.stringify({ ...fixed, ...fields, ...fixed }, plain)}\n`);
    };
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause, ...rest } = value;
  const errors = value instanceof AggregateError ? value.errors : undefined;
  return { name, message, ...rest, cause, errors, stack };
}
