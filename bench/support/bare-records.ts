// Rows as registration makes them, a million at a time by the database itself: for benchmarks whose subject is not registration.

import type { Pool } from 'pg';
import type { ControllerId, RecordClassId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { loadPolicies } from '../../policies/load-policies.ts';
import { openDatabase } from '../../storage/database/database.ts';
import { storePolicy } from '../../storage/policies/policies.ts';

/** How many rows of which class, and over how many days of events they lie. */
export type BareRecordsInput = {
  readonly count: number;
  readonly from: Instant;
  /** Triggers lie on so many days, one unit each. */
  readonly days: number;
  readonly controller: ControllerId;
  readonly recordClass: RecordClassId;
};

/** Stores the policies of the repository, as the API does when it starts. */
export const storePolicies = async (url: string, now: Instant): Promise<void> => {
  const db = openDatabase({ url, applicationName: 'bench' });
  try {
    for (const { policy, digest } of await loadPolicies({ folder: 'policies' })) {
      await storePolicy(db, { policy, digest, now, actor: 'bench' });
    }
  } finally {
    await db.destroy();
  }
};

/** Inserts day units and records of a class, each with one subject; due long ago. */
export const insertBareRecords = async (
  owner: Pool,
  { count, from, days, controller, recordClass }: BareRecordsInput,
): Promise<void> => {
  const { rows } = await owner.query<{ version: number }>(
    'SELECT max(version) AS version FROM policy_version WHERE controller = $1',
    [controller],
  );
  const version = rows[0]?.version;
  if (typeof version !== 'number') throw new Error(`No policy of ${controller} is stored`);
  const used = Math.min(days, count);
  await owner.query(
    `INSERT INTO retention_unit (id, controller, record_class, unit_size, unit_key, bound_day, opens_at, due_at, bound_at, created_at, workflow_started_at)
     SELECT gen_random_uuid(), $1, $2, 'day', 'bench/' || $1 || '/' || $2 || '/' || day, day::date, day, day, day + interval '1 day', $3, $3
     FROM generate_series($3::timestamptz, $3::timestamptz + make_interval(days => $4 - 1), interval '1 day') AS day`,
    [controller, recordClass, from, used],
  );
  await owner.query(
    `WITH unit AS (
       SELECT id, opens_at, row_number() OVER (ORDER BY opens_at) - 1 AS place FROM retention_unit
       WHERE unit_key LIKE 'bench/%' AND controller = $1 AND record_class = $2 AND created_at = $3)
     INSERT INTO record (id, unit_id, controller, record_class, source_id, source_key, trigger_at, registered_at, policy_version, sealed_content, content_digest)
     SELECT gen_random_uuid(), unit.id, $1, $2, 'bench-' || extract(epoch FROM $3::timestamptz) || '-' || n,
       sha256(convert_to($2 || $3::text || n, 'UTF8')), unit.opens_at + interval '10 hours', $3, $4,
       convert_to(repeat('x', 200), 'UTF8'), sha256(convert_to(n::text, 'UTF8'))
     FROM generate_series(0, $5 - 1) AS n JOIN unit ON unit.place = n % $6`,
    [controller, recordClass, from, version, count, used],
  );
  await owner.query(
    `INSERT INTO record_subject (record_id, kind, subject_key)
     SELECT id, 'controller-subject-id', sha256(convert_to('subject of ' || source_id, 'UTF8')) FROM record WHERE controller = $1 AND registered_at = $2`,
    [controller, from],
  );
};
