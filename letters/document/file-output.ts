/** Hands the file on while it is being written, as fast as it is taken and no faster, and measures it on the way. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';

/** The way of the file's bytes to where it is kept. */
export type FileOutput = {
  /** Hands on what `source` has, waits until it is taken, and lets other work of the process go on. */
  drain(source: Readable): Promise<void>;
  /** Hands on the rest and resolves when all of it is taken. */
  finish(source: Readable): Promise<{ readonly bytes: number; readonly sha256: string }>;
};

/** Both methods throw when `target` fails or closes before the end. From now on an error of `target` is not unhandled. */
export function createFileOutput(target: Writable): FileOutput {
  const hash = createHash('sha256');
  let bytes = 0;
  const broken = new AbortController();
  const taken = finished(target, { readable: false });
  taken.catch((error: unknown) => broken.abort(error));

  const waitForRoom = async (): Promise<void> => {
    try {
      await once(target, 'drain', { signal: broken.signal });
    } catch (error) {
      broken.signal.throwIfAborted();
      throw error;
    }
  };

  const drain = async (source: Readable): Promise<void> => {
    const chunk: Buffer | null = source.read();
    if (chunk) {
      hash.update(chunk);
      bytes += chunk.length;
      if (!target.write(chunk) && !broken.signal.aborted) await waitForRoom();
    }
    await setImmediate();
    broken.signal.throwIfAborted();
  };

  return {
    drain,
    finish: async (source) => {
      await drain(source);
      target.end();
      await taken;
      return { bytes, sha256: hash.digest('hex') };
    },
  };
}
