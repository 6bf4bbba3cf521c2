/**
 * One chunk of a unit's erasure, by one execution at a time. A walk over a unit is a series of these calls, each with the cursor of the one before: first what
 * earlier walks began and could not finish, then the records, in order of id. What suspensions keep is left out, and found
 * again by the next walk.
 */
import { sql } from 'kysely';
import type { ErasureRefusal } from '../../domain/certificate.ts';
import { type IntentId, intentId, type RecordId, recordId, type UnitId } from '../../domain/ids.ts';
import { retentionWindow } from '../../domain/policy/retention-dates.ts';
import { nothingKept } from '../../domain/suspension/suspension.ts';
import { epochMs, type Instant, instantPlus } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import { fromDate } from '../database/instants.ts';
import { type DispositionTerms, readDispositionTerms } from '../policies/disposition-terms.ts';
import { type RetentionUnit, readUnit } from '../units/units.ts';
import { carryOut } from './carry-out.ts';
import type { EraseBasis, EraseNextChunkInput, EraseNextChunkResult, GateTools } from './contracts.ts';
import { findVersions } from './find-versions.ts';
import { findOpenIntent, type Intent } from './intents.ts';
import { writeIntent } from './write-intent.ts';

/** Records of one chunk, unless the caller says otherwise. */
export const defaultChunkSize = 4000;

/** Where a walk stands: still among the intents that a store refused, or among the records. */
type Position =
  | { readonly among: 'intents'; readonly after: IntentId | undefined }
  | { readonly among: 'records'; readonly after: RecordId | undefined };

/** Where a walk stands that has met an interrupted intent before anything else. */
const atStart = 'start';

const readCursor = (cursor: string = atStart): Position => {
  if (cursor === atStart) return { among: 'intents', after: undefined };
  const [among, id = ''] = cursor.split(':');
  if (among === 'intent') return { among: 'intents', after: intentId(id) };
  if (among === 'record') return { among: 'records', after: recordId(id) };
  throw new RangeError('This is no cursor of the gate');
};

type Chunk = Extract<EraseNextChunkResult, { kind: 'chunk' }>;

/** A clock that began at the caller's `now` and runs like the real one. */
const runningFrom = (now: Instant, clock: () => Instant): (() => Instant) => {
  const ahead = epochMs(now) - epochMs(clock());
  return () => instantPlus(clock(), ahead);
};

/**
 * Runs `work` on one connection while it holds the unit's lock; `undefined` at once if another execution holds it. The lock belongs to
 * the database session and ends with it, so a process that was killed holds nothing up. It only saves work: what must happen once is
 * guarded by keys and row locks, since an execution that lost its connection may still be running.
 */
const withUnitLock = <Value>(
  db: Database,
  unitId: UnitId,
  work: (connection: Database) => Promise<Value>,
): Promise<Value | undefined> =>
  db.connection().execute(async (connection) => {
    const key = sql`hashtextextended(${`oblio/unit/${unitId}`}, 0)`;
    const { rows } = await sql<{ got: boolean }>`SELECT pg_try_advisory_lock(${key}) AS got`.execute(connection);
    if (rows[0]?.got !== true) return undefined;
    try {
      return await work(connection);
    } finally {
      // If the connection is gone, so is the lock, and the error that ended the work is the one that counts.
      await sql`SELECT pg_advisory_unlock(${key})`.execute(connection).catch(() => undefined);
    }
  });

/** The records of one chunk, in order of id. */
type Candidates = {
  /** Sorted; all dated by the same version of the policy, so that a certificate quotes one rule. */
  readonly recordIds: readonly RecordId[];
  readonly policyVersion: number;
  readonly lastTriggerAt: Instant;
  /** Whether the walk ends with them. */
  readonly last: boolean;
};

/** Which unit, on which basis (a decision names its records), and where the walk stands. */
type ReadCandidatesInput = {
  readonly unit: RetentionUnit;
  readonly basis: EraseBasis;
  readonly after: RecordId | undefined;
  readonly limit: number;
};

/** Reads the candidates, or `undefined` at the end of the walk. Nothing is locked: the intent's transaction looks again. */
const readCandidates = async (
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

/** What the gate looks at before it begins; `terms` are absent where the policy does not know the class. */
type RefusalInput = {
  readonly unit: RetentionUnit;
  readonly basis: EraseBasis;
  readonly terms: DispositionTerms | undefined;
  /** The latest trigger among the records: the one whose window opens last. */
  readonly lastTriggerAt: Instant;
  readonly now: Instant;
};

/**
 * Why these records may not be destroyed now, or `undefined`. The window is taken from the unit, and computed again from the rule
 * that dated the records: a unit with a wrong date destroys nothing early. A decision needs no window, but the basis all the same.
 */
const refusal = ({ unit, basis, terms, lastTriggerAt, now }: RefusalInput): ErasureRefusal | undefined => {
  if (terms?.archivalBasis === undefined) return 'no-archival-basis';
  if (basis.kind === 'decision') return undefined;
  if (now < unit.opensAt) return 'before-window';
  const { opensAt } = retentionWindow({ rule: terms.rule, triggerAt: lastTriggerAt, timeZone: terms.timeZone });
  return now < opensAt ? 'before-window' : undefined;
};

type Terms = (of: {
  readonly unit: RetentionUnit;
  readonly policyVersion: number;
}) => Promise<DispositionTerms | undefined>;

const continueIntent = async (
  tools: GateTools,
  connection: Database,
  { unit, intent, now, terms: readTerms }: { unit: RetentionUnit; intent: Intent; now: () => Instant; terms: Terms },
): Promise<Pick<Chunk, 'certificateId' | 'gone' | 'failed'>> => {
  const terms = await readTerms({ unit, policyVersion: intent.policyVersion });
  if (terms === undefined)
    throw new Error(`Policy version ${intent.policyVersion} of ${unit.controller} is not stored`);
  return carryOut(tools, connection, { intent, terms, now });
};

const eraseRecords = async (
  tools: GateTools,
  connection: Database,
  input: EraseNextChunkInput & { unit: RetentionUnit; after: RecordId | undefined; clock: () => Instant; terms: Terms },
): Promise<EraseNextChunkResult> => {
  const { unit, basis, after, now, clock, limit = defaultChunkSize } = input;
  const { store, atStep } = tools;
  const nothing = { kind: 'chunk', certificateId: undefined, gone: 0, kept: nothingKept, failed: [] } as const;
  const candidates = await readCandidates(connection, { unit, basis, after, limit });
  if (candidates === undefined) return { ...nothing, cursor: undefined };
  const { recordIds, policyVersion, lastTriggerAt, last } = candidates;
  await atStep('candidates-read');
  const terms = await input.terms({ unit, policyVersion });
  const refuse = (current: RetentionUnit) => refusal({ unit: current, basis, terms, lastTriggerAt, now });
  const reason = refuse(unit);
  if (reason !== undefined || terms === undefined) return { kind: 'refused', reason: reason ?? 'no-archival-basis' };
  const found = await findVersions(store, { ...unit, recordIds });
  await atStep('store-listed');
  const { caseFiles } = terms;
  const intended = { unit, basis, recordIds, policyVersion, found, caseFiles, now, refuse, atStep };
  const written = await writeIntent(connection, intended);
  if (written.kind === 'refused') return written;
  const lastId = recordIds.at(-1);
  const cursor = last || lastId === undefined ? undefined : `record:${lastId}`;
  if (written.kind === 'moved') return { ...nothing, cursor: input.cursor ?? atStart };
  if (written.kind === 'nothing') return { ...nothing, kept: written.kept, cursor };
  await atStep('intent-committed');
  const { intent, items } = written;
  const done = await carryOut(tools, connection, { intent, terms, fresh: { items, found }, now: clock });
  return { kind: 'chunk', ...done, kept: intent.kept, cursor };
};

/**
 * Erases the next chunk of a unit, under a lock on the unit: an open intent first, then new records behind the fence.
 * Refuses before the window (I2), without an archival basis, and ahead of the real clock where time travel is refused.
 */
export const eraseNextChunk = async (
  tools: GateTools & { readonly timeTravel: 'refused' | 'allowed' },
  input: EraseNextChunkInput,
): Promise<EraseNextChunkResult> => {
  const { unitId, now, cursor } = input;
  const position = readCursor(cursor);
  if (tools.timeTravel === 'refused' && now > tools.clock()) return { kind: 'refused', reason: 'ahead-of-the-clock' };
  const clock = runningFrom(now, tools.clock);
  const result = await withUnitLock(tools.db, unitId, async (connection): Promise<EraseNextChunkResult> => {
    await tools.atStep('unit-locked');
    const unit = await readUnit(connection, unitId);
    if (unit === undefined) return { kind: 'refused', reason: 'unknown-unit' };
    const terms: Terms = ({ unit: { controller, recordClass }, policyVersion }) =>
      readDispositionTerms(connection, { controller, recordClass, policyVersion });
    const interrupted = await findOpenIntent(connection, { unitId, which: { kind: 'interrupted' } });
    if (interrupted !== undefined) {
      const done = await continueIntent(tools, connection, { unit, intent: interrupted, now: clock, terms });
      // The walk has not moved by this; what was kept back beside the intent is met again, and counted, by the walk itself.
      return { kind: 'chunk', ...done, kept: nothingKept, cursor: cursor ?? atStart };
    }
    if (position.among === 'intents') {
      const refused = await findOpenIntent(connection, { unitId, which: { kind: 'refused', after: position.after } });
      if (refused !== undefined) {
        const done = await continueIntent(tools, connection, { unit, intent: refused, now: clock, terms });
        return { kind: 'chunk', ...done, kept: nothingKept, cursor: `intent:${refused.intentId}` };
      }
    }
    const after = position.among === 'records' ? position.after : undefined;
    return eraseRecords(tools, connection, { ...input, unit, after, clock, terms });
  });
  return result ?? { kind: 'busy' };
};
