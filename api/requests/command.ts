/**
 * `POST .../requests/{caseId}/commands/{command}`: what people do to a case. The answer is the workflow's: accepted with the new
 * revision, or refused with a code of the closed list.
 */
import { z } from '@hono/zod-openapi';
import { v7 as uuidV7 } from 'uuid';
import { type CommandKind, commandKinds, ruleOf } from '../../domain/request/course/commands.ts';
import { stages } from '../../domain/request/course/states.ts';
import { wasSubmitted } from '../../storage/requests/commands.ts';
import { addRoute } from '../access/add-route.ts';
import { json } from '../http/answers.ts';
import { readJson } from '../http/bodies.ts';
import { type AddRoutes, callerOf, policyOf } from '../http/context.ts';
import { refusal as problemOf } from '../http/problems.ts';
import { idempotencyKey, idSchema, ifMatch, travelHeaders } from '../http/schemas.ts';
import { caseInPath, caseParameters, commandRefusal, refusalCodes } from './case-in-path.ts';
import { checkCommand } from './check-command.ts';
import { commandBodies, commandBody } from './command-bodies.ts';
import { sendCommand } from './send-command.ts';

const largestCommand = 4 * 1024 * 1024;

const answerSchema = z
  .object({ commandId: idSchema, revision: z.int(), stage: z.enum(stages) })
  .openapi('CommandAnswer');

const isCommandKind = (text: string): text is CommandKind => commandKinds.some((kind) => kind === text);

const table = commandKinds
  .map((kind) => `- \`${kind}\`: ${ruleOf(kind).roles.join(', ')}; while ${ruleOf(kind).stages.join(', ')}`)
  .join('\n');

const headers = travelHeaders.extend({
  'idempotency-key': idempotencyKey(
    'The same key with the same command gets the same answer, and changes nothing twice',
    1,
    100,
  ).optional(),
  'if-match': ifMatch(
    'The ETag of the case as it was read; refused with changed-meanwhile if the case has changed since',
  ),
});

/** The name of a command's body in the OpenAPI document, for example `TriageCommand`. */
const bodyName = (kind: CommandKind): string =>
  `${kind.replaceAll(/(^|-)([a-z])/g, (_match, _hyphen, letter: string) => letter.toUpperCase())}Command`;

const bodyReferences = commandKinds.map((kind) => ({ $ref: `#/components/schemas/${bodyName(kind)}` }));

/** Whether role, state and deadline allow a command is for the case's own rules, whose refusal is the answer (409, 412, 422). */
export const requestCommandRoute: AddRoutes = (app, deps) => {
  for (const kind of commandKinds) app.openAPIRegistry.register(bodyName(kind), commandBodies[kind]);
  addRoute(app, deps, 'commandRequest', {
    summary: 'Do something to a rights request',
    description: `Who may do what, and when:\n${table}`,
    params: caseParameters.extend({ command: z.string().openapi({ enum: [...commandKinds] }) }),
    headers,
    body: { required: true, content: { 'application/json': { schema: { oneOf: bodyReferences } } } },
    answers: { 200: json('Accepted and on file', answerSchema) },
    problems: [
      'request-unknown',
      'command-unknown',
      'invalid-command',
      'idempotency-key-reused',
      'temporal-unavailable',
      'malformed-json',
      'media-type-unsupported',
      ...refusalCodes,
    ],
  })(async (c) => {
    const { caseId, command } = c.req.valid('param');
    const { 'idempotency-key': key = uuidV7(), 'if-match': expectedRevision } = c.req.valid('header');
    if (!isCommandKind(command))
      throw problemOf('command-unknown', { detail: `Use one of ${commandKinds.join(', ')}.` });
    const { state } = await caseInPath(deps, c, caseId);
    const parsed = await readJson(c, { schema: commandBody(command), limit: largestCommand, code: 'invalid-command' });
    const caller = callerOf(c);
    // What was sent before is answered as it was then, whatever has become meanwhile of the records it names (I9).
    if (!(await wasSubmitted(deps.database, { caseId, actor: caller.actor, idempotencyKey: key }))) {
      await checkCommand(deps, c, state, parsed);
    }
    const result = await sendCommand(deps, {
      caseId,
      policy: policyOf(c),
      caller,
      parsed,
      idempotencyKey: key,
      expectedRevision,
      now: c.get('now'),
    });
    if (result.kind === 'refused') throw commandRefusal(result.refusal);
    const { revision, stage } = result.answer;
    c.header('etag', `"${revision}"`);
    return c.json({ commandId: result.commandId, revision, stage }, 200);
  });
};
