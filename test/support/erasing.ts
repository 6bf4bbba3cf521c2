/** Erasing a unit to its end, and looking behind the gate's back at what is left: the checks that every erasure test makes. */
import { sql } from 'kysely';
import { expect } from 'vitest';
import type { DispositionCertificate } from '../../domain/certificate.ts';
import type { RecordId, UnitId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { EraseBasis, EraseNextChunkResult, ErasureGate } from '../../storage/erasure-gate/index.ts';
import type { World } from './world.ts';

export type Chunk = Extract<EraseNextChunkResult, { kind: 'chunk' }>;

export const periodEnded: EraseBasis = { kind: 'retention-period-ended' };

export type WalkInput = {
  readonly unitId: UnitId;
  readonly now: Instant;
  readonly basis?: EraseBasis;
  readonly limit?: number;
};

/** One call of the gate that must not be refused. */
export const eraseChunk = async (
  gate: ErasureGate,
  { basis = periodEnded, ...input }: WalkInput & { readonly cursor?: string },
): Promise<Chunk> => {
  const result = await gate.eraseNextChunk({ ...input, basis });
  if (result.kind !== 'chunk') throw new Error(`The gate answered ${JSON.stringify(result)}`);
  return result;
};

/** A whole walk over a unit. */
export const walkUnit = async (gate: ErasureGate, input: WalkInput): Promise<readonly Chunk[]> => {
  const chunks: Chunk[] = [];
  let cursor: string | undefined;
  do {
    const chunk = await eraseChunk(gate, { ...input, ...(cursor === undefined ? {} : { cursor }) });
    chunks.push(chunk);
    cursor = chunk.cursor;
    if (chunks.length > 1000) throw new Error('The walk does not end');
  } while (cursor !== undefined);
  return chunks;
};

/** Tables that name a record, with the column that does; asked of the database, so that a new one is not forgotten. */
export const tablesOfRecords = async (
  world: World,
): Promise<readonly { readonly table: string; readonly column: string }[]> => {
  const { rows } = await sql<{ table: string; column: string }>`
    SELECT conrelid::regclass::text AS table, attribute.attname AS column
    FROM pg_constraint JOIN pg_attribute AS attribute ON attribute.attrelid = conrelid AND attribute.attnum = conkey[1]
    WHERE contype = 'f' AND confrelid = 'record'::regclass`.execute(world.superuser());
  return [{ table: 'record', column: 'id' }, ...rows];
};

/** Rows and object versions of records, counted as superuser and store administrator. */
export const whatIsLeft = async (
  world: World,
  recordIds: readonly RecordId[],
): Promise<{ readonly rows: number; readonly versions: number }> => {
  let rows = 0;
  for (const { table, column } of await tablesOfRecords(world)) {
    const counted = await sql<{ n: number }>`
      SELECT count(*) AS n FROM ${sql.table(table)} WHERE ${sql.ref(column)} = ANY(${recordIds}::uuid[])`.execute(
      world.superuser(),
    );
    rows += counted.rows[0]?.n ?? 0;
  }
  const wanted = new Set<string>(recordIds);
  let versions = 0;
  for await (const page of world.store('admin').listVersions({ prefix: '' })) {
    versions += page.filter(({ key }) => wanted.has(key.split('/')[2] ?? '')).length;
  }
  return { rows, versions };
};

/** Nothing is left of the records, and each is in exactly one certificate. */
export const expectGone = async (world: World, recordIds: readonly RecordId[]): Promise<void> => {
  expect(await whatIsLeft(world, recordIds)).toEqual({ rows: 0, versions: 0 });
  const { rows } = await sql<{ record_id: string; certificates: number }>`
    SELECT item.record_id, count(certificate.id) AS certificates FROM erasure_item AS item
    LEFT JOIN disposition_certificate AS certificate ON certificate.intent_id = item.intent_id
    WHERE item.record_id = ANY(${recordIds}::uuid[]) GROUP BY item.record_id`.execute(world.superuser());
  expect(rows).toHaveLength(recordIds.length);
  expect(rows.filter(({ certificates }) => certificates !== 1)).toEqual([]);
};

/** Everything of the records is there, and nobody has written down their destruction. */
export const expectWhole = async (
  world: World,
  records: readonly { readonly recordId: RecordId; readonly objects: readonly unknown[] }[],
): Promise<void> => {
  const recordIds = records.map(({ recordId }) => recordId);
  const { rows } = await sql<{ records: number; items: number }>`
    SELECT (SELECT count(*) FROM record WHERE id = ANY(${recordIds}::uuid[])) AS records,
      (SELECT count(*) FROM erasure_item WHERE record_id = ANY(${recordIds}::uuid[])) AS items`.execute(
    world.superuser(),
  );
  expect(rows[0]).toEqual({ records: recordIds.length, items: 0 });
  const objects = records.reduce((sum, record) => sum + record.objects.length, 0);
  expect((await whatIsLeft(world, recordIds)).versions).toBe(objects);
};

/** The certificates of a unit, oldest first. */
export const certificatesOf = async (world: World, unitId: UnitId): Promise<readonly DispositionCertificate[]> => {
  const rows = await world
    .database('api')
    .selectFrom('disposition_certificate')
    .select('document')
    .where('unit_id', '=', unitId)
    .orderBy('id')
    .execute();
  // Written by the gate under test: its form is what the tests go on to check.
  return rows.map(({ document }) => document as DispositionCertificate);
};
