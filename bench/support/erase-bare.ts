// The floor of erasing: a script that deletes the same rows and object versions in chunks, as fast as it can, and proves nothing.

import type { Client as StoreClient } from 'minio';
import type { Pool } from 'pg';
import { inTransaction } from './in-transaction.ts';

/** What the bare script deletes, and in chunks of how many records. */
export type BareErasure = {
  readonly owner: Pool;
  readonly store: StoreClient;
  readonly bucket: string;
  readonly unitId: string;
  readonly recordsAChunk: number;
};

/** Deletes everything of a unit; answers how many records there were. */
export const eraseBare = async ({ owner, store, bucket, unitId, recordsAChunk }: BareErasure): Promise<number> => {
  let erased = 0;
  for (;;) {
    const { rows } = await owner.query<{ id: string }>(
      'SELECT id FROM record WHERE unit_id = $1 ORDER BY id LIMIT $2',
      [unitId, recordsAChunk],
    );
    const ids = rows.map(({ id }) => id);
    if (ids.length === 0) return erased;
    const { rows: objects } = await owner.query<{ name: string; versionId: string }>(
      'SELECT object_key AS name, version_id AS "versionId" FROM record_object WHERE record_id = ANY($1::uuid[])',
      [ids],
    );
    for (let from = 0; from < objects.length; from += 1_000) {
      await store.removeObjects(bucket, objects.slice(from, from + 1_000));
    }
    await inTransaction(owner, async (client) => {
      for (const table of ['record_subject', 'record_attribute', 'record_object', 'transcript_delivery']) {
        await client.query(`DELETE FROM ${table} WHERE record_id = ANY($1::uuid[])`, [ids]);
      }
      await client.query('DELETE FROM record WHERE id = ANY($1::uuid[])', [ids]);
    });
    erased += ids.length;
  }
};
