/** I9: packages are the same each time, one however often it was begun, and gone when their period ends. */
import { fork } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unitId } from '../../domain/ids.ts';
import { days, minutes } from '../../domain/time/duration.ts';
import { instant, instantPlus } from '../../domain/time/instant.ts';
import { readPackage } from '../../storage/packages/package-rows.ts';
import { expectGone, walkUnit } from '../support/erasing.ts';
import { handIn, inps, recordClasses } from '../support/records.ts';
import type { moments } from '../support/requests/package-process.ts';
import { newPerson, now, when } from '../support/requests/package-scenes.ts';
import {
  objectBytes,
  openPackage,
  packageActivities,
  packageBytes,
  reviewedCase,
} from '../support/requests/packages.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'package-once' });
});
afterAll(() => world.close());

describe('I9: once', () => {
  const scene = async () => {
    const person = newPerson();
    // More than two parts of an upload.
    await handIn(world, {
      recordClass: recordClasses.callRecording,
      triggerAt: when,
      now,
      subjects: () => [person],
      objects: () => [randomBytes(16 * 1024 * 1024)],
    });
    await handIn(world, { recordClass: recordClasses.chat, triggerAt: when, now, count: 30, subjects: () => [person] });
    return reviewedCase(world, { identifiers: [person], now });
  };

  const rowsOf = async (caseId: string) => {
    const { rows } = await sql<{ id: string; record_id: string; objects: number; stored: number }>`
      SELECT package.id, record.id AS record_id, count(object.id)::int AS objects,
        (count(*) FILTER (WHERE object.state = 'stored'))::int AS stored
      FROM access_package AS package JOIN record ON record.source_id = package.id::text
      LEFT JOIN record_object AS object ON object.record_id = record.id
      WHERE package.case_id = ${caseId} GROUP BY package.id, record.id`.execute(world.superuser());
    return rows;
  };

  test('a repeated call gives the package that is there; another one of the same case is the same bytes save its id', async () => {
    const { caseId } = await scene();
    const packageId = randomUUID();
    const first = await packageActivities(world).buildPackage({ caseId, controller: inps, now, packageId });
    const again = await packageActivities(world).buildPackage({
      caseId,
      controller: inps,
      now: instantPlus(now, 5000),
      packageId,
    });
    expect(again).toEqual(first);
    expect(await rowsOf(caseId)).toMatchObject([{ objects: 1, stored: 1 }]);
    const other = randomUUID();
    await packageActivities(world).buildPackage({
      caseId,
      controller: inps,
      now: instantPlus(now, days(1)),
      packageId: other,
    });
    const [one, two] = [
      openPackage(await packageBytes(world, packageId)),
      openPackage(await packageBytes(world, other)),
    ];
    expect(two.files).toEqual(one.files);
    for (const file of one.files) {
      const named = file === 'manifest.json' || file === 'SHA256SUMS';
      if (!named) expect(two.bytes(file).equals(one.bytes(file))).toBe(true);
    }
  });

  /** Every version that lies under the package's key. */
  const versionsOf = async (caseId: string, packageId: string): Promise<readonly Buffer[]> => {
    const stored = await readPackage(world.database('worker'), packageId);
    const prefix = `inps/rights-request-package/${stored?.result?.recordId ?? caseId}/`;
    const { versions } = await world.store('gate').listVersionsPage({ prefix });
    return Promise.all(versions.map(({ key, versionId }) => objectBytes(world, key, versionId)));
  };

  const killAt = async (moment: (typeof moments)[number], input: { caseId: string; packageId: string }) => {
    const settings = {
      databaseUrl: world.environment.OBLIO_WORKER_DATABASE_URL,
      keysFile: world.environment.OBLIO_KEYS_FILE,
      store: world.storeSettings('worker'),
      input: { ...input, controller: 'inps', now },
      dieAt: moment,
    };
    const child = fork(
      join(import.meta.dirname, '..', 'support', 'requests', 'package-process.ts'),
      [JSON.stringify(settings)],
      {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      },
    );
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint += chunk.toString('utf8');
    });
    const ended = once(child, 'exit');
    const arrived = await Promise.race([once(child, 'message').then(() => true), ended.then(() => false)]);
    child.kill('SIGKILL');
    await ended;
    if (!arrived) throw new Error(`The process ended before it was killed: ${complaint}`);
  };

  test.each(['before-the-upload', 'in-the-upload', 'after-the-upload'] as const)(
    'killed %s and run again, there is one package, whole, and nothing of it is left after its period',
    async (moment) => {
      const { caseId } = await scene();
      const [packageId, compared] = [randomUUID(), randomUUID()];
      await killAt(moment, { caseId, packageId });
      expect((await readPackage(world.database('worker'), packageId))?.result).toBeUndefined();
      const result = await packageActivities(world).buildPackage({
        caseId,
        controller: inps,
        now: instantPlus(now, minutes(1)),
        packageId,
      });
      expect(await rowsOf(caseId)).toMatchObject([{ objects: 1, stored: 1 }]);
      const bytes = await packageBytes(world, packageId);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(result.sha256);
      expect(openPackage(bytes).files).toHaveLength(result.files);
      // Whatever an earlier attempt finished is the same, byte by byte.
      const written = await versionsOf(caseId, packageId);
      expect(written).toHaveLength(moment === 'after-the-upload' ? 2 : 1);
      for (const version of written) expect(version.equals(bytes)).toBe(true);
      // An attempt that nobody killed makes the same of the same records.
      const other = await packageActivities(world).buildPackage({ caseId, controller: inps, now, packageId: compared });
      expect({ files: other.files, records: other.records }).toEqual({ files: result.files, records: result.records });

      await sql`UPDATE suspension SET state = 'released', released_at = now() WHERE matter_reference = ${caseId} OR id = (SELECT suspension_id FROM request_case WHERE id = ${caseId})`.execute(
        world.superuser(),
      );
      await sql`UPDATE suspension_clause SET ended_at = now() WHERE suspension_id = (SELECT suspension_id FROM request_case WHERE id = ${caseId})`.execute(
        world.superuser(),
      );
      const stored = await readPackage(world.database('worker'), packageId);
      const recordId = stored?.result?.recordId;
      if (recordId === undefined) throw new Error('The package has no record');
      const unit = await world
        .database('worker')
        .selectFrom('record')
        .innerJoin('retention_unit', 'retention_unit.id', 'record.unit_id')
        .select(['retention_unit.id', 'retention_unit.due_at', 'retention_unit.bound_day'])
        .where('record.id', '=', recordId)
        .executeTakeFirstOrThrow();
      // At most 60 days from when it was made.
      expect(unit.bound_day).toBe('2026-05-09');
      await walkUnit(world.gate(), { unitId: unitId(unit.id), now: instant(unit.due_at.toISOString()), limit: 10 });
      await expectGone(world, [recordId]);
      const key = `inps/rights-request-package/${recordId}/${stored?.result?.objectId}`;
      expect(await world.store('gate').listUnfinishedUploads(key)).toEqual([]);
      // What was handed over, and when, stays with the case file.
      expect((await readPackage(world.database('worker'), packageId))?.result?.sha256.toString('hex')).toBe(
        result.sha256,
      );
    },
  );
});
