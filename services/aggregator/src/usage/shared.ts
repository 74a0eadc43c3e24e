/**
 * The same question for several who ask at once: each gets the answer of an asking that began after it had asked, and no two
 * are under way together.
 */
export function shared<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let running: Promise<Answer> | undefined;
  let next: Promise<Answer> | undefined;

  function begin(): Promise<Answer> {
    next = undefined;
    const asking = ask();
    running = asking;
    const end = () => {
      if (running === asking) running = undefined;
    };
    asking.then(end, end);
    return asking;
  }

  return () => {
    if (next !== undefined) return next;
    if (running === undefined) return begin();
    return (next = running.then(begin, begin));
  };
}
