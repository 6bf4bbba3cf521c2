/** Gathers what a stream brings into batches: full ones while it flows, smaller ones when it pauses, so that the caller does not wait for answers. */

/** When a batch is full: by number or by weight, whichever comes first. */
export type BatchLimits<Item> = {
  readonly mostItems: number;
  readonly mostWeight: number;
  readonly weigh: (item: Item) => number;
  /** How long the stream may pause before what is there goes on. */
  readonly pauseMs: number;
};

const paused = Symbol('paused');

const pause = (ms: number): { readonly over: Promise<typeof paused>; readonly cancel: () => void } => {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<typeof paused>((resolve) => {
    timer = setTimeout(() => resolve(paused), ms);
  });
  return { over, cancel: () => clearTimeout(timer) };
};

/** Batches of a stream of groups of items, in order. What was gathered when the stream breaks off is dropped, and its error thrown. */
export async function* inBatches<Item>(
  groups: AsyncIterable<readonly Item[]>,
  { mostItems, mostWeight, weigh, pauseMs }: BatchLimits<Item>,
): AsyncGenerator<readonly Item[]> {
  const iterator = groups[Symbol.asyncIterator]();
  let batch: Item[] = [];
  let weight = 0;
  const take = (): readonly Item[] => {
    const taken = batch;
    batch = [];
    weight = 0;
    return taken;
  };
  try {
    let coming = iterator.next();
    for (;;) {
      const wait = pause(pauseMs);
      const next = await (batch.length === 0 ? coming : Promise.race([coming, wait.over])).finally(wait.cancel);
      if (next === paused) {
        // The stream's next group may reject while the batch is being used: it is awaited in the next round.
        coming.catch(() => undefined);
        yield take();
        continue;
      }
      if (next.done === true) {
        if (batch.length > 0) yield take();
        return;
      }
      for (const item of next.value) {
        batch.push(item);
        weight += weigh(item);
        if (batch.length >= mostItems || weight >= mostWeight) yield take();
      }
      coming = iterator.next();
    }
  } finally {
    await iterator.return?.();
  }
}
