/** Letters of a case: their content lies sealed, with a digest, once composed never changed; the protocol number is reserved first. */
import { sql } from 'kysely';
import type { ControllerId } from '../../domain/ids.ts';
import type { CaseLetter, Protocol } from '../../domain/letter/letter-content.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { LocalDate } from '../../domain/time/local-date.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Database } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';
import type { Sealing } from '../sealing/sealing.ts';
import type { ProtocolRegister } from './protocol-register.ts';

const place = (letterId: string): string => `case-letter/${letterId}`;

/** A letter to be composed under a number that is reserved in the same transaction. */
export type StoreLetterInput = {
  readonly caseId: string;
  readonly controller: ControllerId;
  readonly letterId: string;
  readonly today: LocalDate;
  readonly now: Instant;
  /** Composes the content once its number is known. */
  readonly compose: (protocol: Protocol) => CaseLetter;
};

/** Composes and stores a letter, number and content in one transaction; a letter that is there already stays as it is (I9). */
export const storeLetter = (
  { db, sealing, register }: { readonly db: Database; readonly sealing: Sealing; readonly register: ProtocolRegister },
  { caseId, controller, letterId, today, now, compose }: StoreLetterInput,
): Promise<void> =>
  db.transaction().execute(async (tx) => {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`oblio/letter/${letterId}`}, 0))`.execute(tx);
    const before = await tx.selectFrom('request_letter').select('id').where('id', '=', letterId).executeTakeFirst();
    if (before !== undefined) return;
    const content = compose(await register.reserve(tx, { controller, letterId, today }));
    const canonical = canonicalJson(content);
    await tx
      .insertInto('request_letter')
      .values({
        id: letterId,
        case_id: caseId,
        kind: content.kind,
        language: content.language,
        composed_at: toDate(now),
        sealed_content: sealing.seal(Buffer.from(canonical, 'utf8'), place(letterId)),
        content_digest: sealing.contentDigest(canonical),
      })
      .execute();
    await appendAuditEntry(tx, {
      at: now,
      actor: 'oblio',
      role: 'system',
      action: 'case-letter-composed',
      controller,
      target: { kind: 'case', id: caseId },
      why: content.kind,
      detail: { letterId, protocol: content.protocol.number },
    });
  });

/** When a letter was composed: the date that its file states, whenever it is rendered. Throws where it has not been composed. */
export const composedAt = async (db: Database, letterId: string): Promise<Instant> => {
  const { composed_at } = await db
    .selectFrom('request_letter')
    .select('composed_at')
    .where('id', '=', letterId)
    .executeTakeFirstOrThrow();
  return fromDate(composed_at);
};

/** The content of a composed letter, or `undefined` where it has not been composed. */
export const readLetter = async (
  { db, sealing }: { readonly db: Database; readonly sealing: Sealing },
  letterId: string,
): Promise<CaseLetter | undefined> => {
  const row = await db
    .selectFrom('request_letter')
    .select('sealed_content')
    .where('id', '=', letterId)
    .executeTakeFirst();
  // Written from this type, sealed against change.
  return row === undefined
    ? undefined
    : (JSON.parse(sealing.open(row.sealed_content, place(letterId)).toString('utf8')) as CaseLetter);
};
