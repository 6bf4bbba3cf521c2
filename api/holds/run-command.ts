/** Runs a command of a legal team once per idempotency key (I9); a repetition gets the answer of the first. */
import type { z } from '@hono/zod-openapi';
import { success } from '../../domain/result.ts';
import { digestOfRequest, runOnce } from '../../storage/commands/run-once.ts';
import type { DatabaseTransaction } from '../../storage/database/database.ts';
import { type ApiContext, type ApiDeps, actorOf, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';

/**
 * A command and how to carry it out in the transaction that also stores its answer. `request` distinguishes a retry from
 * another command under the same key (409).
 */
export type RunCommandInput<Schema extends z.ZodType> = {
  readonly commandKey: string;
  /** What makes the command what it is. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Reads the stored answer back. */
  readonly answer: Schema;
  readonly carryOut: (tx: DatabaseTransaction) => Promise<z.output<Schema>>;
};

/** The answer of the first sending. What `carryOut` throws undoes everything, and the key stays free. */
export const runCommand = async <Schema extends z.ZodType>(
  deps: ApiDeps,
  c: ApiContext,
  { commandKey, request, answer, carryOut }: RunCommandInput<Schema>,
): Promise<z.output<Schema>> => {
  const command = {
    about: 'holds',
    controller: policyOf(c).controller,
    actor: actorOf(c).id,
    key: commandKey,
    requestDigest: digestOfRequest({ route: c.req.path, ...request }),
  } as const;
  const result = await deps.database.transaction().execute((tx) =>
    runOnce<z.output<Schema>>(tx, {
      command,
      now: c.get('now'),
      readAnswer: (stored) => answer.parse(stored),
      carryOut: async () => success(await carryOut(tx)),
    }),
  );
  if (result.kind !== 'done') {
    throw refusal('idempotency-key-reused', { detail: 'This key came with another command before; use a new one.' });
  }
  return result.answer;
};
