/** Several pieces of work at a time, their results in the order in which they came: the next is prepared while others are written. Batches that name the same record are never written at the same time. */

/** Runs work as soon as nothing in progress shares a key with it. */
type OneAtATime = <Output>(keys: readonly string[], work: () => Promise<Output>) => Promise<Output>;

/** Makes one for a stream of batches, so that of two lines about one record the first always counts. Work that is waiting blocks no other work. */
export const oneAtATime = (): OneAtATime => {
  const inProgress = new Map<string, Promise<unknown>>();
  return (keys, work) => {
    const before = new Set(keys.flatMap((key) => inProgress.get(key) ?? []));
    const done = before.size === 0 ? work() : Promise.allSettled(before).then(work);
    for (const key of keys) inProgress.set(key, done);
    const forget = (): void => {
      for (const key of keys) if (inProgress.get(key) === done) inProgress.delete(key);
    };
    done.then(forget, forget);
    return done;
  };
};

/**
 * Results in order. At most `atOnce` pieces are in progress; none is taken before its results will be taken, so memory does not
 * grow. Work must not reject. When the inputs end with an error, what is in progress is answered first, then the error is thrown.
 */
export async function* inOrder<Input, Output>(
  inputs: AsyncIterable<Input>,
  work: (input: Input) => Promise<Output>,
  { atOnce }: { readonly atOnce: number },
): AsyncGenerator<Output> {
  const iterator = inputs[Symbol.asyncIterator]();
  const take = () =>
    iterator.next().then(
      (next) => ({ kind: 'input', next }) as const,
      (error: unknown) => ({ kind: 'broken', error }) as const,
    );
  const working: Promise<{ readonly kind: 'output'; readonly output: Output }>[] = [];
  let coming: ReturnType<typeof take> | undefined = take();
  let broken: { readonly error: unknown } | undefined;
  try {
    while (coming !== undefined || working.length > 0) {
      const waitFor = [...working.slice(0, 1), ...(coming !== undefined && working.length < atOnce ? [coming] : [])];
      const first = await Promise.race(waitFor);
      if (first.kind === 'output') {
        // The piece whose output this is: it has been awaited.
        void working.shift();
        yield first.output;
      } else if (first.kind === 'broken') {
        broken = first;
        coming = undefined;
      } else if (first.next.done === true) {
        coming = undefined;
      } else {
        working.push(work(first.next.value).then((output) => ({ kind: 'output', output })));
        coming = take();
      }
    }
    if (broken !== undefined) throw broken.error;
  } finally {
    await iterator.return?.();
  }
}
