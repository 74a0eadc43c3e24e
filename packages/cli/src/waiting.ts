/** Runs something that may take a while, and says after 2 s, and every 5 s from then on, that it still runs. */
export async function withProgress<T>(
  remark: (line: string) => void,
  what: () => string,
  work: Promise<T>,
): Promise<T> {
  const begun = performance.now();
  const tell = (): void => {
    remark(`… ${what()} (${Math.round((performance.now() - begun) / 1000)} s)`);
  };
  let every: NodeJS.Timeout | undefined;
  const first = setTimeout(() => {
    tell();
    every = setInterval(tell, 5_000);
  }, 2_000);
  try {
    return await work;
  } finally {
    clearTimeout(first);
    clearInterval(every);
  }
}
