/** What the routes of holds share: the hold of a path, a command run once per idempotency key (I9), and why one is refused. */

import type { z } from '@hono/zod-openapi';
import { suspensionId } from '../../domain/ids.ts';
import { success } from '../../domain/result.ts';
import { isHoldKind } from '../../domain/suspension/suspension.ts';
import { digestOfRequest, runOnce } from '../../storage/commands/run-once.ts';
import type { DatabaseTransaction } from '../../storage/database/database.ts';
import { readSuspension, type Suspension } from '../../storage/suspensions/read-suspension.ts';
import { type ApiContext, type ApiDeps, actorOf, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';

/** A command, carried out in the transaction that also stores its answer. `request` distinguishes a retry from another command (409). */
type RunCommandInput<Schema extends z.ZodType> = {
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
  { request, answer, carryOut }: RunCommandInput<Schema>,
): Promise<z.output<Schema>> => {
  const key = c.req.header('idempotency-key');
  if (key === undefined) throw new TypeError('This route asks for no idempotency key');
  const command = {
    about: 'holds',
    controller: policyOf(c).controller,
    actor: actorOf(c).id,
    key,
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

/** There is no such hold, or it is another controller's. */
export const holdUnknown = () =>
  refusal('hold-unknown', { detail: 'The controller has no litigation hold or legal obligation of this id.' });

/** The hold has ended. */
export const holdReleased = () =>
  refusal('hold-released', { detail: 'A released hold stays as it is; place a new one.' });

/** An earlier request about this hold still waits for its second person. */
export const holdRequestWaiting = () =>
  refusal('hold-request-waiting', { detail: 'Another request about this hold waits for a decision.' });

/** The scope was changed between the preview and the command. */
export const holdScopeMoved = () =>
  refusal('hold-preview-needed', { detail: 'The scope changed meanwhile; look at the preview again.' });

/** The hold that a path names, inside the controller that the path names, or a refusal. Suspensions of other kinds are no holds. */
export const holdInPath = async (deps: ApiDeps, c: ApiContext, id: string): Promise<Suspension> => {
  const suspension = await readSuspension(deps.database, suspensionId(id));
  if (suspension === undefined || suspension.controller !== policyOf(c).controller || !isHoldKind(suspension.kind)) {
    throw holdUnknown();
  }
  return suspension;
};
