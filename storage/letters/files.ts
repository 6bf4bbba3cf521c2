/**
 * The files of letters, in sealed parts with the case file: the PDF as it was rendered, the signed one that was handed back, and the
 * receipts of certified mail. The hash of the file that leaves stands in the protocol register (DPR 445/2000 art. 53(1)(f)).
 */
import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { sql } from 'kysely';
import { v7 as uuidV7 } from 'uuid';
import type { AuditAction } from '../../domain/audit.ts';
import type { ControllerId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import { auditRole } from '../requests/record-events.ts';
import type { Sealing } from '../sealing/sealing.ts';
import type { LetterFileForm } from './tables.ts';

/** Where the sealed parts lie, and the keys that open them. */
export type LetterFileDeps = { readonly db: Database; readonly sealing: Sealing };

/** A file of a letter; its bytes are read in parts. */
export type LetterFile = {
  readonly fileId: string;
  readonly letterId: string;
  readonly form: LetterFileForm;
  readonly detail: string | undefined;
  readonly mediaType: string;
  readonly size: number;
  readonly sha256: Buffer;
};

type Place = {
  readonly caseId: string;
  readonly controller: ControllerId;
  readonly letterId: string;
  readonly actor: { readonly id: string; readonly role: string };
  readonly now: Instant;
};

const columns = ['id', 'letter_id', 'form', 'detail', 'media_type', 'size', 'sha256'] as const;

const asFile = (row: {
  id: string;
  letter_id: string;
  form: LetterFileForm;
  detail: string | null;
  media_type: string;
  size: number;
  sha256: Buffer;
}): LetterFile => ({
  fileId: row.id,
  letterId: row.letter_id,
  form: row.form,
  detail: row.detail ?? undefined,
  mediaType: row.media_type,
  size: Number(row.size),
  sha256: row.sha256,
});

/** All files of a letter, oldest first. */
export const listLetterFiles = async (
  db: Database | DatabaseTransaction,
  letterId: string,
): Promise<readonly LetterFile[]> => {
  const rows = await db
    .selectFrom('letter_file')
    .select(columns)
    .where('letter_id', '=', letterId)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(asFile);
};

/** The file that is delivered: the signed one handed back last, else the rendered one; `undefined` before it is rendered. */
export const finalLetterFile = async (
  db: Database | DatabaseTransaction,
  letterId: string,
): Promise<LetterFile | undefined> => {
  const files = await listLetterFiles(db, letterId);
  return files.findLast(({ form }) => form === 'signed') ?? files.find(({ form }) => form === 'rendered');
};

/** The bytes of a file, part by part. Throws a `SealingError` where a part was changed or moved. */
export async function* readLetterFile(
  { db, sealing }: LetterFileDeps,
  { fileId }: Pick<LetterFile, 'fileId'>,
): AsyncGenerator<Buffer> {
  for (let number = 1; ; number += 1) {
    const row = await db
      .selectFrom('letter_file_part')
      .select('sealed_part')
      .where('file_id', '=', fileId)
      .where('number', '=', number)
      .executeTakeFirst();
    if (row === undefined) return;
    yield sealing.open(row.sealed_part, partPlace(fileId, number));
  }
}

/** A whole file, for what needs all of it at once: an attachment, a signature. */
export const wholeLetterFile = async (deps: LetterFileDeps, file: LetterFile): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of readLetterFile(deps, file)) parts.push(part);
  return Buffer.concat(parts);
};

const lockLetter = async (tx: DatabaseTransaction, letterId: string): Promise<void> => {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`oblio/letter/${letterId}`}, 0))`.execute(tx);
};

const registerHash = async (tx: DatabaseTransaction, letterId: string, sha256: Buffer): Promise<void> => {
  await tx.updateTable('protocol_entry').set({ file_sha256: sha256 }).where('letter_id', '=', letterId).execute();
};

type NewFile = Place & {
  readonly fileId: string;
  readonly form: LetterFileForm;
  readonly detail: string | undefined;
  readonly mediaType: string;
  readonly size: number;
  readonly sha256: Buffer;
  readonly action: AuditAction;
};

const insertFile = async (tx: DatabaseTransaction, file: NewFile): Promise<LetterFile> => {
  const { fileId, letterId, caseId, form, detail, mediaType, size, sha256, actor, now } = file;
  await tx
    .insertInto('letter_file')
    .values({
      id: fileId,
      letter_id: letterId,
      case_id: caseId,
      form,
      detail: detail ?? null,
      media_type: mediaType,
      size,
      sha256,
      created_at: toDate(now),
      added_by: actor.id,
    })
    .execute();
  await appendAuditEntry(tx, {
    at: now,
    actor: actor.id,
    role: auditRole(actor.role),
    action: file.action,
    controller: file.controller,
    target: { kind: 'case', id: caseId },
    why: detail ?? form,
    detail: { letterId, fileId, size, sha256: sha256.toString('hex') },
  });
  return { fileId, letterId, form, detail, mediaType, size, sha256 };
};

/**
 * Renders a letter's file into its parts and registers its hash, in one transaction; a file that is there already stays as it is (I9).
 * @param render writes the file and ends the target
 */
export const storeRenderedFile = (
  { db, sealing }: LetterFileDeps,
  place: Place,
  render: (target: Writable) => Promise<{ readonly bytes: number; readonly sha256: string }>,
): Promise<LetterFile> =>
  db.transaction().execute(async (tx) => {
    await lockLetter(tx, place.letterId);
    const before = (await listLetterFiles(tx, place.letterId)).find(({ form }) => form === 'rendered');
    if (before !== undefined) return before;
    const fileId = uuidV7();
    const { bytes, sha256 } = await render(createPartWriter(tx, sealing, fileId));
    const digest = Buffer.from(sha256, 'hex');
    await registerHash(tx, place.letterId, digest);
    return insertFile(tx, {
      ...place,
      fileId,
      form: 'rendered',
      detail: undefined,
      mediaType: 'application/pdf',
      size: bytes,
      sha256: digest,
      action: 'case-letter-rendered',
    });
  });

/** A file that staff hand in for a letter: the signed letter, or a receipt of certified mail. */
export type HandedInFile = Place & {
  readonly form: 'signed' | 'receipt';
  readonly detail: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
};

/** Keeps a file that was handed in; the same one again changes nothing (I9). The hash of a signed one takes the place of the rendered. */
export const storeHandedInFile = (
  { db, sealing }: LetterFileDeps,
  { bytes, ...file }: HandedInFile,
): Promise<LetterFile> =>
  db.transaction().execute(async (tx) => {
    await lockLetter(tx, file.letterId);
    const sha256 = createHash('sha256').update(bytes).digest();
    const before = (await listLetterFiles(tx, file.letterId)).find(
      (known) => known.form === file.form && known.sha256.equals(sha256),
    );
    if (before !== undefined) return before;
    const fileId = uuidV7();
    const writer = createPartWriter(tx, sealing, fileId);
    await new Promise<void>((resolve, reject) => {
      writer.once('error', reject).once('finish', resolve);
      writer.end(bytes);
    });
    if (file.form === 'signed') await registerHash(tx, file.letterId, sha256);
    return insertFile(tx, {
      ...file,
      fileId,
      size: bytes.length,
      sha256,
      action: file.form === 'signed' ? 'case-letter-signed' : 'case-letter-receipt-attached',
    });
  });

/** The hash in the protocol register, in lower-case hexadecimal. */
export const registeredHash = async (db: Database, letterId: string): Promise<string | undefined> => {
  const row = await db
    .selectFrom('protocol_entry')
    .select('file_sha256')
    .where('letter_id', '=', letterId)
    .executeTakeFirst();
  return row?.file_sha256?.toString('hex');
};

/** Bytes of a part before sealing; the last one may be shorter. */
const partBytes = 1024 * 1024;

/** What binds a part to its place, so that none can be moved. */
const partPlace = (fileId: string, number: number): string => `letter-file/${fileId}/${number}`;

/** A target for a file; its parts are written in the transaction as they fill. */
const createPartWriter = (tx: DatabaseTransaction, sealing: Sealing, fileId: string): Writable => {
  let pending: Buffer[] = [];
  let held = 0;
  let number = 0;
  const write = async (part: Buffer): Promise<void> => {
    number += 1;
    await tx
      .insertInto('letter_file_part')
      .values({ file_id: fileId, number, sealed_part: sealing.seal(part, partPlace(fileId, number)) })
      .execute();
  };
  const cut = async (): Promise<void> => {
    const all = Buffer.concat(pending, held);
    let from = 0;
    for (; all.length - from >= partBytes; from += partBytes) await write(all.subarray(from, from + partBytes));
    pending = from === all.length ? [] : [all.subarray(from)];
    held = all.length - from;
  };
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      pending.push(chunk);
      held += chunk.length;
      if (held < partBytes) done();
      else cut().then(() => done(), done);
    },
    final: (done) => {
      const rest = Buffer.concat(pending, held);
      if (rest.length === 0) done();
      else write(rest).then(() => done(), done);
    },
  });
};
