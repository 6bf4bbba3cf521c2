/**
 * Reads what a letter says beside the case itself: what was found, erased and rectified, which recipients were notified, and earlier
 * cases. Used when a letter is written, and when staff look at one beforehand with words that are not on file yet.
 */

import { sql } from 'kysely';
import { factsOfCase, type LetterOfCase } from '../../domain/letter/case-facts.ts';
import type { AskedFacts } from '../../domain/letter/compose-letter.ts';
import type { CompositionFacts } from '../../domain/letter/composition-facts.ts';
import type { ErasedLine } from '../../domain/letter/letter-content.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import type { ControllerClock } from '../../domain/request/clock/controller-clock.ts';
import { personalTies } from '../../domain/request/decision/record-tie.ts';
import { localDateAt } from '../../domain/time/calendar.ts';
import type { Database } from '../database/database.ts';
import { fromDate } from '../database/instants.ts';
import { readRectified } from '../execution/rectifications.ts';
import { readManifest } from '../manifests/read-manifest.ts';
import { readRecipientLines } from '../recipients/recipient-lines.ts';
import { findByReferences } from '../requests/read-cases.ts';
import type { Sealing } from '../sealing/sealing.ts';

/** The records of a case's certificates, oldest first. */
export const readErasedByCase = async (
  db: Database,
  caseId: string,
  timeZone: string,
): Promise<readonly ErasedLine[]> => {
  const rows = await db
    .selectFrom('erasure_intent')
    .innerJoin('disposition_certificate', 'disposition_certificate.intent_id', 'erasure_intent.id')
    .innerJoin('erasure_item', 'erasure_item.intent_id', 'erasure_intent.id')
    .select([
      'erasure_item.record_id',
      'erasure_intent.record_class',
      'disposition_certificate.verified_at',
      'disposition_certificate.id as certificate',
    ])
    .where(
      sql<boolean>`(erasure_intent.case_id = ${caseId}::uuid OR erasure_item.record_id IN (
        SELECT taken.record_id FROM request_execution AS execution
        JOIN manifest_record AS taken ON taken.manifest_id = (execution.result ->> 'manifestId')::uuid
          AND taken.tie = ANY(${[...personalTies]}::text[])
        WHERE execution.case_id = ${caseId}::uuid))`,
    )
    .orderBy('disposition_certificate.verified_at')
    .orderBy('erasure_item.record_id')
    .execute();
  return rows.map((row) => ({
    recordId: row.record_id,
    recordClass: row.record_class,
    erasedOn: localDateAt(fromDate(row.verified_at), timeZone),
    certificate: row.certificate,
  }));
};

/** Where the facts of letters lie, and the clock of the controllers. */
export type LetterFactsDeps = {
  readonly db: Database;
  readonly sealing: Sealing;
  readonly policies: ReadonlyMap<string, Policy>;
  readonly clock: ControllerClock;
};

/**
 * Everything a letter is composed from but its protocol number. The caller has read the case, so that a preview gathers from the same
 * parts as the letter. Of erasures a letter says what the ledger proves, nothing else.
 */
export const gatherLetterFacts = async (
  { db, sealing, policies, clock }: LetterFactsDeps,
  letter: LetterOfCase,
): Promise<{ readonly facts: Omit<CompositionFacts, 'protocol'>; readonly question: AskedFacts | undefined }> => {
  const { state, policy } = letter;
  const { facts, question } = factsOfCase(letter, clock);
  const manifest =
    state.manifest === undefined
      ? { records: [], erasedBefore: [] }
      : await readManifest(db, state.manifest.manifestId);
  const earlier = state.rights.flatMap(({ decided }) => decided?.decision.earlierCases ?? []);
  return {
    facts: {
      ...facts,
      records: manifest.records,
      erasedBefore: manifest.erasedBefore,
      erased: await readErasedByCase(db, state.caseId, policy.timeZone),
      rectified: await readRectified(db, sealing, state.caseId),
      recipients: await readRecipientLines({ db, sealing, policies }, state.caseId),
      earlierCases: await findByReferences(db, state.controller, earlier, policy.timeZone),
    },
    question,
  };
};
