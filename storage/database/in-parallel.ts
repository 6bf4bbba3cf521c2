/** A bounded number of things at a time. */
import pMap from 'p-map';

/**
 * Does something with every item, at most `width` at a time. When one fails, no further item is begun, those under way are awaited,
 * and the first error is thrown: nothing is still being removed when the caller sees a failure, which `p-map` alone does not give.
 */
export const inParallel = async <Item>(
  width: number,
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  const errors: unknown[] = [];
  const attempt = async (item: Item): Promise<void> => {
    if (errors.length > 0) return;
    await work(item).catch((error: unknown) => errors.push(error));
  };
  await pMap(items, attempt, { concurrency: width });
  if (errors.length > 0) throw errors[0];
};
