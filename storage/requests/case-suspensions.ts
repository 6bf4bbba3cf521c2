/**
 * The suspensions a case brings about: pending request and restriction (Art. 18). Each is found again by its case and right, so that a
 * step that is repeated after a loss places none twice (I9).
 */
import { suspensionId as asSuspensionId } from '../../domain/ids.ts';
import type { RightKey } from '../../domain/request/course/rights.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { LocalDate } from '../../domain/time/local-date.ts';
import type { Database } from '../database/database.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { takeFenceExclusive } from '../suspensions/fence.ts';
import { placeSuspension } from '../suspensions/place-suspension.ts';
import { readNamedScope, readSubjectKeys, subjectScope } from './identifiers.ts';

/** A suspension that a case brings about, under an id that the caller chose. */
export type KeepForCaseInput = {
  readonly caseId: string;
  readonly suspensionId: string;
  readonly kind: 'pending-request' | 'restriction';
  /** For a restriction: the right that brought it about. */
  readonly right?: RightKey;
  readonly legalBasis: string;
  readonly reason: string;
  readonly reviewOn: LocalDate;
  readonly now: Instant;
};

/** The matter under which a suspension of a case is found: the case's id, and the right for a restriction. */
export const matterOf = (caseId: string, right?: RightKey): string =>
  right === undefined ? caseId : `${caseId}/${right}`;

/** Keeps what the person's identifiers cover; answers with the suspension that stands, placed now or before. */
export const keepForCase = (
  { db, sealing }: { readonly db: Database; readonly sealing: Sealing },
  { caseId, suspensionId, kind, right, legalBasis, reason, reviewOn, now }: KeepForCaseInput,
): Promise<{ readonly suspensionId: string } | undefined> =>
  db.transaction().execute(async (tx) => {
    const found = await tx.selectFrom('request_case').select('controller').where('id', '=', caseId).executeTakeFirst();
    if (found === undefined) return undefined;
    const controller = found.controller;
    const matterReference = matterOf(caseId, right);
    await takeFenceExclusive(tx, controller);
    const standing = await tx
      .selectFrom('suspension')
      .select('id')
      .where('controller', '=', controller)
      .where('kind', '=', kind)
      .where('matter_reference', '=', matterReference)
      .where('state', '=', 'active')
      .executeTakeFirst();
    if (standing !== undefined) return { suspensionId: standing.id };
    await placeSuspension(tx, {
      suspensionId: asSuspensionId(suspensionId),
      controller,
      kind,
      matterReference,
      legalBasis,
      reason,
      scope: [
        ...subjectScope(sealing, controller, caseId, await readSubjectKeys(tx, caseId)),
        ...(await readNamedScope(tx, caseId)),
      ],
      reviewOn,
      actor: { id: 'oblio', role: 'system' },
      now,
    });
    return { suspensionId };
  });
