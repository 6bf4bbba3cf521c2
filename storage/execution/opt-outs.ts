/**
 * The register of what people refused: the notices' opt-outs, purposes they objected to (Art. 21(3)), consents they withdrew (Art. 7(3)).
 * Keyed hashes only. It stays when every record of the person is erased: a refusal that is forgotten is not respected, so keeping the
 * little that respects it is the legal duty of Art. 17(3)(b). Only the person takes it back; the line then says until when it bound.
 */
import { sql } from 'kysely';
import type { ControllerId, RecordClassId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';
import { readSubjectKeys } from '../requests/identifiers.ts';
import type { Sealing } from '../sealing/sealing.ts';
import type { Actor } from '../suspensions/place-suspension.ts';

/** How the register names the processing of a class that an objection stopped. */
export const stoppedProcessing = (recordClass: RecordClassId): string => `processing.${recordClass}`;

/** How it names the consent on which a class rests. */
export const withdrawnConsent = (recordClass: RecordClassId): string => `consent.${recordClass}`;

/** What a person refused in a case, on which ground, and since when it binds. */
export type RecordRefusalsInput = {
  readonly controller: ControllerId;
  readonly caseId: string;
  readonly refused: readonly string[];
  readonly ground: 'opt-out' | 'objection' | 'consent-withdrawal';
  /** From when on it binds: the receipt of the request. */
  readonly effectiveAt: Instant;
  readonly now: Instant;
};

/**
 * Writes down what the person of a case refused, for every identifier the case knows. Once: what was refused before stays as it was.
 * Returns how many identifiers the register now has for the case's person.
 */
export const recordRefusals = (
  db: Database,
  { controller, caseId, refused, ground, effectiveAt, now }: RecordRefusalsInput,
): Promise<number> =>
  db.transaction().execute(async (tx) => {
    const keys = await readSubjectKeys(tx, caseId);
    if (refused.length === 0 || keys.length === 0) return 0;
    const rows = refused.flatMap((what) =>
      keys.map((subject_key) => ({
        controller,
        refused: what,
        subject_key,
        ground,
        case_id: caseId,
        effective_at: toDate(effectiveAt),
        recorded_at: toDate(now),
      })),
    );
    const inserted = await tx
      .insertInto('opt_out')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .returning('refused')
      .execute();
    if (inserted.length > 0) {
      await appendAuditEntry(tx, {
        at: now,
        actor: 'oblio',
        role: 'system',
        action: 'opt-outs-recorded',
        controller,
        target: { kind: 'case', id: caseId },
        why: ground,
        detail: { refused, identifiers: keys.length, recorded: inserted.length },
      });
    }
    return keys.length;
  });

/** Whether people refused something, asked by their keyed hashes: who asks learns nothing else. */
export type AskRefusalsInput = {
  readonly controller: ControllerId;
  readonly refused: string;
  readonly keys: readonly Buffer[];
  readonly now: Instant;
};

/**
 * Whether each identifier is free of the refusal, in their order. One statement of one shape for every person: an unknown one
 * costs and answers the same as a known one who refused nothing.
 */
export const askRefusals = async (
  db: Database | DatabaseTransaction,
  { controller, refused, keys, now }: AskRefusalsInput,
): Promise<readonly boolean[]> => {
  const { rows } = await sql<{ allowed: boolean }>`
    SELECT NOT EXISTS (
      SELECT FROM opt_out WHERE controller = ${controller} AND refused = ${refused} AND subject_key = asked.subject_key
        AND (ended_at IS NULL OR ended_at > ${toDate(now)})
    ) AS allowed
    FROM unnest(${keys}::bytea[]) WITH ORDINALITY AS asked (subject_key, place)
    ORDER BY asked.place`.execute(db);
  return rows.map(({ allowed }) => allowed);
};

/** A refusal as the register has it. */
export type RefusalLine = { readonly from: Instant; readonly until?: Instant; readonly ground: string };

/** Whose refusal ends and why; only the person's own word ends it. */
export type EndRefusalInput = {
  readonly controller: ControllerId;
  readonly refused: string;
  readonly key: Buffer;
  /** What the person said or wrote, and how staff know that it was the person. */
  readonly reason: string;
  readonly actor: Actor;
  readonly now: Instant;
};

/**
 * Ends a refusal because the person takes it back: allowed again from now on. Ending it twice changes nothing. Answers with all lines of
 * the identifier, oldest first; none where nothing was refused under it.
 */
export const endRefusal = (
  { db, sealing }: { readonly db: Database; readonly sealing: Sealing },
  { controller, refused, key, reason, actor, now }: EndRefusalInput,
): Promise<readonly RefusalLine[]> =>
  db.transaction().execute(async (tx) => {
    const lines = await tx
      .selectFrom('opt_out')
      .select(['id', 'effective_at', 'ended_at', 'ground', 'case_id'])
      .where('controller', '=', controller)
      .where('refused', '=', refused)
      .where('subject_key', '=', key)
      .orderBy('recorded_at')
      .orderBy('id')
      .forUpdate()
      .execute();
    const inForce = lines.find(({ ended_at }) => ended_at === null);
    const endedAt = toDate(now);
    if (inForce !== undefined) {
      await tx
        .updateTable('opt_out')
        .set({
          ended_at: sql`greatest(effective_at, ${endedAt}::timestamptz)`,
          ended_by: actor.id,
          sealed_reason: sealing.seal(Buffer.from(reason, 'utf8'), `opt-out-end/${inForce.id}`),
        })
        .where('id', '=', inForce.id)
        .execute();
      await appendAuditEntry(tx, {
        at: now,
        actor: actor.id,
        role: actor.role,
        action: 'opt-out-ended',
        controller,
        target: { kind: 'opt-out', id: refused },
        why: 'taken-back-by-the-person',
        detail: { line: inForce.id, ground: inForce.ground, caseId: inForce.case_id },
      });
    }
    return lines.map(({ id, effective_at, ended_at, ground }) => {
      const until = id === inForce?.id ? new Date(Math.max(effective_at.getTime(), endedAt.getTime())) : ended_at;
      return { from: fromDate(effective_at), ground, ...(until === null ? {} : { until: fromDate(until) }) };
    });
  });
