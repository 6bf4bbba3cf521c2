/** The bounded lanes in which the gate removes: what a failure of one item means for the others. */
import { expect, test } from 'vitest';
import { inParallel } from '../../storage/database/in-parallel.ts';

test('every item once, never more at a time than the width', async () => {
  let now = 0;
  let most = 0;
  const done: number[] = [];
  await inParallel(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
    done.push(item);
  });
  expect(done.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

test('after a failure nothing is begun, and what is under way is awaited', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const slow = Promise.withResolvers<void>();
  const settled = inParallel(2, [1, 2, 3, 4], async (item) => {
    begun.push(item);
    if (item === 2) throw new Error('the second failed');
    await slow.promise;
    ended.push(item);
  }).catch((error: unknown) => {
    expect(ended).toEqual([1]);
    throw error;
  });
  await new Promise((resolve) => setImmediate(resolve));
  slow.resolve();
  await expect(settled).rejects.toThrow('the second failed');
  expect(begun).toEqual([1, 2]);
});
