/** Letters of a case: their content lies sealed, with a digest, once composed never changed; the protocol number is reserved first. */
import { sql } from 'kysely';
import type { ControllerId } from '../../domain/ids.ts';
import { type Instant, instantFromEpoch } from '../../domain/instant.ts';
import type { CaseLetter, Protocol } from '../../domain/letter-content.ts';
import { type LocalDate, localDate } from '../../domain/local-date.ts';
import { appendAuditEntry } from '../audit-trail.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { Database, DatabaseTransaction } from '../database.ts';
import type { Sealing } from '../sealing.ts';

const place = (letterId: string): string => `case-letter/${letterId}`;

const asProtocol = (number: number, date: string): Protocol => ({
  number: String(number).padStart(7, '0'),
  date: localDate(date),
});

const reserve = async (
  tx: DatabaseTransaction,
  controller: ControllerId,
  letterId: string,
  today: LocalDate,
): Promise<Protocol> => {
  const before = await tx.selectFrom('protocol_entry').selectAll().where('letter_id', '=', letterId).executeTakeFirst();
  if (before !== undefined) return asProtocol(before.number, before.registered_on);
  const year = Number(today.slice(0, 4));
  const { rows } = await sql<{ last_number: number }>`
    INSERT INTO protocol_register (controller, year, last_number) VALUES (${controller}, ${year}, 1)
    ON CONFLICT (controller, year) DO UPDATE SET last_number = protocol_register.last_number + 1 RETURNING last_number`.execute(
    tx,
  );
  const number = rows[0]?.last_number;
  if (number === undefined) throw new Error('A letter was left without a protocol number');
  await tx
    .insertInto('protocol_entry')
    .values({ letter_id: letterId, controller, year, number, registered_on: today, file_sha256: null })
    .execute();
  return asProtocol(number, today);
};

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
  { db, sealing }: { readonly db: Database; readonly sealing: Sealing },
  { caseId, controller, letterId, today, now, compose }: StoreLetterInput,
): Promise<void> =>
  db.transaction().execute(async (tx) => {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`oblio/letter/${letterId}`}, 0))`.execute(tx);
    const before = await tx.selectFrom('request_letter').select('id').where('id', '=', letterId).executeTakeFirst();
    if (before !== undefined) return;
    const content = compose(await reserve(tx, controller, letterId, today));
    const canonical = canonicalJson(content);
    await tx
      .insertInto('request_letter')
      .values({
        id: letterId,
        case_id: caseId,
        kind: content.kind,
        language: content.language,
        composed_at: new Date(now),
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
  return instantFromEpoch(composed_at.getTime());
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
