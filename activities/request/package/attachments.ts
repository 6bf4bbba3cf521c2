/**
 * The data of an answer as files inside its PDF, where they are small (PDF/A-3): the same JSON and CSV as in the package, by the same
 * hand. Where they are not small there are none, and the package has them.
 */
import type { ControllerId } from '../../../domain/ids.ts';
import type { Policy } from '../../../domain/policy/policy.ts';
import { carriesCopy } from '../../../domain/request/course/letters.ts';
import type { Instant } from '../../../domain/time/instant.ts';
import type { Attachment } from '../../../letters/document/model.ts';
import type { PackageFacts } from '../../../letters/package/model.ts';
import { packageTexts } from '../../../letters/package/texts.ts';
import type { Database } from '../../../storage/database/database.ts';
import type { ObjectStore } from '../../../storage/objects/object-store.ts';
import { readCase } from '../../../storage/requests/read-cases.ts';
import type { Sealing } from '../../../storage/sealing/sealing.ts';
import { csvOf, jsonOf } from './entries.ts';
import { decidedVariant, openPackage, readReviewedCase } from './package.ts';
import type { PackageSource } from './source.ts';

/** Bytes of all attachments together, at most: a letter that still goes through any mail server. */
const smallDataBytes = 1024 * 1024;

/** What the data are read with; contents are opened from the sealed records. */
export type SmallDataDeps = {
  readonly db: Database;
  readonly store: ObjectStore;
  readonly sealing: Sealing;
  readonly policies: ReadonlyMap<string, Policy>;
};

/** For which case, and how large its data may be, in bytes, to travel inside the PDF. */
export type SmallDataInput = {
  readonly caseId: string;
  readonly controller: ControllerId;
  readonly now: Instant;
  /** Default: `smallDataBytes`. */
  readonly maxBytes?: number;
};

/** More records than this never fit in `smallDataBytes`: they need not be read. */
const mostRecords = 5_000;

/** Reads to the end, or `undefined` as soon as it is more than wanted. */
const upTo = async (most: number, content: AsyncIterable<Uint8Array>): Promise<Buffer | undefined> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
};

const attachmentsOf = async (
  { facts, source }: { readonly facts: PackageFacts; readonly source: PackageSource },
  maxBytes: number,
): Promise<readonly Attachment[]> => {
  const attachments: Attachment[] = [];
  const { language } = facts;
  const t = packageTexts[language];
  let left = maxBytes;
  for (const one of source.classes) {
    const { recordClass, title } = one;
    const files = [
      { extension: 'json', mediaType: 'application/json', what: t.asData, content: jsonOf(source, one, facts) },
      { extension: 'csv', mediaType: 'text/csv', what: t.asTable, content: csvOf(source, one, facts) },
    ];
    for (const { extension, mediaType, what, content } of files) {
      const bytes = await upTo(left, content);
      if (bytes === undefined) return [];
      left -= bytes.length;
      attachments.push({
        name: `${recordClass}.${extension}`,
        mediaType,
        description: `${title[language]}: ${what}`,
        relationship: 'Data',
        content: bytes,
      });
    }
  }
  return attachments;
};

/**
 * The data that an answer hands over, as attachments of its letter; empty where nothing is handed over, or where it is more than
 * `maxBytes`. What is withheld is marked as in the package. Fails with `review-open` before the review is confirmed.
 */
export const smallDataAttachments = async (
  { policies, ...deps }: SmallDataDeps,
  { caseId, controller, now, maxBytes = smallDataBytes }: SmallDataInput,
): Promise<readonly Attachment[]> => {
  const reviewed = await readReviewedCase(deps.db, caseId, controller);
  const variant = decidedVariant(reviewed.state);
  if (variant === undefined) return [];
  const policy = policies.get(controller);
  if (policy === undefined) throw new RangeError('There is no policy for the controller of this case');
  const opened = await openPackage(deps, { ...reviewed, packageId: caseId, policy, variant, withLetter: true, now });
  return attachmentsOf(opened, maxBytes);
};

/** What a letter brings along inside its PDF: the data of an answer that hands over a copy; nothing with any other letter. */
export const attachmentsOfLetter = async (
  deps: SmallDataDeps,
  { letterId, ...input }: SmallDataInput & { readonly letterId: string },
): Promise<readonly Attachment[]> => {
  const state = (await readCase(deps.db, input.caseId))?.state;
  const few = (state?.manifest?.records ?? 0) <= mostRecords;
  return state !== undefined && few && carriesCopy(state, letterId) ? smallDataAttachments(deps, input) : [];
};
