/** The answer, or the signal's reason where that aborts first: the answer is then nobody's any more. */
export async function inTime<Answer>(
  answer: Promise<Answer>,
  signal: AbortSignal,
): Promise<Answer> {
  let give: (reason: Error) => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    give = reject;
  });
  const onAbort = () => give(signal.reason as Error);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  // Whichever loses may fail unheard.
  answer.catch(() => {});
  aborted.catch(() => {});
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
