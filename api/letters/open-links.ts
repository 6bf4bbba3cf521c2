/**
 * The public side of links: the page that takes the code, and the file behind it. Every try on a link that stands is counted and on
 * file; how often an address may be tried is limited besides.
 */
import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import { type CaseId, recordId } from '../../domain/ids.ts';
import { epochMs, type Instant } from '../../domain/time/instant.ts';
import { finalLetterFile } from '../../storage/letters/files.ts';
import type { LinkTarget } from '../../storage/letters/links.ts';
import { openLink } from '../../storage/letters/open-link.ts';
import { readPackage } from '../../storage/packages/package-rows.ts';
import { packageObjectName } from '../../storage/packages/store-package.ts';
import { admitObject, streamObject } from '../../storage/reading/read-object.ts';
import { addRoute } from '../access/add-route.ts';
import { binary } from '../http/answers.ts';
import { mediaTypeOf, readBody } from '../http/bodies.ts';
import type { AddRoutes, ApiContext, ApiDeps } from '../http/context.ts';
import { storeAnswers } from '../http/outages.ts';
import { refusal } from '../http/problems.ts';
import { travelHeaders } from '../http/schemas.ts';
import { fileHeaders, letterFileResponse, streamed } from './letter-in-path.ts';
import { type LinkFault, linkPage, linkPageHeaders } from './link-page.ts';

// Limits how often something may be tried in a minute, in this process: against load, and against guessing addresses by machine.
// Several API processes each admit their own share, and that is meant. Guessing a code is stopped elsewhere, for all processes
// together: wrong codes are counted with the link in Postgres, and the link locks (`storage/letters/open-link.ts`). A shared counter
// (`rate-limiter-flexible` on Postgres) would write a row for every address that a stranger makes up, which puts the load on the
// database, and its expired rows have to be deleted, which is for the gate alone (I5).

const windowMs = 60_000;
/** Keys kept at most; the window is short, so forgetting early costs little. */
const mostKeys = 10_000;

/** A counter of tries. */
type RateLimit = {
  /** Counts one try under a key; `false` where it is one too many for this minute. */
  readonly admit: (key: string, now: Instant) => boolean;
};

/** Makes a limit of so many tries a minute for each key. */
const createRateLimit = (triesPerMinute: number): RateLimit => {
  let windowStart = 0;
  let counts = new Map<string, number>();
  return {
    admit: (key, now) => {
      const at = epochMs(now);
      if (at - windowStart >= windowMs || at < windowStart || counts.size >= mostKeys) {
        windowStart = at;
        counts = new Map();
      }
      const tries = (counts.get(key) ?? 0) + 1;
      counts.set(key, tries);
      return tries <= triesPerMinute;
    },
  };
};

const largestBody = 4 * 1024;
const tokenParameters = z.object({ token: z.string().max(100) });

const statusOf = { 'wrong-code': 403, locked: 429, closed: 404, 'too-many': 429 } as const satisfies Record<
  LinkFault,
  number
>;

/** Tries a minute: for each address of a link, and for all links of this process together. */
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

/** Open to anyone who has address and code; a refusal is the page again with the reason, so that a guess learns nothing about a person. */
export const openLinkRoutes: AddRoutes = (app, deps) => {
  const { database: db, sealing } = deps;
  const perLink = createRateLimit(triesPerLink);
  const inAll = createRateLimit(triesInAll);
  const page = (c: ApiContext, fault: LinkFault): Response =>
    c.body(linkPage(fault), statusOf[fault], {
      ...linkPageHeaders,
      ...(fault === 'too-many' ? { 'retry-after': '60' } : {}),
    });
  addRoute(app, deps, 'showLink', {
    summary: 'The page on which a person enters the code of a link',
    description: 'The same for every address, whether or not there is such a link. Opening it uses nothing up.',
    params: tokenParameters,
    answers: { 200: { description: 'HTML', content: { 'text/html': { schema: z.string() } } } },
  })((c) => c.body(linkPage(), 200, linkPageHeaders));
  addRoute(app, deps, 'openLink', {
    summary: 'Open a letter or a package with the code',
    description: `The form of the page. ${triesPerLink} tries a minute; after five wrong codes staff must make a new one.`,
    params: tokenParameters,
    headers: travelHeaders,
    body: { required: true, content: { 'application/x-www-form-urlencoded': { schema: { type: 'object' } } } },
    answers: { 200: binary('The file', 'application/octet-stream') },
    problems: ['media-type-unsupported', 'body-too-large', 'store-unavailable'],
  })(async (c) => {
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
  });
};
