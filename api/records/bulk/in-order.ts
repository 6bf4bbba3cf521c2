/** Several pieces of work at a time, their results in the order in which they came: the next is prepared while others are written. */

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
