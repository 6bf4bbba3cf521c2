/**
 * Commands that may be sent twice (I9): the first carries out, each repetition gets the answer of the first. The key is the
 * caller's own; the same key with another request is refused.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { ControllerId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';

/** A command and the key by which its repetition is known. */
export type RunOnceInput<Answer> = {
  readonly controller: ControllerId;
  readonly actor: string;
  /** The caller's key for this command, unique among this actor's commands. */
  readonly commandKey: string;
  /** Everything that makes the command what it is; kept as a digest only. */
  readonly request: unknown;
  readonly now: Instant;
  /** Reads an answer back; throws if it is not one. */
  readonly readAnswer: (stored: unknown) => Answer;
  /** Carries the command out. What it answers is kept; what it throws undoes everything. */
  readonly carryOut: (tx: DatabaseTransaction) => Promise<Answer>;
};

/** The command's answer, now or from the first time. */
export type RunOnceResult<Answer> =
  | { readonly kind: 'done'; readonly answer: Answer; readonly repeated: boolean }
  /** The key was used for something else. */
  | { readonly kind: 'key-taken' };

/** Carries out a command in a transaction of its own, once per key. */
export const runOnce = <Answer>(
  db: Database,
  { controller, actor, commandKey, request, now, readAnswer, carryOut }: RunOnceInput<Answer>,
): Promise<RunOnceResult<Answer>> => {
  const digest = createHash('sha256').update(canonicalJson(request)).digest();
  return db.transaction().execute(async (tx) => {
    // Two sendings of one command at the same time: the second waits, and finds the answer of the first.
    const name = canonicalJson([controller, actor, commandKey]);
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`oblio/command/${name}`}, 0))`.execute(tx);
    const before = await tx
      .selectFrom('suspension_command')
      .select(['request_digest', 'answer'])
      .where('controller', '=', controller)
      .where('actor', '=', actor)
      .where('command_key', '=', commandKey)
      .executeTakeFirst();
    if (before !== undefined) {
      if (!before.request_digest.equals(digest)) return { kind: 'key-taken' };
      return { kind: 'done', answer: readAnswer(before.answer), repeated: true };
    }
    const answer = await carryOut(tx);
    await tx
      .insertInto('suspension_command')
      .values({
        controller,
        actor,
        command_key: commandKey,
        request_digest: digest,
        answer: JSON.stringify(answer),
        at: new Date(now),
      })
      .execute();
    return { kind: 'done', answer, repeated: false };
  });
};
