/**
 * Writes a ZIP as a stream: one entry after another, each opened only when the one before is written, ZIP64 where sizes ask for it.
 * The same entries give the same bytes: dates are fixed, and so is the order.
 */

import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { given } from '../../domain/given.ts';
import type { Instant } from '../../domain/time/instant.ts';

/** One file of the ZIP, whose content is read when its turn comes. */
export type ZipEntry = {
  readonly path: string;
  /** Bytes, where they are known before. */
  readonly size?: number;
  /** `false` for sound and what is compressed already. */
  readonly compressed: boolean;
  readonly content: AsyncIterable<Uint8Array>;
};

/**
 * The date that all entries carry: the day of an instant, at noon. A ZIP has no time zone: it shows what its maker's clock showed, so
 * the date is built from local parts and is the same wherever it is made; noon exists on every day in every zone.
 */
const entryDate = (at: Instant): Date => {
  const [year = 1980, month = 1, day = 1] = at.slice(0, 10).split('-').map(Number);
  return new Date(year, month - 1, day, 12);
};

/**
 * Does something, and gives each small buffer that it makes memory of its own. The ZIP keeps the name of every entry until its end;
 * from the pool that small buffers share, a name of fifty bytes would keep 64 KiB of everything else that passed through it:
 * 22 KiB for each compressed file, a gigabyte for fifty thousand of them.
 */
const outOfThePool = (work: () => void): void => {
  const { poolSize } = Buffer;
  Buffer.poolSize = 0;
  try {
    work();
  } finally {
    Buffer.poolSize = poolSize;
  }
};

const blockBytes = 64 * 1024;

/**
 * Gathers small chunks into blocks of their own. A compressed file of a few hundred bytes is the beginning of a buffer of 16 KiB:
 * a caller that collects such chunks into parts of an upload would keep a hundred megabytes for five.
 */
async function* inBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let block = Buffer.allocUnsafeSlow(blockBytes);
  let filled = 0;
  for await (const chunk of chunks) {
    const isLarge = chunk.length * 2 > blockBytes;
    if (filled > 0 && (isLarge || filled + chunk.length > blockBytes)) {
      yield block.subarray(0, filled);
      block = Buffer.allocUnsafeSlow(blockBytes);
      filled = 0;
    }
    if (isLarge) {
      yield chunk;
      continue;
    }
    block.set(chunk, filled);
    filled += chunk.length;
  }
  if (filled > 0) yield block.subarray(0, filled);
}

/**
 * The bytes of the ZIP. An error of an entry, or of the source of entries, is the error of the stream: then there is no end record,
 * and the rest cannot be taken for a whole package. A caller that stops reading stops the writing.
 */
export async function* zipStream(entries: AsyncIterable<ZipEntry>, at: Instant): AsyncGenerator<Uint8Array> {
  const zip = new ZipFile();
  const output = zip.outputStream;
  if (!(output instanceof Readable)) throw new TypeError('The ZIP has no stream to read from');
  const mtime = entryDate(at);
  let current: Readable | undefined;
  const fail = (error: unknown): void => {
    output.destroy(error instanceof Error ? error : new Error('An entry of the ZIP failed'));
  };
  zip.on('error', fail);
  const write = async (): Promise<void> => {
    for await (const { path, size, compressed, content } of entries) {
      if (output.destroyed) return;
      const source = Readable.from(content, { objectMode: false });
      current = source;
      // The ZIP keeps what it is given until its end: through this it lets go of each source, and of the last bytes it read.
      const handed: { source: Readable | undefined } = { source };
      const written = finished(source, { writable: false });
      outOfThePool(() =>
        zip.addReadStreamLazy(
          path,
          { mtime, mode: 0o100644, compress: compressed, forceDosTimestamp: true, ...given({ size }) },
          (give) => {
            if (handed.source !== undefined) give(null, handed.source);
          },
        ),
      );
      await written;
      handed.source = undefined;
      current = undefined;
    }
    zip.end();
  };
  const writing = write().catch(fail);
  try {
    yield* inBlocks(output);
  } finally {
    output.destroy();
    current?.destroy();
    await writing;
  }
}
