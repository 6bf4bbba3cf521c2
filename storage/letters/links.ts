/**
 * Links to a letter or a package, as staff have them: bound to a case, good for a time, made, revoked, listed with their use. How one is
 * opened is in `open-link.ts`.
 */

import { randomBytes, randomInt } from 'node:crypto';
import { v7 as uuidV7 } from 'uuid';
import { given } from '../../domain/given.ts';
import type { ControllerId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';
import { auditRole } from '../requests/record-events.ts';
import type { Sealing } from '../sealing/sealing.ts';

/** Wrong codes after which a link is locked until staff make a new code. */
export const mostFailures = 5;

const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const codeLength = 10;

/** A code for people: 50 bits, without letters that look alike, in two groups. */
const newCode = (): string => {
  const letters = Array.from({ length: codeLength }, () => alphabet[randomInt(alphabet.length)] ?? '').join('');
  return `${letters.slice(0, 5)}-${letters.slice(5)}`;
};

/** An address that cannot be guessed: 256 random bits. */
const newToken = (): string => randomBytes(32).toString('base64url');

/** Whether a text has the form of a token; anything else is not even looked up. */
export const isToken = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);

/** By which a link is found from its address. */
export const tokenKey = (sealing: Sealing, token: string): Buffer =>
  sealing.contentDigest(`delivery-link/token/${token}`);

/** By which a code is compared: bound to its link, and however a person writes it. */
export const codeKey = (sealing: Sealing, linkId: string, code: string): Buffer =>
  sealing.contentDigest(`delivery-link/${linkId}/code/${code.toUpperCase().replaceAll(/[^A-Z0-9]/g, '')}`);

/** Who of the staff acts on a link, by opaque id. */
export type LinkActor = { readonly id: string; readonly role: string };

/** What a link opens: a letter of a case, or the package that goes with it. */
export type LinkTarget = {
  readonly caseId: string;
  readonly controller: ControllerId;
  readonly letterId: string;
  readonly packageId?: string;
};

/** A link to be made, and until when it opens. */
export type MakeLinkInput = LinkTarget & {
  readonly expiresAt: Instant;
  /** Whether a code is made at once; without one the link opens nothing until staff make one. */
  readonly withCode: boolean;
  readonly actor: LinkActor;
  readonly now: Instant;
};

/** The secrets of a link, shown once. */
export type MadeLink = { readonly linkId: string; readonly token: string; readonly code?: string };

/** What every entry about a link says: which one, and what it opens. */
export const linkEntry = (link: LinkTarget, linkId: string, actor: LinkActor, now: Instant) => ({
  at: now,
  actor: actor.id,
  role: auditRole(actor.role),
  controller: link.controller,
  target: { kind: 'case' as const, id: link.caseId },
  detail: { linkId, letterId: link.letterId, ...given({ packageId: link.packageId }) },
});

/** Makes a link. */
export const makeLink = async (
  tx: DatabaseTransaction,
  sealing: Sealing,
  { expiresAt, withCode, actor, now, ...target }: MakeLinkInput,
): Promise<MadeLink> => {
  const linkId = uuidV7();
  const token = newToken();
  const code = withCode ? newCode() : undefined;
  await tx
    .insertInto('delivery_link')
    .values({
      id: linkId,
      case_id: target.caseId,
      letter_id: target.letterId,
      package_id: target.packageId ?? null,
      token_key: tokenKey(sealing, token),
      code_key: code === undefined ? null : codeKey(sealing, linkId, code),
      expires_at: toDate(expiresAt),
      revoked_at: null,
      created_at: toDate(now),
      created_by: actor.id,
    })
    .execute();
  await appendAuditEntry(tx, { ...linkEntry(target, linkId, actor, now), action: 'delivery-link-made', why: 'made' });
  return { linkId, token, ...given({ code }) };
};

/** A link as it stands, its row locked until the transaction ends. */
export type FoundLink = LinkTarget & {
  readonly linkId: string;
  readonly codeKey: Buffer | undefined;
  readonly failures: number;
  readonly expiresAt: Instant;
  readonly revoked: boolean;
};

/** Finds a link by its id or its address, and locks it for change; `undefined` where there is none. */
export const findLink = async (
  tx: DatabaseTransaction,
  by:
    | { readonly column: 'delivery_link.id'; readonly value: string }
    | { readonly column: 'token_key'; readonly value: Buffer },
): Promise<FoundLink | undefined> => {
  const row = await tx
    .selectFrom('delivery_link')
    .innerJoin('request_case', 'request_case.id', 'delivery_link.case_id')
    .select([
      'delivery_link.id',
      'case_id',
      'request_case.controller',
      'letter_id',
      'package_id',
      'code_key',
      'failures',
      'expires_at',
      'revoked_at',
    ])
    .where(by.column, '=', by.value)
    .forNoKeyUpdate('delivery_link')
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    linkId: row.id,
    caseId: row.case_id,
    controller: row.controller,
    letterId: row.letter_id,
    ...(row.package_id === null ? {} : { packageId: row.package_id }),
    codeKey: row.code_key ?? undefined,
    failures: row.failures,
    expiresAt: fromDate(row.expires_at),
    revoked: row.revoked_at !== null,
  };
};

/** A link of a case, locked for change; `undefined` where the case has none of this id. */
export const linkOfCase = async (
  tx: DatabaseTransaction,
  { caseId, linkId }: { readonly caseId: string; readonly linkId: string },
): Promise<FoundLink | undefined> => {
  const link = await findLink(tx, { column: 'delivery_link.id', value: linkId });
  return link?.caseId === caseId ? link : undefined;
};

/** Makes a new code for a link; the one before is worth nothing from now on, and a locked link opens again. */
export const makeCode = async (
  tx: DatabaseTransaction,
  sealing: Sealing,
  link: FoundLink,
  { actor, now }: { readonly actor: LinkActor; readonly now: Instant },
): Promise<string> => {
  const code = newCode();
  await tx
    .updateTable('delivery_link')
    .set({ code_key: codeKey(sealing, link.linkId, code), failures: 0 })
    .where('id', '=', link.linkId)
    .execute();
  await appendAuditEntry(tx, {
    ...linkEntry(link, link.linkId, actor, now),
    action: 'delivery-link-code-made',
    why: 'code-made',
  });
  return code;
};

/** Revokes a link; again changes nothing. */
export const revokeLink = async (
  tx: DatabaseTransaction,
  link: FoundLink,
  { actor, now, why }: { readonly actor: LinkActor; readonly now: Instant; readonly why: 'revoked' | 'reissued' },
): Promise<void> => {
  if (link.revoked) return;
  await tx
    .updateTable('delivery_link')
    .set({ revoked_at: toDate(now) })
    .where('id', '=', link.linkId)
    .execute();
  await appendAuditEntry(tx, { ...linkEntry(link, link.linkId, actor, now), action: 'delivery-link-revoked', why });
};

/** Revokes the links of a letter that stand, as when it is sent anew. */
export const revokeLinksOf = async (
  tx: DatabaseTransaction,
  letterId: string,
  change: { readonly actor: LinkActor; readonly now: Instant },
): Promise<void> => {
  const rows = await tx
    .selectFrom('delivery_link')
    .select('id')
    .where('letter_id', '=', letterId)
    .where('revoked_at', 'is', null)
    .execute();
  for (const { id } of rows) {
    const link = await findLink(tx, { column: 'delivery_link.id', value: id });
    if (link !== undefined) await revokeLink(tx, link, { ...change, why: 'reissued' });
  }
};

/** A link as staff see it. */
export type ListedLink = {
  readonly linkId: string;
  readonly letterId: string;
  readonly packageId?: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly revoked: boolean;
  readonly hasCode: boolean;
  readonly locked: boolean;
  readonly opened: number;
  readonly refused: number;
};

/** The links of a case, oldest first, with how often each was used. */
export const listLinks = async (db: Database, caseId: string): Promise<readonly ListedLink[]> => {
  const rows = await db
    .selectFrom('delivery_link')
    .leftJoin('delivery_link_use', 'delivery_link_use.link_id', 'delivery_link.id')
    .select(({ fn }) => [
      'delivery_link.id',
      'letter_id',
      'package_id',
      'created_at',
      'expires_at',
      'revoked_at',
      'code_key',
      'failures',
      fn.count<string>('delivery_link_use.id').filterWhere('outcome', '=', 'opened').as('opened'),
      fn.count<string>('delivery_link_use.id').filterWhere('outcome', '<>', 'opened').as('refused'),
    ])
    .where('delivery_link.case_id', '=', caseId)
    .groupBy('delivery_link.id')
    .orderBy('created_at')
    .orderBy('delivery_link.id')
    .execute();
  return rows.map((row) => ({
    linkId: row.id,
    letterId: row.letter_id,
    ...(row.package_id === null ? {} : { packageId: row.package_id }),
    createdAt: fromDate(row.created_at),
    expiresAt: fromDate(row.expires_at),
    revoked: row.revoked_at !== null,
    hasCode: row.code_key !== null,
    locked: row.failures >= mostFailures,
    opened: Number(row.opened),
    refused: Number(row.refused),
  }));
};
