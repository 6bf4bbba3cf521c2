/**
 * Held objects and whoever tries to remove them: each user of the store, its administrator, the store's own client; each login of
 * the database. And after everything was killed and started again, nothing has changed.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { instant } from '../../domain/time/instant.ts';
import { runStoreClient } from '../../stack/store/store-users.ts';
import { storeErrorCode } from '../../storage/objects/store-client.ts';
import { openLegalHoldStore } from '../../storage/suspensions/legal-hold-store.ts';
import { flagArrivedObjects } from '../../storage/suspensions/object-holds.ts';
import { handInOne, recordClasses, type TestRecord } from '../support/records.ts';
import { place } from '../support/suspensions.ts';
import { createWorld, realNow, type World } from '../support/world.ts';
import { type OwnServices, startOwnServices } from './support/own-services.ts';

/** Of its own: what is killed here would be missed elsewhere. */
let services: OwnServices;
let world: World;
let record: TestRecord;
let key = '';
let versionId = '';
const content = 'what must not go';

beforeAll(async () => {
  services = await startOwnServices();
  world = await createWorld({ label: 'store-refuses', services: services.running });
  record = await handInOne(world, {
    recordClass: recordClasses.callRecording,
    triggerAt: instant('2020-01-15T10:00:00Z'),
    objects: () => [Buffer.from(content)],
  });
  const [object] = record.objects;
  if (object === undefined) throw new Error('The record has no object');
  ({ key, versionId } = object);
  await place(world, { kind: 'legal-obligation', scope: [{ record: record.recordId }], now: realNow() });
  const legalHolds = openLegalHoldStore(world.storeSettings('worker'), world.store('worker'));
  const flagged = await flagArrivedObjects({ db: world.database('worker'), legalHolds }, { now: realNow() });
  expect(flagged).toEqual({ checked: 1, flagged: 1 });
}, 120_000);
afterAll(async () => {
  await world?.close();
  await services?.stop();
});

const stillThere = async (): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of await world.store('admin').get({ key, versionId })) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
};

const refusalOf = async (attempt: () => Promise<unknown>): Promise<string> => {
  try {
    return `not refused: ${JSON.stringify(await attempt())}`;
  } catch (error) {
    return storeErrorCode(error);
  }
};

const refusedEverywhere = async (): Promise<void> => {
  const { bucket } = world.storeSettings('admin');
  for (const part of ['api', 'worker', 'gate', 'admin'] as const) {
    const client = world.storeClient(part);
    const removed = await refusalOf(() => client.removeObject(bucket, key, { versionId }));
    expect(removed, `removing with the credentials of ${part}`).toMatch(/AccessDenied|ObjectLocked|InvalidRequest/);
    const bypassed = await refusalOf(() => client.removeObject(bucket, key, { versionId, governanceBypass: true }));
    expect(bypassed, `bypassing with the credentials of ${part}`).toMatch(/AccessDenied|ObjectLocked|InvalidRequest/);
    if (part === 'api' || part === 'gate') {
      const lifted = await refusalOf(() =>
        Promise.resolve(client.setObjectLegalHold(bucket, key, { status: 'OFF', versionId })),
      );
      expect(lifted, `lifting with the credentials of ${part}`).toBe('AccessDenied');
    }
    expect(await stillThere()).toBe(content);
  }
};

describe('I5: objects under hold', () => {
  test('cannot be removed with the credentials of any part, nor by the administrator', refusedEverywhere);

  // The client of MinIO speaks S3 beside what is MinIO's own, and comes with it: `npm run test:production-shape`.
  test.runIf(process.env.OBLIO_STORE === 'minio')(
    "cannot be removed with MinIO's own client, whatever the command",
    async () => {
      const mc = services.running.objectStore.clientBinary ?? '';
      const { endpoint, bucket, accessKey, secretKey } = world.storeSettings('admin');
      const store = {
        mc,
        endpoint,
        administrator: { accessKey, secretKey },
        dataFolder: mkdtempSync(join(tmpdir(), 'oblio-mc-')),
      };
      const path = `oblio/${bucket}/${key}`;
      const attempts = [
        ['rm', '--version-id', versionId, path],
        ['rm', '--versions', '--force', path],
        ['rm', '--recursive', '--versions', '--force', '--bypass', `oblio/${bucket}/`],
        ['rb', '--force', `oblio/${bucket}`],
      ];
      for (const attempt of attempts) {
        await runStoreClient(store, attempt).catch(() => undefined);
        expect(await stillThere(), `mc ${attempt.slice(0, 4).join(' ')}`).toBe(content);
      }
    },
  );

  test('and their rows cannot be deleted with the logins of API and worker', async () => {
    for (const part of ['api', 'worker'] as const) {
      for (const table of ['record_object', 'record_subject', 'record'] as const) {
        const attempt = sql`DELETE FROM ${sql.table(table)}`.execute(world.database(part));
        await expect(attempt, `${table} with the login of ${part}`).rejects.toMatchObject({ code: '42501' });
      }
      await expect(sql`TRUNCATE record CASCADE`.execute(world.database(part))).rejects.toMatchObject({ code: '42501' });
    }
    for (const part of ['api', 'worker', 'gate'] as const) {
      await expect(sql`DELETE FROM suspension`.execute(world.database(part))).rejects.toMatchObject({ code: '42501' });
    }
  });

  test('and the gate passes them over', async () => {
    const result = await world
      .gate()
      .eraseNextChunk({ unitId: record.unit.id, now: realNow(), basis: { kind: 'retention-period-ended' } });
    expect(result).toMatchObject({ kind: 'chunk', gone: 0, kept: { records: 1 } });
    expect(await stillThere()).toBe(content);
  });

  test('and a restart of everything changes nothing', async () => {
    const { handles } = services;
    for (const handle of [handles.postgres, handles.store, handles.temporal]) {
      await handle.kill('SIGKILL');
      await handle.restart();
    }
    await refusedEverywhere();
    const result = await world
      .gate()
      .eraseNextChunk({ unitId: record.unit.id, now: realNow(), basis: { kind: 'retention-period-ended' } });
    expect(result).toMatchObject({ kind: 'chunk', gone: 0, kept: { records: 1 } });
  }, 240_000);
});
