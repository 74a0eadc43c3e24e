/** Something the user should read as it is, without a stack: what went wrong and what to do. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = "Failure";
    this.exitCode = exitCode;
  }
}

/** The command line itself is wrong. */
export function misuse(message: string): Failure {
  return new Failure(message, 2);
}
