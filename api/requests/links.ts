/**
 * Links by which a person opens a letter or a package: staff make, reissue and revoke them and hand over the code another way; the
 * public page takes the code and streams the file. Every try on a link that stands is counted and on file.
 */
import { createHash } from 'node:crypto';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { type CaseId, recordId } from '../../domain/ids.ts';
import { type Instant, instantPlus } from '../../domain/instant.ts';
import { finalLetterFile } from '../../storage/letter-files/files.ts';
import {
  type LinkTarget,
  linkOfCase,
  listLinks,
  type MadeLink,
  makeCode,
  makeLink,
  openLink,
  revokeLink,
} from '../../storage/letter-files/links.ts';
import { readPackage } from '../../storage/packages/package-rows.ts';
import { packageObjectName } from '../../storage/packages/store-package.ts';
import { admitObject, streamObject } from '../../storage/reading/read-object.ts';
import { guarded } from '../authorisation.ts';
import { mediaTypeOf, readBody, readJson } from '../bodies.ts';
import { type ApiContext, type ApiDeps, type ApiEnv, callerOf } from '../context.ts';
import { storeAnswers } from '../outages.ts';
import { refusal } from '../problems.ts';
import { idParameter, idSchema, instantSchema, problemsOf, travelHeaders } from '../schemas.ts';
import {
  auditCase,
  fileHeaders,
  letterFileResponse,
  letterInPath,
  letterParameters,
  streamed,
} from './letter-in-path.ts';
import { type LinkFault, linkPage, linkPageHeaders } from './link-page.ts';
import { createRateLimit } from './rate-limit.ts';
import { caseInPath, caseParameters } from './read.ts';

const dayMs = 86_400_000;
const largestBody = 4 * 1024;
const linkParameters = caseParameters.extend({ linkId: idParameter });
const tokenParameters = z.object({ token: z.string().max(100) });

const term = z.strictObject({
  days: z.int().min(1).max(60).default(30).openapi({ description: 'For how long it opens' }),
});
const newLinkBody = term.extend({ packageId: z.uuid().optional() }).openapi('NewLink');
const reissueBody = term.openapi('ReissuedLink');

const madeSchema = z
  .object({
    linkId: idSchema,
    url: z.string().openapi({ description: 'For the person; told once, nobody can read it back' }),
    code: z.string().openapi({ description: 'To be handed over another way; told once' }),
    expiresAt: instantSchema,
  })
  .openapi('MadeLink');

const listSchema = z
  .object({
    links: z.array(
      z.object({
        linkId: idSchema,
        letterId: idSchema,
        packageId: idSchema.optional(),
        createdAt: instantSchema,
        expiresAt: instantSchema,
        revoked: z.boolean(),
        hasCode: z.boolean(),
        locked: z.boolean(),
        opened: z.int(),
        refused: z.int(),
      }),
    ),
  })
  .openapi('LinkList');

const actorOf = (c: ApiContext) => {
  const { actor, role } = callerOf(c);
  return { id: actor, role };
};

const unknownLink = () => refusal('link-unknown', { detail: 'The case has no link of this id.' });

const statusOf = { 'wrong-code': 403, locked: 429, closed: 404, 'too-many': 429 } as const satisfies Record<
  LinkFault,
  number
>;

/** Per address of a link, and for all links of this process together. */
const triesPerLink = 10;
const triesInAll = 300;

const codeIn = async (c: ApiContext): Promise<string> => {
  if (mediaTypeOf(c) !== 'application/x-www-form-urlencoded')
    throw refusal('media-type-unsupported', { detail: 'Send the form of the page.' });
  return new URLSearchParams((await readBody(c, largestBody)).toString('utf8')).get('code') ?? '';
};

/** Opens a package; an erased one opens nothing any more. */
const openPackage = async (
  deps: ApiDeps,
  { controller, caseId, packageId }: LinkTarget & { readonly packageId: string },
  now: Instant,
) => {
  const found = await readPackage(deps.database, packageId);
  if (found?.result === undefined || found.caseId !== caseId) return undefined;
  const { recordId: id } = found.result;
  const reading = {
    // The link is bound to the case in the database.
    purpose: { kind: 'subject-request', caseId: caseId as CaseId },
    by: { actor: 'oblio', role: 'system' },
    now,
  } as const;
  const read = await deps.database
    .transaction()
    .execute((tx) => admitObject(tx, { controller, recordId: recordId(id), name: packageObjectName, reading }));
  return read.outcome === 'admitted' ? read.admitted : undefined;
};

export const requestLinkRoutes = (deps: ApiDeps) => {
  const { database: db, sealing } = deps;
  const perLink = createRateLimit(triesPerLink);
  const inAll = createRateLimit(triesInAll);
  const address = (c: ApiContext, { token }: MadeLink): string =>
    new URL(`/links/${token}`, deps.publicUrl ?? c.req.url).href;
  const told = (c: ApiContext, made: MadeLink, expiresAt: Instant) => ({
    linkId: made.linkId,
    url: address(c, made),
    code: made.code ?? '',
    expiresAt,
  });
  const page = (c: ApiContext, fault: LinkFault): Response =>
    c.body(linkPage(fault), statusOf[fault], {
      ...linkPageHeaders,
      ...(fault === 'too-many' ? { 'retry-after': '60' } : {}),
    });
  const app = new OpenAPIHono<ApiEnv>();
  app.openAPIRegistry.register('NewLink', newLinkBody);
  app.openAPIRegistry.register('ReissuedLink', reissueBody);
  return app
    .openapi(
      createRoute({
        ...guarded(deps, 'listLinks'),
        tags: ['Rights requests'],
        summary: 'The links of a rights request, with how often each was used',
        request: { params: caseParameters, headers: travelHeaders },
        responses: {
          200: { description: 'All of them', content: { 'application/json': { schema: listSchema } } },
          ...problemsOf('controller', 'request-unknown'),
        },
      }),
      async (c) => {
        const { caseId } = c.req.valid('param');
        await caseInPath(deps, c, caseId);
        const links = await listLinks(db, caseId);
        await auditCase(deps, c, { action: 'case-read', caseId, why: 'links', detail: { count: links.length } });
        return c.json({ links: [...links] }, 200);
      },
    )
    .openapi(
      createRoute({
        ...guarded(deps, 'makeLink'),
        tags: ['Rights requests'],
        summary: 'Make a link to a letter, or to the package that goes with it',
        description: 'Address and code are told once. The code goes to the person another way, or from hand to hand.',
        request: {
          params: letterParameters,
          headers: travelHeaders,
          body: {
            required: true,
            content: { 'application/json': { schema: { $ref: '#/components/schemas/NewLink' } } },
          },
        },
        responses: {
          201: { description: 'Made', content: { 'application/json': { schema: madeSchema } } },
          ...problemsOf(
            'controller',
            'request-unknown',
            'letter-unknown',
            'letter-not-rendered',
            'link-unknown',
            'invalid-command',
            'malformed-json',
            'media-type-unsupported',
          ),
        },
      }),
      async (c) => {
        const { caseId, letterId } = c.req.valid('param');
        const { state } = await letterInPath(deps, c, { caseId, letterId });
        const { days, packageId } = await readJson(c, {
          schema: newLinkBody,
          limit: largestBody,
          code: 'invalid-command',
        });
        if ((await finalLetterFile(db, letterId)) === undefined)
          throw refusal('letter-not-rendered', { detail: 'The letter has no file yet.' });
        if (packageId !== undefined && (await readPackage(db, packageId))?.caseId !== caseId)
          throw refusal('link-unknown', { detail: 'The case has no package of this id.' });
        const now = c.get('now');
        const expiresAt = instantPlus(now, days * dayMs);
        const made = await db.transaction().execute((tx) =>
          makeLink(tx, sealing, {
            caseId,
            controller: state.controller,
            letterId,
            ...(packageId === undefined ? {} : { packageId }),
            expiresAt,
            withCode: true,
            actor: actorOf(c),
            now,
          }),
        );
        return c.json(told(c, made, expiresAt), 201);
      },
    )
    .openapi(
      createRoute({
        ...guarded(deps, 'makeLinkCode'),
        tags: ['Rights requests'],
        summary: 'Make a new code for a link',
        description: 'For a link that went out by mail, or one that was locked. The code before is worth nothing now.',
        request: { params: linkParameters, headers: travelHeaders },
        responses: {
          201: {
            description: 'Made; told once',
            content: { 'application/json': { schema: z.object({ code: z.string() }) } },
          },
          ...problemsOf('controller', 'request-unknown', 'link-unknown', 'link-revoked'),
        },
      }),
      async (c) => {
        const { caseId, linkId } = c.req.valid('param');
        await caseInPath(deps, c, caseId);
        const code = await db.transaction().execute(async (tx) => {
          const link = await linkOfCase(tx, { caseId, linkId });
          if (link === undefined) throw unknownLink();
          if (link.revoked) throw refusal('link-revoked', { detail: 'Reissue it instead.' });
          return makeCode(tx, sealing, link, { actor: actorOf(c), now: c.get('now') });
        });
        return c.json({ code }, 201);
      },
    )
    .openapi(
      createRoute({
        ...guarded(deps, 'reissueLink'),
        tags: ['Rights requests'],
        summary: 'Replace a link by a new one',
        description: 'The link before opens nothing from now on.',
        request: {
          params: linkParameters,
          headers: travelHeaders,
          body: {
            required: true,
            content: { 'application/json': { schema: { $ref: '#/components/schemas/ReissuedLink' } } },
          },
        },
        responses: {
          201: { description: 'Made', content: { 'application/json': { schema: madeSchema } } },
          ...problemsOf(
            'controller',
            'request-unknown',
            'link-unknown',
            'invalid-command',
            'malformed-json',
            'media-type-unsupported',
          ),
        },
      }),
      async (c) => {
        const { caseId, linkId } = c.req.valid('param');
        await caseInPath(deps, c, caseId);
        const { days } = await readJson(c, { schema: reissueBody, limit: largestBody, code: 'invalid-command' });
        const now = c.get('now');
        const actor = actorOf(c);
        const expiresAt = instantPlus(now, days * dayMs);
        const made = await db.transaction().execute(async (tx) => {
          const link = await linkOfCase(tx, { caseId, linkId });
          if (link === undefined) throw unknownLink();
          await revokeLink(tx, link, { actor, now, why: 'reissued' });
          const { controller, letterId, packageId } = link;
          return makeLink(tx, sealing, {
            caseId,
            controller,
            letterId,
            ...(packageId === undefined ? {} : { packageId }),
            expiresAt,
            withCode: true,
            actor,
            now,
          });
        });
        return c.json(told(c, made, expiresAt), 201);
      },
    )
    .openapi(
      createRoute({
        ...guarded(deps, 'revokeLink'),
        tags: ['Rights requests'],
        summary: 'Revoke a link',
        request: { params: linkParameters, headers: travelHeaders },
        responses: {
          200: {
            description: 'It opens nothing from now on',
            content: { 'application/json': { schema: z.object({ revoked: z.literal(true) }) } },
          },
          ...problemsOf('controller', 'request-unknown', 'link-unknown'),
        },
      }),
      async (c) => {
        const { caseId, linkId } = c.req.valid('param');
        await caseInPath(deps, c, caseId);
        await db.transaction().execute(async (tx) => {
          const link = await linkOfCase(tx, { caseId, linkId });
          if (link === undefined) throw unknownLink();
          await revokeLink(tx, link, { actor: actorOf(c), now: c.get('now'), why: 'revoked' });
        });
        return c.json({ revoked: true as const }, 200);
      },
    )
    .openapi(
      createRoute({
        ...guarded(deps, 'showLink'),
        tags: ['Links'],
        summary: 'The page on which a person enters the code of a link',
        description: 'The same for every address, whether or not there is such a link. Opening it uses nothing up.',
        request: { params: tokenParameters },
        responses: {
          200: { description: 'HTML', content: { 'text/html': { schema: z.string() } } },
          ...problemsOf('open'),
        },
      }),
      (c) => c.body(linkPage(), 200, linkPageHeaders),
    )
    .openapi(
      createRoute({
        ...guarded(deps, 'openLink'),
        tags: ['Links'],
        summary: 'Open a letter or a package with the code',
        description: `The form of the page. ${triesPerLink} tries a minute; after five wrong codes staff must make a new one.`,
        request: {
          params: tokenParameters,
          headers: travelHeaders,
          body: {
            required: true,
            content: { 'application/x-www-form-urlencoded': { schema: { type: 'object' } } },
          },
        },
        responses: {
          200: {
            description: 'The file',
            content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
          },
          ...problemsOf('open', 'media-type-unsupported', 'body-too-large', 'store-unavailable'),
        },
      }),
      async (c) => {
        const { token } = c.req.valid('param');
        const code = await codeIn(c);
        // Hashed, so that the limit keeps no address; by the real clock, whatever the request's own now is.
        const key = createHash('sha256').update(token).digest('base64');
        const real = deps.clock();
        if (!perLink.admit(key, real) || !inAll.admit('all', real)) return page(c, 'too-many');
        const now = c.get('now');
        const opened = await openLink({ db, sealing }, { token, code, now });
        if (opened.kind !== 'open') return page(c, opened.kind);
        const { letterId, packageId } = opened.link;
        if (packageId === undefined) {
          const file = await finalLetterFile(db, letterId);
          return file === undefined ? page(c, 'closed') : letterFileResponse(deps, c, file);
        }
        const admitted = await openPackage(deps, { ...opened.link, packageId }, now);
        if (admitted === undefined) return page(c, 'closed');
        const bytes = await storeAnswers(streamObject({ db, store: deps.objectStore }, admitted));
        const { mediaType, size } = admitted.object;
        return new Response(streamed(deps, c, bytes), {
          status: 200,
          headers: { ...fileHeaders(mediaType, 'package.zip'), 'content-length': String(size) },
        });
      },
    );
};
