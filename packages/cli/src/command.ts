/** An option of a command; without `value` it is a switch. */
export type Option = {
  /** What stands for the value in the help: `TIME`. */
  readonly value?: string;
  readonly about: string;
  /** For tests and tools: not in the help. */
  readonly hidden?: boolean;
  readonly repeated?: boolean;
};

/** What a command is run with, already checked against its declaration. */
export type Call = {
  readonly args: readonly string[];
  /** The last value given, or undefined. */
  text(option: string): string | undefined;
  texts(option: string): readonly string[];
  has(option: string): boolean;
  readonly env: NodeJS.ProcessEnv;
  /** A line on standard output. */
  readonly print: (line: string) => void;
  /** A line on standard error: progress and remarks. */
  readonly remark: (line: string) => void;
  /** Asks who sits at the terminal, and resolves with the line they type; undefined where nobody does. */
  readonly question?: ((text: string) => Promise<string>) | undefined;
};

/** One thing that `tally` does. `run` answers the exit code. */
export type Command = {
  /** One or two words: `clock advance`. */
  readonly name: string;
  readonly summary: string;
  /** Names of what follows, in order; `[X]` may be left out. */
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
  readonly examples: readonly string[];
  run(call: Call): Promise<number>;
};

/** Options of every command that talks to a running deployment. */
export const deploymentOptions = {
  data: {
    value: "DIR",
    about: "data directory of the `tally up` to talk to (default ./.tallybook)",
  },
  url: { value: "URL", about: "its address instead (or TALLYBOOK_URL)" },
  "admin-key": { value: "KEY", about: "API key (or TALLYBOOK_KEY)" },
} satisfies Record<string, Option>;

export const jsonOption = {
  json: { about: "print JSON instead of a table" },
} satisfies Record<string, Option>;
