/**
 * Makes a record ready for the database: its id, the keyed hashes it is found by, its sealed content. Pure computing, so that a
 * stream of records can be prepared while the ones before are being written.
 */
import { v7 as uuidV7 } from 'uuid';
import { type ControllerId, type RecordClassId, type RecordId, recordId } from '../../domain/ids.ts';
import type { UnitSize } from '../../domain/policy/policy.ts';
import type { RetentionWindow } from '../../domain/policy/retention-dates.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { canonicalContent, type RecordContent, sealContent } from './record-content.ts';

/** A checked record as the border hands it over. */
export type RecordToRegister = {
  readonly controller: ControllerId;
  readonly recordClass: RecordClassId;
  /** The source system's own id. */
  readonly sourceId: string;
  readonly content: RecordContent;
  /** The data subjects' identifiers in their normalised form. */
  readonly subjects: readonly { readonly kind: string; readonly value: string }[];
  /** Fields by which a hold may be scoped. */
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
  /** Whether a transcript is owed to the address the person gave (INPS notice, chat). */
  readonly transcriptDue: boolean;
  readonly policyVersion: number;
  readonly unitSize: UnitSize;
  /** The event its period runs from, where a field of the record chose it (`domain/policy/trigger-event.ts`). */
  readonly triggerEvent?: string;
  readonly window: RetentionWindow;
};

/** A record with everything computed that its rows need. */
export type PreparedRecord = {
  readonly id: RecordId;
  readonly controller: ControllerId;
  readonly recordClass: RecordClassId;
  readonly sourceId: string;
  readonly sourceKey: Buffer;
  readonly triggerAt: Instant;
  readonly policyVersion: number;
  readonly sealedContent: Buffer;
  readonly contentDigest: Buffer;
  readonly subjects: readonly { readonly kind: string; readonly key: Buffer }[];
  readonly attributes: readonly { readonly name: string; readonly key: Buffer }[];
  readonly transcriptDue: boolean;
  readonly unitSize: UnitSize;
  readonly triggerEvent?: string | undefined;
  readonly window: RetentionWindow;
};

/**
 * What every record is found by and sealed as, whether it comes from a source or from Oblio itself with its own files. The content is bound
 * to the record's id: it opens in no other row.
 */
export const sealRecord = (
  sealing: Sealing,
  id: RecordId,
  {
    controller,
    recordClass,
    sourceId,
    content,
    attributes,
  }: Pick<RecordToRegister, 'controller' | 'recordClass' | 'sourceId' | 'content' | 'attributes'>,
): Pick<
  PreparedRecord,
  | 'id'
  | 'controller'
  | 'recordClass'
  | 'sourceId'
  | 'sourceKey'
  | 'triggerAt'
  | 'sealedContent'
  | 'contentDigest'
  | 'attributes'
> => {
  const canonical = canonicalContent(content);
  return {
    id,
    controller,
    recordClass,
    sourceId,
    sourceKey: sealing.sourceKey({ controller, recordClass, sourceId }),
    triggerAt: content.triggerAt,
    sealedContent: sealContent(sealing, id, canonical),
    contentDigest: sealing.contentDigest(canonical),
    attributes: attributes.map(({ name, value }) => ({ name, key: sealing.attributeKey({ controller, name, value }) })),
  };
};

/** Prepares one record. Two identifiers that normalise to the same are one. */
export const prepareRecord = (sealing: Sealing, record: RecordToRegister): PreparedRecord => {
  const { controller, policyVersion, transcriptDue, unitSize, window } = record;
  const subjects = new Map(
    record.subjects.map(({ kind, value }) => {
      const key = sealing.subjectKey({ controller, kind, value });
      return [key.toString('latin1'), { kind, key }];
    }),
  );
  return {
    ...sealRecord(sealing, recordId(uuidV7()), record),
    policyVersion,
    subjects: [...subjects.values()],
    transcriptDue,
    unitSize,
    triggerEvent: record.triggerEvent,
    window,
  };
};
