/** Reading cases: lists with filters, due soonest first; one case in full with its explained deadlines and history; its letters. */
import { createRoute, z } from '@hono/zod-openapi';
import { recordId } from '../../domain/ids.ts';
import { controllerClock } from '../../domain/request/clock/controller-clock.ts';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import { rightKinds } from '../../domain/request/course/rights.ts';
import { stages, waitingFor } from '../../domain/request/course/states.ts';
import { type Instant, instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../../storage/audit/audit-trail.ts';
import { readLetter } from '../../storage/letters/letters.ts';
import { readFoundBases } from '../../storage/manifests/legal-bases.ts';
import { listNotifications } from '../../storage/recipients/notifications.ts';
import { readCaseEnd } from '../../storage/requests/file-case.ts';
import { findLikelyDuplicates } from '../../storage/requests/likely-duplicates.ts';
import { listCases, readCase, readHistory, readPerson, readWords } from '../../storage/requests/read-cases.ts';
import { requestWorkflowId } from '../../workflows/request/contract.ts';
import { guarded } from '../access/authorisation.ts';
import { answers, json } from '../http/answers.ts';
import { type AddRoutes, type ApiContext, type ApiDeps, callerOf, policyOf } from '../http/context.ts';
import { cursorOf, placeOf } from '../http/cursors.ts';
import { refusal } from '../http/problems.ts';
import { controllerParameters, idParameter, pageQuery, travelHeaders } from '../http/schemas.ts';
import { recordErased } from '../records/record-answers.ts';
import { instantInput } from './body-parts.ts';
import { caseClock, caseLine, caseLineSchema, caseSchema, rightsInFull } from './case-view.ts';

/** `{controller}` and `{caseId}` of a path. */
export const caseParameters = controllerParameters.extend({ caseId: idParameter });

/** 404 for a case that is not there or is another controller's: a stranger learns no difference. */
export const unknownRequest = () =>
  refusal('request-unknown', { detail: 'This controller has no rights request of this id.' });

/** The case in the path, if it is the controller's; 410 with the certificate once its file has been erased. */
export const caseInPath = async (deps: ApiDeps, c: ApiContext, caseId: string) => {
  const found = await readCase(deps.database, caseId);
  const { controller } = policyOf(c);
  if (found !== undefined && found.state.controller === controller) return found;
  const end = await readCaseEnd(deps.database, { caseId, controller });
  throw end === undefined ? unknownRequest() : recordErased({ recordId: recordId(caseId), ...end });
};

const listQuery = pageQuery.extend({
  stage: z.enum(stages).optional(),
  waitingFor: z.enum(waitingFor).optional(),
  right: z.enum(rightKinds).optional(),
  dueBefore: instantInput.optional(),
  overdue: z.enum(['true', 'false']).optional().openapi({
    description: 'Only what is overdue now, or only what is not; left out: both',
  }),
  includeClosed: z.enum(['true', 'false']).default('false'),
});

/** The last instant there is: where the cursor of a case without a deadline stands. */
const never = instant('2999-12-31T23:59:59Z');

const audit = (c: ApiContext, action: 'case-read' | 'cases-listed' | 'case-letter-read', id: string, why: string) => {
  const { actor, role } = callerOf(c);
  return {
    at: c.get('now'),
    actor,
    role,
    action,
    controller: policyOf(c).controller,
    target: { kind: 'case' as const, id },
    why,
  };
};

/** On what the records found rest: asked for only while it is open what becomes of an erasure. */
const basesFor = async ({ database }: ApiDeps, { manifest, rights }: CaseState) =>
  manifest !== undefined && rights.some(({ key, state }) => key === 'erasure' && state === 'open')
    ? await readFoundBases(database, manifest.manifestId)
    : [];

/**
 * The list of a controller's cases, one case, one letter's content. Auditors see codes and dates without the words of a
 * person; every reading is audited (I10).
 */
export const requestReadRoutes: AddRoutes = (app, deps) => {
  const clock = controllerClock(deps.policies);
  app.openapi(
    createRoute({
      ...guarded(deps, 'listRequests'),
      tags: ['Rights requests'],
      summary: "A controller's rights requests, due soonest first",
      request: { params: controllerParameters, query: listQuery, headers: travelHeaders },
      responses: answers(
        {
          200: json(
            'A page',
            z
              .object({ requests: z.array(caseLineSchema), nextCursor: z.string().optional() })
              .openapi('RightsRequestList'),
          ),
        },
        'controller',
      ),
    }),
    async (c) => {
      const { controller } = policyOf(c);
      const { cursor, limit, stage, waitingFor: whom, right, dueBefore, overdue, includeClosed } = c.req.valid('query');
      const now = c.get('now');
      const place = cursor === undefined ? undefined : placeOf(cursor);
      const page = await listCases(deps.database, {
        controller,
        includeClosed: includeClosed === 'true',
        limit: limit + 1,
        ...(stage === undefined ? {} : { stage }),
        ...(whom === undefined ? {} : { waitingFor: whom }),
        ...(right === undefined ? {} : { right }),
        ...(dueBefore === undefined ? {} : { dueBefore }),
        ...(overdue === undefined ? {} : { overdue: { at: now, wanted: overdue === 'true' } }),
        ...(place === undefined
          ? {}
          : { after: { dueAt: place.at === never ? undefined : place.at, caseId: place.id } }),
      });
      await deps.database.transaction().execute((tx) =>
        appendAuditEntry(tx, {
          ...audit(c, 'cases-listed', 'all', 'list'),
          detail: { count: Math.min(page.length, limit) },
        }),
      );
      const shown = page.slice(0, limit);
      const last = shown.at(-1);
      const nextCursor =
        page.length > limit && last !== undefined
          ? cursorOf({ at: last.dueAt ?? never, id: last.state.caseId })
          : undefined;
      return c.json({ requests: shown.map(({ state }) => caseLine(state, now)), nextCursor }, 200);
    },
  );
  app.openapi(
    createRoute({
      ...guarded(deps, 'readRequest'),
      tags: ['Rights requests'],
      summary: 'One rights request with its explained deadlines and its history',
      request: { params: caseParameters, headers: travelHeaders },
      responses: answers({ 200: json('As it stands', caseSchema) }, 'controller', 'request-unknown'),
    }),
    async (c) => {
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
      await database.transaction().execute((tx) => appendAuditEntry(tx, audit(c, 'case-read', caseId, 'read')));
      const workflowId = requestWorkflowId(caseId);
      c.header('etag', `"${state.revision}"`);
      const shown: z.output<typeof caseSchema> = {
        ...caseLine(state, now),
        rights: rightsInFull(state, { policy, clock, notifications, bases, now }),
        identity: state.identity,
        ...(state.question === undefined ? {} : { question: state.question }),
        ...(state.manifest === undefined ? {} : { search: state.manifest }),
        ...(state.review === undefined ? {} : { review: state.review }),
        letters: [...state.letters],
        proceedings: [...state.proceedings],
        clock: caseClock(state, policy, clock, now),
        likelyDuplicates: [...likelyDuplicates],
        ...(person === undefined ? {} : { person }),
        history: history.map(({ commandId, ...entry }) => ({
          ...entry,
          ...(commandId === undefined ? {} : { commandId }),
          ...(commandId !== undefined && words.has(commandId) ? { words: words.get(commandId) } : {}),
        })),
        workflow: { id: workflowId, url: deps.temporal.workflowUrl(workflowId) },
      };
      return c.json(shown, 200);
    },
  );
  app.openapi(
    createRoute({
      ...guarded(deps, 'readRequestLetter'),
      tags: ['Rights requests'],
      summary: 'What a letter of a rights request says',
      request: { params: caseParameters.extend({ letterId: idParameter }), headers: travelHeaders },
      responses: answers(
        {
          200: json(
            'The content, complete; its text and layout are made from it',
            z.unknown().openapi({ type: 'object' }),
          ),
        },
        'controller',
        'request-unknown',
        'letter-unknown',
      ),
    }),
    async (c) => {
      const { caseId, letterId } = c.req.valid('param');
      const { state } = await caseInPath(deps, c, caseId);
      const known = state.letters.some((letter) => letter.letterId === letterId);
      const letter = known ? await readLetter({ db: deps.database, sealing: deps.sealing }, letterId) : undefined;
      if (letter === undefined)
        throw refusal('letter-unknown', { detail: 'The case has no composed letter of this id.' });
      await deps.database
        .transaction()
        .execute((tx) =>
          appendAuditEntry(tx, { ...audit(c, 'case-letter-read', caseId, 'read'), detail: { letterId } }),
        );
      return c.json(letter, 200);
    },
  );
};
