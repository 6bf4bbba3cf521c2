// `npm run bench:search`: search and frozen manifest for a person with 10, 1,000 and 100,000 records among 1,000,000 (time a record,
// memory), against one bare statement and one listing of the store that read the same without keeping anything. Usage: npm run
// bench:search [-- --records 1000000 --sizes 10,1000,100000 --objects 1000 --rounds 3]

import { createHash, randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { controllerId, objectId, type RecordId, recordClassId, recordId } from '../domain/ids.ts';
import { controllerClock } from '../domain/request/clock/controller-clock.ts';
import { pendingReviewOn } from '../domain/request/decision/case-rules.ts';
import { days } from '../domain/time/duration.ts';
import { instantFromEpoch } from '../domain/time/instant.ts';
import { loadPolicies } from '../policies/load-policies.ts';
import { openDatabase } from '../storage/database/database.ts';
import { searchManifest } from '../storage/manifests/search.ts';
import { objectKey } from '../storage/objects/object-keys.ts';
import { openObjectStore } from '../storage/objects/object-store.ts';
import { takeIn } from '../storage/requests/take-in.ts';
import { createSealing, readKeysFile } from '../storage/sealing/sealing.ts';
import { insertBareRecords, storePolicies } from './support/bare-records.ts';
import { type BenchStack, withBenchStack } from './support/bench-stack.ts';
import { megabytes, residentBytes, watchMemory } from './support/memory.ts';
import { inParallel, median, printConditions, printRatio, timed } from './support/report.ts';

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    sizes: { type: 'string', default: '10,1000,100000' },
    objects: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
  },
});
const records = Number(values.records);
const sizes = values.sizes.split(',').map(Number);
const mostObjects = Number(values.objects);
const rounds = Number(values.rounds);

const controller = controllerId('inps');
const recordClass = recordClassId('portal-interaction');
const kind = 'controller-subject-id';
const content = Buffer.from('an object of a benchmark');
const sha256 = createHash('sha256').update(content).digest();

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield content;
}

/** Makes the next records of the million a person's, and puts an object to one in ten of them, up to a limit. */
const giveRecords = async (
  { owner, running }: BenchStack,
  { key, size, taken }: { readonly key: Buffer; readonly size: number; readonly taken: number },
): Promise<number> => {
  const { rows } = await owner.query<{ record_id: string }>(
    `UPDATE record_subject SET subject_key = $1
     WHERE record_id IN (SELECT id FROM record ORDER BY id OFFSET $2 LIMIT $3) RETURNING record_id`,
    [key, taken, size],
  );
  if (rows.length !== size) throw new Error(`Only ${rows.length} records were left for a person with ${size}`);
  const { endpoint, region, bucket, api } = running.objectStore;
  const store = openObjectStore({ endpoint, region, bucket, ...api });
  const chosen = rows.slice(0, Math.min(mostObjects, Math.ceil(size / 10))).map((row) => recordId(row.record_id));
  await inParallel(chosen, 16, async (id: RecordId) => {
    const object = objectId(randomUUID());
    const where = objectKey({ controller, recordClass, recordId: id, objectId: object });
    const facts = { mediaType: 'text/plain', size: content.length, sha256 };
    const { versionId } = await store.put({ key: where, body: bytes(), ...facts });
    await owner.query(
      `INSERT INTO record_object (id, record_id, name, media_type, object_key, state, version_id, size, sha256, created_at)
       VALUES ($1, $2, 'object.txt', $3, $4, 'stored', $5, $6, $7, now())`,
      [object, id, facts.mediaType, where, versionId, facts.size, sha256],
    );
  });
  return chosen.length;
};

await withBenchStack(async (stack) => {
  const { running, owner } = stack;
  const now = instantFromEpoch(Date.now());
  await storePolicies(running.postgres.apiUrl, now);
  printConditions('Search and manifest of one person', {
    records,
    sizes: sizes.join(' / '),
    objects: mostObjects,
    rounds,
  });
  const sealing = createSealing(await readKeysFile(running.secrets.keysFile));
  const loaded = await loadPolicies({ folder: 'policies' });
  const policy = loaded.find((one) => one.policy.controller === controller)?.policy;
  if (policy === undefined) throw new Error(`There is no policy of ${controller}`);
  const clock = controllerClock(new Map([[controller, policy]]));
  const setUp = await timed(() =>
    insertBareRecords(owner, {
      count: records,
      from: instantFromEpoch(Date.now() - days(400)),
      days: 365,
      controller,
      recordClass,
    }),
  );
  const people: { size: number; key: Buffer; value: string; objects: number }[] = [];
  let taken = 0;
  for (const size of sizes) {
    const value = randomUUID();
    const key = sealing.subjectKey({ controller, kind, value });
    people.push({ size, key, value, objects: await giveRecords(stack, { key, size, taken }) });
    taken += size;
  }
  await owner.query('VACUUM ANALYZE');
  console.log(`  ${records} records of others and of ${people.length} people made in ${setUp.seconds.toFixed(0)} s\n`);

  const worker = openDatabase({ url: running.postgres.workerUrl, applicationName: 'bench' });
  const api = openDatabase({ url: running.postgres.apiUrl, applicationName: 'bench' });
  const { endpoint, region, bucket, worker: credentials } = running.objectStore;
  const store = openObjectStore({ endpoint, region, bucket, ...credentials });
  try {
    const openCase = async (value: string): Promise<string> => {
      const { state } = await takeIn(
        { db: api, sealing, compute: clock.compute },
        {
          controller,
          policyVersion: policy.version,
          timeZone: policy.timeZone,
          reviewOn: pendingReviewOn(policy, now),
          channel: 'portal',
          receivedAt: now,
          language: 'it',
          identityLevel: 'digital-identity',
          rights: ['access'],
          person: {
            requester: { name: 'bench' },
            capacity: 'self',
            identifiers: [{ kind, value }],
            messageId: randomUUID(),
            text: 'bench',
          },
          subjects: [{ kind, value }],
          actor: { id: 'bench', role: 'dpo' },
          now,
        },
      );
      return state.caseId;
    };
    const search = async (caseId: string, size: number): Promise<number> => {
      const { seconds, value } = await timed(() =>
        searchManifest(
          { db: worker, sealing },
          {
            caseId,
            controller,
            manifestId: randomUUID(),
            searched: policy.recordClasses.map(({ id }) => id),
            now,
            onProgress: () => undefined,
          },
        ),
      );
      if (value?.records !== size) throw new Error(`The search found ${value?.records} of ${size} records`);
      return seconds;
    };
    /** The same, read and forgotten: one statement over the rows, one listing of the versions in the store. */
    const bare = async (key: Buffer, { size, objects }: { size: number; objects: number }): Promise<number> => {
      const { seconds, value } = await timed(async () => {
        const { rows } = await owner.query<{ id: string }>(
          `SELECT record.id, record.record_class, record.trigger_at, record.content_digest, unit.bound_day,
             object.id AS object_id, object.version_id, object.sha256
           FROM record_subject AS subject JOIN record ON record.id = subject.record_id
           JOIN retention_unit AS unit ON unit.id = record.unit_id
           LEFT JOIN record_object AS object ON object.record_id = record.id AND object.state = 'stored'
           WHERE subject.subject_key = $1 ORDER BY record.record_class, record.trigger_at, record.id`,
          [key],
        );
        const own = new Set(rows.map(({ id }) => id));
        let versions = 0;
        for await (const page of store.listVersions({ prefix: `${controller}/${recordClass}/` })) {
          versions += page.filter(({ key: where }) => own.has(where.split('/')[2] ?? '')).length;
        }
        return { rows: own.size, versions };
      });
      if (value.rows !== size || value.versions !== objects) throw new Error('The floor did not find what is there');
      return seconds;
    };
    // Memory first: the floor holds all of its rows, and the process does not give them back at once.
    const looks: { size: number; key: Buffer; objects: number; caseId: string; before: number; peak: number }[] = [];
    for (const { size, key, value, objects } of people) {
      const caseId = await openCase(value);
      const before = residentBytes(process.pid) ?? 0;
      const watch = watchMemory(process.pid);
      await search(caseId, size);
      looks.push({ size, key, objects, caseId, before, peak: (await watch.stop()).peak });
    }
    for (const { size, key, objects, caseId, before, peak } of looks) {
      const times: { oblio: number; floor: number }[] = [];
      for (let round = 0; round < rounds; round += 1) {
        times.push({ oblio: await search(caseId, size), floor: await bare(key, { size, objects }) });
      }
      const oblio = median(times.map((time) => time.oblio));
      const floor = median(times.map((time) => time.floor));
      printRatio(
        `${size} records, ${objects} objects`,
        'records',
        { count: size, seconds: oblio },
        { count: size, seconds: floor },
      );
      console.log(
        `  ${''.padEnd(34)} ${(oblio * 1_000).toFixed(0)} ms, ${((oblio * 1e6) / size).toFixed(0)} microseconds a record; resident ${megabytes(before)} before the first search, at most ${megabytes(peak)} in it`,
      );
    }
  } finally {
    await Promise.all([worker.destroy(), api.destroy()]);
  }
});
