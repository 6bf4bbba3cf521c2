/** Cuts a stream of bytes into sealed parts of 1 MiB, so that no file is ever whole in memory. */
import { Writable } from 'node:stream';
import type { DatabaseTransaction } from '../database/database.ts';
import type { Sealing } from '../sealing/sealing.ts';

/** Bytes of a part before sealing; the last one may be shorter. */
export const partBytes = 1024 * 1024;

/** What binds a part to its place, so that none can be moved. */
export const partPlace = (fileId: string, number: number): string => `letter-file/${fileId}/${number}`;

/** A target for a file; its parts are written in the transaction as they fill. */
export const createPartWriter = (tx: DatabaseTransaction, sealing: Sealing, fileId: string): Writable => {
  let pending: Buffer[] = [];
  let held = 0;
  let number = 0;
  const write = async (part: Buffer): Promise<void> => {
    number += 1;
    await tx
      .insertInto('letter_file_part')
      .values({ file_id: fileId, number, sealed_part: sealing.seal(part, partPlace(fileId, number)) })
      .execute();
  };
  const cut = async (): Promise<void> => {
    const all = Buffer.concat(pending, held);
    let from = 0;
    for (; all.length - from >= partBytes; from += partBytes) await write(all.subarray(from, from + partBytes));
    pending = from === all.length ? [] : [all.subarray(from)];
    held = all.length - from;
  };
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      pending.push(chunk);
      held += chunk.length;
      if (held < partBytes) done();
      else cut().then(() => done(), done);
    },
    final: (done) => {
      const rest = Buffer.concat(pending, held);
      if (rest.length === 0) done();
      else write(rest).then(() => done(), done);
    },
  });
};
