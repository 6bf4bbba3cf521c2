/**
 * What a source hands in about a record, as it lies sealed in the database: one JSON document (Art. 32). Every reader that opens a
 * record's content (reading, transcripts, access requests) reads it through this file.
 */
import { z } from 'zod';
import type { RecordId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Sealing } from '../sealing/sealing.ts';

const contentSchema = z.object({
  /** When the trigger event happened. */
  triggerAt: z.string().transform((text) => text as Instant),
  /** As handed in, not normalised: letters quote what the record says. */
  identifiers: z.array(z.object({ kind: z.string(), value: z.string() })),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  text: z.string().optional(),
});

/** The value of a class-specific field: text, codes, dates and instants are strings. */
export type FieldValue = string | number | boolean;

/** What a source hands in about a record. */
export type RecordContent = {
  /** When the trigger event happened. */
  readonly triggerAt: Instant;
  /** Identifiers of the data subjects, as handed in. */
  readonly identifiers: readonly { readonly kind: string; readonly value: string }[];
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** The text of a message, chat or booking. */
  readonly text?: string;
};

/** The one form of a content: same content, same text, whatever order its members came in. */
export const canonicalContent = (content: RecordContent): string => canonicalJson(content);

/** Seals a content so that it opens only together with its record's id. */
export const sealContent = (sealing: Sealing, recordId: RecordId, canonical: string): Buffer =>
  sealing.seal(Buffer.from(canonical, 'utf8'), recordId);

/** Opens a record's content. Throws a `SealingError` if it was changed, or moved from another record. */
export const openContent = (sealing: Sealing, recordId: RecordId, sealed: Uint8Array): RecordContent => {
  const { text, ...content } = contentSchema.parse(JSON.parse(sealing.open(sealed, recordId).toString('utf8')));
  return text === undefined ? content : { ...content, text };
};
