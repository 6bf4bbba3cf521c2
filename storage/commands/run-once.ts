/**
 * Commands that may be sent twice (I9): the first is carried out, each repetition gets the answer of the first. A command is known
 * by what it is about, by its actor and by the caller's own key; the same key with another request is refused. Without this a
 * caller whose connection broke could not repeat a command safely.
 *
 * Three tables keep commands, because each has an end of its own: what is kept about a case, and about the notification of a
 * recipient, is destroyed with the case file; what is kept about holds is not.
 */
import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { ControllerId } from '../../domain/ids.ts';
import type { Result } from '../../domain/result.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { toDate } from '../database/instants.ts';

/** What a command is about, and the id within which an actor's keys are unique: of the controller, the notification or the case. */
export type CommandScope =
  | { readonly about: 'holds'; readonly controller: ControllerId }
  | { readonly about: 'notification'; readonly notificationId: string }
  | { readonly about: 'case'; readonly caseId: string };

/** By what a repetition is known, and by what it differs from another command under the same key. */
export type CommandKey = CommandScope & {
  readonly actor: string;
  /** The caller's `Idempotency-Key`. */
  readonly key: string;
  /** Digest of everything that makes the command what it is; keyed wherever people's words are in it. */
  readonly requestDigest: Buffer;
};

/** The digest of a request in which nothing names a person. */
export const digestOfRequest = (request: unknown): Buffer =>
  createHash('sha256').update(canonicalJson(request)).digest();

type Kept = {
  readonly table: string;
  readonly scope: { readonly column: string; readonly id: string };
  readonly key: string;
  readonly answer: RawBuilder<unknown>;
};

/** Where commands of a scope are kept, and how each table spells their answers. */
const keptOf = (scope: CommandScope): Kept => {
  switch (scope.about) {
    case 'holds':
      return {
        table: 'suspension_command',
        scope: { column: 'controller', id: scope.controller },
        key: 'command_key',
        answer: sql`answer`,
      };
    case 'notification':
      return {
        table: 'recipient_command',
        scope: { column: 'notification_id', id: scope.notificationId },
        key: 'command_key',
        answer: sql`to_jsonb(revision)`,
      };
    case 'case':
      return {
        table: 'request_command',
        scope: { column: 'case_id', id: scope.caseId },
        key: 'idempotency_key',
        answer: sql`jsonb_build_object('commandId', id, 'state', state, 'answer', answer)`,
      };
  }
};

/** What is known of a command: nothing, that its key was used for another one, or its answer as it is stored. */
export type FoundCommand =
  | { readonly kind: 'new' }
  | { readonly kind: 'key-taken' }
  | { readonly kind: 'repeated'; readonly answer: unknown };

/**
 * Looks for a command that came before. The answer of a case's command is `{ commandId, state, answer }`: the workflow gives the
 * answer later, and its own table (`requests/commands.ts`) is where it waits. Of a notification it is the revision it led to.
 */
export const findCommand = async (
  db: Database | DatabaseTransaction,
  { actor, key, requestDigest, ...scope }: CommandKey,
): Promise<FoundCommand> => {
  const kept = keptOf(scope);
  const { rows } = await sql<{ request_digest: Buffer; answer: unknown }>`
    SELECT request_digest, ${kept.answer} AS answer FROM ${sql.table(kept.table)}
    WHERE ${sql.ref(kept.scope.column)} = ${kept.scope.id} AND actor = ${actor} AND ${sql.ref(kept.key)} = ${key}`.execute(
    db,
  );
  const [row] = rows;
  if (row === undefined) return { kind: 'new' };
  return row.request_digest.equals(requestDigest) ? { kind: 'repeated', answer: row.answer } : { kind: 'key-taken' };
};

/** A command that is carried out in the transaction that keeps its answer. */
export type RunOnceInput<Answer, Refusal> = {
  readonly command: Extract<CommandKey, { readonly about: 'holds' | 'notification' }>;
  readonly now: Instant;
  /** Reads a stored answer back; throws if it is none. */
  readonly readAnswer: (stored: unknown) => Answer;
  /** Carries the command out. An answer is kept; after a refusal, which must have changed nothing, the key stays free. */
  readonly carryOut: () => Promise<Result<Answer, Refusal>>;
};

/** The answer, now or from the first time. */
export type RunOnceResult<Answer, Refusal> =
  | { readonly kind: 'done'; readonly answer: Answer; readonly repeated: boolean }
  | { readonly kind: 'refused'; readonly reason: Refusal }
  /** The key was used for something else. */
  | { readonly kind: 'key-taken' };

/**
 * Carries a command out once per key. What the command changes and its answer are one transaction, so a process that is killed
 * leaves both or neither; what `carryOut` throws undoes everything, and the key stays free.
 */
export const runOnce = async <Answer, Refusal = never>(
  tx: DatabaseTransaction,
  { command, now, readAnswer, carryOut }: RunOnceInput<Answer, Refusal>,
): Promise<RunOnceResult<Answer, Refusal>> => {
  const { actor, key, requestDigest } = command;
  const { table, scope, key: keyColumn } = keptOf(command);
  // Two sendings of one command at the same time: the second waits, and finds the answer of the first.
  const name = `oblio/command/${canonicalJson([scope.id, actor, key])}`;
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(tx);
  const before = await findCommand(tx, command);
  if (before.kind === 'key-taken') return before;
  if (before.kind === 'repeated') return { kind: 'done', answer: readAnswer(before.answer), repeated: true };
  const carriedOut = await carryOut();
  if (!carriedOut.ok) return { kind: 'refused', reason: carriedOut.reason };
  const answer = carriedOut.value;
  const answerColumn = command.about === 'notification' ? 'revision' : 'answer';
  await sql`
    INSERT INTO ${sql.table(table)} (${sql.ref(scope.column)}, actor, ${sql.ref(keyColumn)}, request_digest, ${sql.ref(answerColumn)}, at)
    VALUES (${scope.id}, ${actor}, ${key}, ${requestDigest}, ${JSON.stringify(answer)}, ${toDate(now)})`.execute(tx);
  return { kind: 'done', answer, repeated: false };
};
