/** The inbox of commands: what people wrote is stored before it is sent to Temporal, which gets codes and ids only, and what was answered is kept (I9). */
import { v7 as uuidV7 } from 'uuid';
import { z } from 'zod';
import type { ControllerId } from '../../domain/ids.ts';
import type { CommandKind } from '../../domain/request/course/commands.ts';
import type { Refusal } from '../../domain/request/course/refusals.ts';
import type { CommandWords } from '../../domain/request/decision/case-words.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import { findCommand } from '../commands/run-once.ts';
import type { Database } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import type { Sealing } from '../sealing/sealing.ts';
import type { Actor } from '../suspensions/place-suspension.ts';
import { openWords, sealWords } from './person.ts';

/** A command as it came in, with its words, which go no further than the case file. */
export type SubmitCommandInput = {
  readonly caseId: string;
  readonly kind: CommandKind;
  readonly idempotencyKey: string;
  /** Keyed digest of the whole command: the same key with another command is refused. */
  readonly requestDigest: Buffer;
  readonly words: CommandWords;
  readonly actor: Actor;
  readonly now: Instant;
};

/** Whether the command is to be sent to the workflow, or was answered before. */
export type SubmittedCommand =
  | { readonly kind: 'submitted'; readonly commandId: string }
  | {
      readonly kind: 'answered';
      readonly commandId: string;
      readonly state: 'accepted' | 'refused';
      readonly answer: unknown;
    }
  | { readonly kind: 'other-command' };

/** Whether a command came under this key before, whatever became of it. */
export const wasSubmitted = async (
  db: Database,
  {
    caseId,
    actor,
    idempotencyKey,
  }: { readonly caseId: string; readonly actor: string; readonly idempotencyKey: string },
): Promise<boolean> =>
  (await db
    .selectFrom('request_command')
    .select('id')
    .where('case_id', '=', caseId)
    .where('actor', '=', actor)
    .where('idempotency_key', '=', idempotencyKey)
    .executeTakeFirst()) !== undefined;

const storedCommand = z.object({
  commandId: z.string(),
  state: z.enum(['submitted', 'accepted', 'refused']),
  answer: z.unknown(),
});

/** Puts a command into the inbox, or finds what became of it. */
export const submitCommand = async (
  db: Database,
  sealing: Sealing,
  { caseId, kind, idempotencyKey, requestDigest, words, actor, now }: SubmitCommandInput,
): Promise<SubmittedCommand> => {
  const id = uuidV7();
  const inserted = await db
    .insertInto('request_command')
    .values({
      id,
      case_id: caseId,
      actor: actor.id,
      role: actor.role,
      idempotency_key: idempotencyKey,
      request_digest: requestDigest,
      kind,
      sealed_words: Object.keys(words).length === 0 ? null : sealWords(sealing, id, words),
      answer: null,
      submitted_at: toDate(now),
    })
    .onConflict((conflict) => conflict.columns(['case_id', 'actor', 'idempotency_key']).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted !== undefined) return { kind: 'submitted', commandId: id };
  const found = await findCommand(db, { about: 'case', caseId, actor: actor.id, key: idempotencyKey, requestDigest });
  switch (found.kind) {
    case 'key-taken':
      return { kind: 'other-command' };
    case 'repeated': {
      const { commandId, state, answer } = storedCommand.parse(found.answer);
      return state === 'submitted' ? { kind: state, commandId } : { kind: 'answered', commandId, state, answer };
    }
    case 'new':
      throw new Error('The command was destroyed with its case meanwhile');
  }
};

/** A command that the rules refused, and with what. */
export type RecordRefusalInput = {
  readonly caseId: string;
  readonly controller: ControllerId;
  readonly commandId: string;
  readonly kind: CommandKind;
  readonly refusal: Refusal;
  readonly actor: Actor;
  readonly now: Instant;
};

/** Keeps that a command was refused and why: a refused attempt is evidence too (I10). */
export const recordRefusal = (
  db: Database,
  { caseId, controller, commandId, kind, refusal, actor, now }: RecordRefusalInput,
): Promise<void> =>
  db.transaction().execute(async (tx) => {
    const row = await tx
      .updateTable('request_command')
      .set({ state: 'refused', answer: JSON.stringify(refusal) })
      .where('id', '=', commandId)
      .where('state', '=', 'submitted')
      .returning('id')
      .executeTakeFirst();
    if (row === undefined) return;
    await appendAuditEntry(tx, {
      at: now,
      actor: actor.id,
      role: actor.role,
      action: 'case-command-refused',
      controller,
      target: { kind: 'case', id: caseId },
      why: refusal.code,
      detail: { command: kind, commandId },
    });
  });

/** The words of one command. */
export const readCommandWords = async (db: Database, sealing: Sealing, commandId: string): Promise<CommandWords> => {
  const row = await db
    .selectFrom('request_command')
    .select('sealed_words')
    .where('id', '=', commandId)
    .executeTakeFirst();
  return row === undefined ? {} : openWords(sealing, commandId, row.sealed_words);
};
