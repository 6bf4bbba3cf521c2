/**
 * Intake: a message becomes a case, with its reference, its first event and the suspension that keeps what the person asks about, in
 * one transaction. The suspension comes from the moment of receipt, not from triage: nothing in scope may lapse meanwhile (law.md
 * section 6). The same message twice is one case (I9).
 */
import { sql } from 'kysely';
import { v7 as uuidV7 } from 'uuid';
import { suspensionId as asSuspensionId, type ControllerId } from '../../domain/ids.ts';
import type { ClockEvents, ComputedClock } from '../../domain/request/clock/clock.ts';
import { applyEvents, clocksOf, withClocks } from '../../domain/request/course/apply-event.ts';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import type { Intake, IntakeChannel } from '../../domain/request/course/events.ts';
import type { IdentityLevel } from '../../domain/request/course/identity.ts';
import type { RightKey } from '../../domain/request/course/rights.ts';
import type { CasePerson } from '../../domain/request/decision/case-words.ts';
import { localDateAt } from '../../domain/time/calendar.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { LocalDate } from '../../domain/time/local-date.ts';
import { appendAuditEntries } from '../audit/audit-trail.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { takeFenceExclusive } from '../suspensions/fence.ts';
import { type Actor, placeSuspension } from '../suspensions/place-suspension.ts';
import { caseColumns, readState, rightRow } from './case-row.ts';
import { matterOf } from './case-suspensions.ts';
import { subjectScope } from './identifiers.ts';
import { findLikelyDuplicates, type LikelyDuplicate } from './likely-duplicates.ts';
import { openPerson, sealPerson } from './person.ts';
import { auditOf, insertEvents } from './record-events.ts';

/** A message as staff or a channel handed it in. */
export type TakeInInput = {
  readonly controller: ControllerId;
  readonly policyVersion: number;
  readonly timeZone: string;
  readonly channel: IntakeChannel;
  readonly receivedAt: Instant;
  /** As the message says, where that is not what it was taken as: by it the same message is known again. */
  readonly statedReceivedAt?: Instant;
  readonly language: 'it' | 'en';
  readonly identityLevel: IdentityLevel;
  readonly rights: readonly RightKey[];
  readonly person: CasePerson;
  /** The data subject's identifiers in their normalised form. */
  readonly subjects: readonly { readonly kind: string; readonly value: string }[];
  /** The day on which staff look whether the request must still keep what is in scope. */
  readonly reviewOn: LocalDate;
  readonly actor: Actor;
  readonly now: Instant;
};

/** The case of the message, and others that look like the same request. */
export type TakeInResult = {
  /** `differs`: the channel's own id of the message is known, with something else in it; nothing was taken in. */
  readonly kind: 'opened' | 'known' | 'differs';
  readonly state: CaseState;
  readonly likelyDuplicates: readonly LikelyDuplicate[];
};

/** The database, the keys, and the statutory clock of the controller. */
export type TakeInDeps = {
  readonly db: Database;
  readonly sealing: Sealing;
  readonly compute: (controller: ControllerId, events: ClockEvents) => ComputedClock;
};

/** `INPS-2026-000123`: the controller's short name, the year of receipt there, a number without gaps. */
const nextReference = async (tx: DatabaseTransaction, controller: ControllerId, year: number) => {
  const { rows } = await sql<{ last_number: number }>`
    INSERT INTO request_reference (controller, year, last_number) VALUES (${controller}, ${year}, 1)
    ON CONFLICT (controller, year) DO UPDATE SET last_number = request_reference.last_number + 1
    RETURNING last_number`.execute(tx);
  const number = rows[0]?.last_number;
  if (number === undefined) throw new Error('A reference was left without a number');
  return { number, reference: `${controller.toUpperCase()}-${year}-${String(number).padStart(6, '0')}` };
};

/** What makes two messages the same: their own id where the channel gives one, else everything that was handed in. */
const messageKeyOf = (
  sealing: Sealing,
  { controller, channel, receivedAt, statedReceivedAt = receivedAt, person }: TakeInInput,
): Buffer =>
  sealing.contentDigest(
    canonicalJson(
      person.messageId === undefined
        ? { controller, channel, receivedAt: statedReceivedAt, person }
        : { controller, channel, messageId: person.messageId },
    ),
  );

type KnownCase = { readonly state: CaseState; readonly sealedPerson: Buffer };

const known = async (
  tx: DatabaseTransaction,
  controller: ControllerId,
  messageKey: Buffer,
): Promise<KnownCase | undefined> => {
  const row = await tx
    .selectFrom('request_case')
    .select(['state', 'sealed_person'])
    .where('controller', '=', controller)
    .where('message_key', '=', messageKey)
    .executeTakeFirst();
  return row === undefined ? undefined : { state: readState(row.state), sealedPerson: row.sealed_person };
};

const sameWords = (sealing: Sealing, before: KnownCase, person: CasePerson): boolean =>
  canonicalJson(openPerson(sealing, before.state.caseId, before.sealedPerson)) ===
  canonicalJson(openPerson(sealing, before.state.caseId, sealPerson(sealing, before.state.caseId, person)));

/** Takes a message in, or finds the case it already is. */
export const takeIn = ({ db, sealing, compute }: TakeInDeps, input: TakeInInput): Promise<TakeInResult> =>
  db.transaction().execute(async (tx): Promise<TakeInResult> => {
    const { controller, now, actor } = input;
    const messageKey = messageKeyOf(sealing, input);
    const keys = [
      ...new Map(
        input.subjects.map(({ kind, value }) => {
          const key = sealing.subjectKey({ controller, kind, value });
          return [key.toString('latin1'), { kind, key }] as const;
        }),
      ).values(),
    ];
    // The fence comes first: it also makes two intakes of the same message queue up, so that the second finds the first.
    await takeFenceExclusive(tx, controller);
    const before = await known(tx, controller, messageKey);
    if (before !== undefined) {
      return {
        // Another text under the same id would be a request that is never answered.
        kind: sameWords(sealing, before, input.person) ? 'known' : 'differs',
        state: before.state,
        likelyDuplicates: await findLikelyDuplicates(tx, before.state.caseId, before.state.receivedAt),
      };
    }
    const caseId = uuidV7();
    const receivedOn = localDateAt(input.receivedAt, input.timeZone);
    const year = Number(receivedOn.slice(0, 4));
    const { number, reference } = await nextReference(tx, controller, year);
    const suspensionId = asSuspensionId(uuidV7());
    await placeSuspension(tx, {
      suspensionId,
      controller,
      kind: 'pending-request',
      // By the case's id the gate knows that a decision of this case is not held up by the case itself.
      matterReference: matterOf(caseId),
      legalBasis: 'GDPR Art. 12(3), 15(3)',
      reason: 'rights request received, answer not delivered',
      scope: subjectScope(
        sealing,
        controller,
        caseId,
        keys.map(({ key }) => key),
      ),
      reviewOn: input.reviewOn,
      actor,
      now,
    });
    const intake: Intake = {
      caseId,
      controller,
      reference,
      channel: input.channel,
      receivedAt: input.receivedAt,
      language: input.language,
      identityLevel: input.identityLevel,
      capacity: input.person.capacity,
      rights: input.rights,
      suspensionId,
    };
    const meta = { actor: actor.id, role: actor.role, at: now };
    const events = [{ kind: 'received' as const, intake }];
    const applied = applyEvents(undefined, events, meta);
    const state = withClocks(
      applied,
      clocksOf(applied, (those) => compute(controller, those)),
    );
    await tx
      .insertInto('request_case')
      .values({
        id: caseId,
        controller,
        reference,
        reference_year: year,
        reference_number: number,
        message_key: messageKey,
        channel: input.channel,
        language: input.language,
        registered_at: toDate(now),
        registered_by: actor.id,
        policy_version: input.policyVersion,
        sealed_person: sealPerson(sealing, caseId, input.person),
        workflow_started_at: null,
        ...caseColumns(state, now),
      })
      .execute();
    if (keys.length > 0) {
      await tx
        .insertInto('request_subject')
        .values(keys.map(({ kind, key }) => ({ case_id: caseId, controller, kind, subject_key: key })))
        .execute();
    }
    if (state.rights.length > 0) {
      await tx
        .insertInto('request_right')
        .values(state.rights.map((right) => rightRow(state, right)))
        .execute();
    }
    await insertEvents(tx, caseId, 1, events, meta);
    await appendAuditEntries(tx, auditOf(state, events, meta, 1));
    return { kind: 'opened', state, likelyDuplicates: await findLikelyDuplicates(tx, caseId, input.receivedAt) };
  });
