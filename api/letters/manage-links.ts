/**
 * Links by which a person opens a letter or a package, as staff have them: made, reissued, revoked, counted; the code is handed over
 * another way.
 */

import { z } from '@hono/zod-openapi';
import { given } from '../../domain/given.ts';
import { days } from '../../domain/time/duration.ts';
import { instantPlus } from '../../domain/time/instant.ts';
import type { DatabaseTransaction } from '../../storage/database/database.ts';
import { finalLetterFile } from '../../storage/letters/files.ts';
import { type LinkTarget, linkOfCase, listLinks, makeCode, makeLink, revokeLink } from '../../storage/letters/links.ts';
import { readPackage } from '../../storage/packages/package-rows.ts';
import { addRoute } from '../access/add-route.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, type ApiContext, actorOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { idParameter, idSchema, instantSchema } from '../http/schemas.ts';
import { auditCase, caseInPath, caseParameters } from '../requests/case-in-path.ts';
import { letterInPath, letterParameters } from './letter-in-path.ts';

/** `{controller}`, `{caseId}` and `{linkId}` of a path. */
const linkParameters = caseParameters.extend({ linkId: idParameter });

const term = z.strictObject({
  days: z.int().min(1).max(60).default(30).openapi({ description: 'For how long it opens' }),
});

/** How long a new link opens, and whether it opens the letter or the package that goes with it. */
const newLinkBody = term
  .extend({
    packageId: z.uuid().optional().openapi({
      description:
        'To open the copy of the data that goes with the letter, instead of the letter itself: its id is the id of the letter',
    }),
  })
  .openapi('NewLink');

/** How long the link that takes another's place opens. */
const reissueBody = term.openapi('ReissuedLink');

/** A new link, shown once to the member of staff who made it: of address and code only keyed hashes are kept. */
const madeLinkSchema = z
  .object({
    linkId: idSchema,
    url: z.string().openapi({ description: 'For the person; shown once, it cannot be read back' }),
    code: z.string().openapi({ description: 'To be handed over another way; shown once' }),
    expiresAt: instantSchema,
  })
  .openapi('MadeLink');

/**
 * The links of a case with their use. `opened` and `refused` count tries; a `locked` link had too many wrong codes and
 * opens again with a new one.
 */
const linkListSchema = z
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

const largestBody = 4 * 1024;

const linkInPath = async (tx: DatabaseTransaction, path: { readonly caseId: string; readonly linkId: string }) => {
  const link = await linkOfCase(tx, path);
  if (link === undefined) throw refusal('link-unknown', { detail: 'The case has no link of this id.' });
  return link;
};

/** Address and code leave in one answer each, to the member of staff who asked, and are never read back. */
export const manageLinkRoutes: AddRoutes = (app, deps) => {
  const { database: db, sealing } = deps;
  const make = async (
    c: ApiContext,
    tx: DatabaseTransaction,
    { openFor, ...target }: LinkTarget & { readonly openFor: number },
  ) => {
    const now = c.get('now');
    const expiresAt = instantPlus(now, days(openFor));
    const made = await makeLink(tx, sealing, { ...target, expiresAt, withCode: true, actor: actorOf(c), now });
    const url = new URL(`/links/${made.token}`, deps.publicUrl ?? c.req.url).href;
    return { linkId: made.linkId, url, code: made.code ?? '', expiresAt };
  };

  addRoute(app, deps, 'listLinks', {
    summary: 'The links of a rights request, with how often each was used',
    params: caseParameters,
    answers: { 200: json('All of them', linkListSchema) },
    problems: ['request-unknown'],
  })(async (c) => {
    const { caseId } = c.req.valid('param');
    await caseInPath(deps, c, caseId);
    const links = await listLinks(db, caseId);
    await auditCase(deps, c, { action: 'case-read', caseId, why: 'links', detail: { count: links.length } });
    return c.json({ links: [...links] }, 200);
  });
  addRoute(app, deps, 'makeLink', {
    summary: 'Make a link to a letter, or to the package that goes with it',
    description: 'Address and code are shown once. The code goes to the person another way, or from hand to hand.',
    params: letterParameters,
    json: { name: 'NewLink', schema: newLinkBody, limit: largestBody, code: 'invalid-command' },
    answers: { 201: json('Made', madeLinkSchema) },
    problems: ['request-unknown', 'letter-unknown', 'letter-not-rendered', 'link-unknown'],
  })(async (c, readBody) => {
    const { caseId, letterId } = c.req.valid('param');
    const { state } = await letterInPath(deps, c, { caseId, letterId });
    const { days: openFor, packageId } = await readBody();
    if ((await finalLetterFile(db, letterId)) === undefined)
      throw refusal('letter-not-rendered', { detail: 'The letter has no file yet.' });
    if (packageId !== undefined && (await readPackage(db, packageId))?.caseId !== caseId)
      throw refusal('link-unknown', { detail: 'The case has no package of this id.' });
    const { controller } = state;
    const made = await db
      .transaction()
      .execute((tx) => make(c, tx, { caseId, controller, letterId, ...given({ packageId }), openFor }));
    return c.json(made, 201);
  });
  addRoute(app, deps, 'makeLinkCode', {
    summary: 'Make a new code for a link',
    description:
      'For a link that went out by mail, or one that was locked. The previous code opens nothing from now on.',
    params: linkParameters,
    answers: { 201: json('Made; shown once', z.object({ code: z.string() })) },
    problems: ['request-unknown', 'link-unknown', 'link-revoked'],
  })(async (c) => {
    const { caseId, linkId } = c.req.valid('param');
    await caseInPath(deps, c, caseId);
    const code = await db.transaction().execute(async (tx) => {
      const link = await linkInPath(tx, { caseId, linkId });
      if (link.revoked) throw refusal('link-revoked', { detail: 'Reissue it instead.' });
      return makeCode(tx, sealing, link, { actor: actorOf(c), now: c.get('now') });
    });
    return c.json({ code }, 201);
  });
  addRoute(app, deps, 'reissueLink', {
    summary: 'Replace a link by a new one',
    description: 'The previous link opens nothing from now on.',
    params: linkParameters,
    json: { name: 'ReissuedLink', schema: reissueBody, limit: largestBody, code: 'invalid-command' },
    answers: { 201: json('Made', madeLinkSchema) },
    problems: ['request-unknown', 'link-unknown'],
  })(async (c, readBody) => {
    const { caseId, linkId } = c.req.valid('param');
    await caseInPath(deps, c, caseId);
    const { days: openFor } = await readBody();
    const made = await db.transaction().execute(async (tx) => {
      const link = await linkInPath(tx, { caseId, linkId });
      await revokeLink(tx, link, { actor: actorOf(c), now: c.get('now'), why: 'reissued' });
      const { controller, letterId, packageId } = link;
      return make(c, tx, { caseId, controller, letterId, ...given({ packageId }), openFor });
    });
    return c.json(made, 201);
  });
  addRoute(app, deps, 'revokeLink', {
    summary: 'Revoke a link',
    params: linkParameters,
    answers: { 200: json('It opens nothing from now on', z.object({ revoked: z.literal(true) })) },
    problems: ['request-unknown', 'link-unknown'],
  })(async (c) => {
    const { caseId, linkId } = c.req.valid('param');
    await caseInPath(deps, c, caseId);
    await db.transaction().execute(async (tx) => {
      const link = await linkInPath(tx, { caseId, linkId });
      await revokeLink(tx, link, { actor: actorOf(c), now: c.get('now'), why: 'revoked' });
    });
    return c.json({ revoked: true as const }, 200);
  });
};
