/**
 * Opening a link: the code goes another way than the address, every try is counted, and too many wrong ones lock the link until staff make
 * a new code.
 */
import { timingSafeEqual } from 'node:crypto';
import { given } from '../../domain/given.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { codeKey, findLink, isToken, type LinkTarget, linkEntry, mostFailures, tokenKey } from './links.ts';

/** What a holder of address and code gets to see; only `open` hands something out. */
export type OpenedLink =
  | { readonly kind: 'open'; readonly link: LinkTarget & { readonly linkId: string } }
  /** No such link, expired, revoked, without a code: answered alike, so that a caller cannot learn which. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'wrong-code' }
  | { readonly kind: 'locked' };

/** Tries a code on a link. Every try on a link that stands is counted and audited, in the transaction that judges it. */
export const openLink = (
  { db, sealing }: { readonly db: Database; readonly sealing: Sealing },
  { token, code, now }: { readonly token: string; readonly code: string; readonly now: Instant },
): Promise<OpenedLink> =>
  db.transaction().execute(async (tx): Promise<OpenedLink> => {
    const link = isToken(token)
      ? await findLink(tx, { column: 'token_key', value: tokenKey(sealing, token) })
      : undefined;
    if (link === undefined || link.revoked || link.expiresAt <= now || link.codeKey === undefined)
      return { kind: 'closed' };
    const { linkId } = link;
    const recordUse = async (outcome: 'opened' | 'wrong-code' | 'locked'): Promise<void> => {
      await tx
        .insertInto('delivery_link_use')
        .values({ link_id: linkId, at: toDate(now), outcome })
        .execute();
      await appendAuditEntry(tx, {
        ...linkEntry(link, linkId, { id: `link:${linkId}`, role: 'system' }, now),
        action: outcome === 'opened' ? 'delivery-link-opened' : 'delivery-link-refused',
        why: outcome,
      });
    };
    if (link.failures >= mostFailures) {
      await recordUse('locked');
      return { kind: 'locked' };
    }
    if (!timingSafeEqual(codeKey(sealing, linkId, code), link.codeKey)) {
      await tx
        .updateTable('delivery_link')
        .set({ failures: link.failures + 1 })
        .where('id', '=', linkId)
        .execute();
      await recordUse('wrong-code');
      return { kind: 'wrong-code' };
    }
    await tx.updateTable('delivery_link').set({ failures: 0 }).where('id', '=', linkId).execute();
    await recordUse('opened');
    const { caseId, controller, letterId, packageId } = link;
    return { kind: 'open', link: { linkId, caseId, controller, letterId, ...given({ packageId }) } };
  });
