/** One case in full, with its explained deadlines and its history. */

import type { z } from '@hono/zod-openapi';
import { given } from '../../domain/given.ts';
import { controllerClock } from '../../domain/request/clock/controller-clock.ts';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { readFoundBases } from '../../storage/manifests/legal-bases.ts';
import { listNotifications } from '../../storage/recipients/notifications.ts';
import { findLikelyDuplicates } from '../../storage/requests/likely-duplicates.ts';
import { caseWorkflow, readHistory, readPerson, readWords } from '../../storage/requests/read-cases.ts';
import { requestWorkflowId } from '../../workflows/request/contract.ts';
import { addRoute } from '../access/add-route.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, type ApiDeps, callerOf, policyOf } from '../http/context.ts';
import { auditCase, caseInPath, caseParameters } from './case-in-path.ts';
import { caseClock, caseLine, caseSchema, rightsInFull } from './case-view.ts';

/** On what the records found rest: asked for only while it is open what becomes of an erasure. */
const basesFor = async ({ database }: ApiDeps, { manifest, rights }: CaseState) =>
  manifest !== undefined && rights.some(({ key, state }) => key === 'erasure' && state === 'open')
    ? await readFoundBases(database, manifest.manifestId)
    : [];

/** Shows one case. Auditors see codes and dates without the words of a person; each reading is audited (I10). */
export const readRequestRoute: AddRoutes = (app, deps) => {
  const clock = controllerClock(deps.policies);
  addRoute(app, deps, 'readRequest', {
    summary: 'One rights request with its explained deadlines and its history',
    params: caseParameters,
    answers: { 200: json('As it stands', caseSchema) },
    problems: ['request-unknown'],
  })(async (c) => {
    const caller = callerOf(c);
    const policy = policyOf(c);
    const { caseId } = c.req.valid('param');
    const now: Instant = c.get('now');
    const { state } = await caseInPath(deps, c, caseId);
    const { database, sealing } = deps;
    const mayReadWords = caller.role !== 'auditor';
    const [history, words, person, likelyDuplicates, notifications, bases] = await Promise.all([
      readHistory(database, caseId),
      mayReadWords ? readWords(database, sealing, caseId) : new Map(),
      mayReadWords ? readPerson(database, sealing, caseId) : undefined,
      findLikelyDuplicates(database, caseId, state.receivedAt),
      listNotifications(database, caseId),
      basesFor(deps, state),
    ]);
    await auditCase(deps, c, { action: 'case-read', caseId, why: 'read' });
    const workflowId = requestWorkflowId(await caseWorkflow(database, caseId));
    c.header('etag', `"${state.revision}"`);
    const shown: z.output<typeof caseSchema> = {
      ...caseLine(state, now),
      rights: rightsInFull(state, { policy, clock, notifications, bases, now }),
      identity: state.identity,
      ...given({ question: state.question, search: state.manifest, review: state.review }),
      letters: [...state.letters],
      proceedings: [...state.proceedings],
      clock: caseClock(state, policy, clock, now),
      likelyDuplicates: [...likelyDuplicates],
      ...given({ person }),
      history: history.map(({ commandId, ...entry }) => ({
        ...entry,
        ...given({ commandId }),
        ...(commandId !== undefined && words.has(commandId) ? { words: words.get(commandId) } : {}),
      })),
      workflow: { id: workflowId, url: deps.temporal.workflowUrl(workflowId) },
    };
    return c.json(shown, 200);
  });
};
