/**
 * A hold that lands on a day unit of 100,000 records while it is being erased: what its answer lists as lost and what it preserves
 * are the unit, exactly; and what it preserves is there afterwards, byte for byte.
 */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CertificateId, UnitId } from '../../domain/ids.ts';
import { instant } from '../../domain/time/instant.ts';
import type { GateStep } from '../../storage/erasure-gate/index.ts';
import type { Placement } from '../../storage/suspensions/place-suspension.ts';
import { handIn, recordClasses } from '../support/records.ts';
import { place } from '../support/suspensions.ts';
import { createWorld, realNow, type World } from '../support/world.ts';

const size = Number(process.env.OBLIO_PARTITION_RECORDS ?? 100_000);
const triggerAt = instant('2020-01-15T10:00:00Z');
const minutes = 60_000;

let world: World;
let unit: UnitId;

beforeAll(async () => {
  world = await createWorld({ label: 'partition' });
  const [first] = await handIn(world, { recordClass: recordClasses.portalInteraction, triggerAt, count: size });
  if (first === undefined) throw new Error('Nothing was handed in');
  unit = first.unit.id;
}, 20 * minutes);
afterAll(() => world.close());

/** Every row of the unit with a digest of all that a source handed in. */
const contents = async (): Promise<ReadonlyMap<string, string>> => {
  const { rows } = await sql<{ id: string; digest: string }>`
    SELECT record.id::text AS id, md5(sealed_content || content_digest || source_key) ||
      (SELECT count(*) FROM record_subject s WHERE s.record_id = record.id) AS digest
    FROM record WHERE unit_id = ${unit}`.execute(world.database('owner'));
  return new Map(rows.map(({ id, digest }) => [id, digest]));
};

const placeHold = (): Promise<Placement> =>
  place(world, {
    scope: [
      {
        recordClass: recordClasses.portalInteraction,
        triggers: { from: instant('2020-01-15T00:00:00Z'), until: instant('2020-01-16T00:00:00Z') },
      },
    ],
    now: realNow(),
  });

test(
  'I4: the answer partitions the unit exactly, and what it preserves is there afterwards, byte for byte',
  async () => {
    const before = await contents();
    expect(before.size).toBe(size);
    const chunk = size / 50;
    let chunks = 0;
    let placing: Promise<Placement> | undefined;
    // In the middle of a transaction that is writing an intent: the fence decides on which side of it the hold falls.
    const gate = world.gate({
      atStep: async (step: GateStep) => {
        if (step === 'candidates-read') chunks += 1;
        if (chunks === 11 && step === 'suspensions-read') {
          placing = placeHold();
          placing.catch(() => undefined);
        }
      },
    });
    let gone = 0;
    const certificates = new Map<CertificateId, number>();
    let cursor: string | undefined;
    let kept = 0;
    do {
      const result = await gate.eraseNextChunk({
        unitId: unit,
        now: realNow(),
        basis: { kind: 'retention-period-ended' },
        limit: chunk,
        ...(cursor === undefined ? {} : { cursor }),
      });
      if (result.kind !== 'chunk') throw new Error(`The gate answered ${result.kind}`);
      gone += result.gone;
      kept += result.kept.records;
      if (result.certificateId !== undefined) certificates.set(result.certificateId, result.gone);
      cursor = result.cursor;
    } while (cursor !== undefined);
    const answer = await placing;
    if (answer === undefined) throw new Error('The hold was never placed');

    const erasing = answer.beingErased.reduce((sum, { records }) => sum + records, 0);
    const erased = answer.erasedBefore.reduce((sum, { records }) => sum + records, 0);
    expect(answer.moreCertificates).toBe(false);
    expect(erasing + erased).toBeGreaterThanOrEqual(10 * chunk);
    expect(erasing + erased).toBe(gone);
    expect(kept).toBe(size - gone);
    for (const { certificate, records } of answer.erasedBefore) expect(certificates.get(certificate)).toBe(records);

    const after = await contents();
    expect(after.size).toBe(size - erasing - erased);
    for (const [id, digest] of after) if (before.get(id) !== digest) throw new Error(`${id} is not what it was`);
    process.stdout.write(`partition: ${erased} erased before, ${erasing} being erased, ${after.size} preserved\n`);
  },
  20 * minutes,
);
