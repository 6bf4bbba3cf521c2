/** The records of a unit that a chunk looks at: the next ones of the walk that nobody has written an intent for. */
import { sql } from 'kysely';
import type { RecordId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import { fromDate } from '../database/instants.ts';
import type { RetentionUnit } from '../units/units.ts';
import type { EraseBasis } from './contracts.ts';

/** The records of one chunk, in order of id. */
export type Candidates = {
  /** Sorted; all dated by the same version of the policy, so that a certificate quotes one rule. */
  readonly recordIds: readonly RecordId[];
  readonly policyVersion: number;
  readonly lastTriggerAt: Instant;
  /** Whether the walk ends with them. */
  readonly last: boolean;
};

/** Which unit, on which basis (a decision names its records), and where the walk stands. */
export type ReadCandidatesInput = {
  readonly unit: RetentionUnit;
  readonly basis: EraseBasis;
  readonly after: RecordId | undefined;
  readonly limit: number;
};

/** Reads the candidates, or `undefined` at the end of the walk. Nothing is locked: the intent's transaction looks again. */
export const readCandidates = async (
  db: Database,
  { unit, basis, after, limit }: ReadCandidatesInput,
): Promise<Candidates | undefined> => {
  const { rows } = await sql<{ id: RecordId; policy_version: number; trigger_at: Date }>`
    SELECT record.id::text AS id, record.policy_version, record.trigger_at FROM record
    WHERE record.unit_id = ${unit.unitId}
      ${after === undefined ? sql`` : sql`AND record.id > ${after}`}
      ${basis.kind === 'decision' ? sql`AND record.id = ANY(${basis.recordIds}::uuid[])` : sql``}
      AND NOT EXISTS (SELECT FROM erasure_item WHERE erasure_item.record_id = record.id)
    ORDER BY record.id LIMIT ${limit + 1}`.execute(db);
  const [first] = rows;
  if (first === undefined) return undefined;
  const policyVersion = first.policy_version;
  const otherVersion = rows.findIndex((row) => row.policy_version !== policyVersion);
  const chosen = rows.slice(0, Math.min(limit, otherVersion === -1 ? limit : otherVersion));
  const lastTrigger = chosen.reduce((latest, { trigger_at }) => Math.max(latest, trigger_at.getTime()), 0);
  return {
    recordIds: chosen.map(({ id }) => id),
    policyVersion,
    lastTriggerAt: fromDate(new Date(lastTrigger)),
    last: chosen.length === rows.length,
  };
};
