/** Keeps batches that name the same record from being written at the same time, so that of two lines the first always counts. */

/** Runs work as soon as nothing in progress shares a key with it. */
export type OneAtATime = <Output>(keys: readonly string[], work: () => Promise<Output>) => Promise<Output>;

/** Makes one for a stream of batches. Work that is waiting blocks no other work. */
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
