/** Composes a certificate from what was read back and what the ledger says. Pure. */

import { createHash } from 'node:crypto';
import type { DispositionCertificate, FailedRecords } from '../../domain/certificate.ts';
import { given } from '../../domain/given.ts';
import type { CertificateId, RecordId } from '../../domain/ids.ts';
import type { UnitSize } from '../../domain/policy/policy.ts';
import { addPeriod, localDateAt } from '../../domain/time/calendar.ts';
import { type Instant, millisecondsBetween } from '../../domain/time/instant.ts';
import { period } from '../../domain/time/period.ts';
import type { DispositionTerms } from '../policies/disposition-terms.ts';
import type { Intent } from './intents.ts';

/** What the ledger's items of the destroyed records add up to. */
export type ItemTotals = {
  readonly firstTriggerAt: Instant;
  readonly lastTriggerAt: Instant;
  readonly objectsRecorded: number;
  readonly objectsMissing: number;
  readonly versionsFound: number;
  readonly objectsFailed: number;
  readonly suspendedRecords: number;
  readonly longestSuspendedDays: number;
  /** The events that the records remember, each once; `null` among them where one remembers none. */
  readonly triggerEvents: readonly (string | null)[];
};

/** What was read back and what the ledger says of the intent; nothing that was only intended (I6). */
export type ComposeCertificateInput = {
  readonly certificateId: CertificateId;
  readonly intent: Intent;
  readonly unitSize: UnitSize;
  readonly terms: DispositionTerms;
  /** Proven absent; sorted. */
  readonly recordIds: readonly RecordId[];
  readonly totals: ItemTotals;
  readonly failed: FailedRecords;
  readonly verifiedAt: Instant;
};

/** SHA-256 over sorted ids, each followed by a line feed: with the ids at hand anyone can check that these are the ones. */
const recordIdsDigest = (sorted: readonly RecordId[]): string => {
  const hash = createHash('sha256');
  for (const recordId of sorted) hash.update(`${recordId}\n`);
  return hash.digest('hex');
};

/**
 * The events the periods ran from: those that the records remember. Where one remembers none (its class has only one, or it came
 * before events were remembered) the class says which there are.
 */
const eventsOf = (remembered: ItemTotals['triggerEvents'], terms: DispositionTerms): string => {
  const events = remembered.filter((event) => event !== null);
  return events.length === 0 || events.length < remembered.length ? terms.triggerEvent : events.join(' and ');
};

/** The certificate. Throws if the terms have no archival basis: the gate does not get this far without one. */
export const composeCertificate = (input: ComposeCertificateInput): DispositionCertificate => {
  const { certificateId, intent, unitSize, terms, recordIds, totals, failed, verifiedAt } = input;
  const { archivalBasis } = terms;
  if (archivalBasis === undefined) throw new Error('Destruction without an archival basis cannot be certified');
  return {
    format: 'oblio-disposition-certificate-1',
    certificateId,
    intentId: intent.intentId,
    ...given({ continues: intent.continues }),
    unitId: intent.unitId,
    unitSize,
    controller: { id: intent.controller, name: terms.controllerName },
    recordClass: { id: intent.recordClass, title: terms.title },
    basis: intent.basis,
    policyVersion: intent.policyVersion,
    rule: terms.rule,
    triggerEvent: eventsOf(totals.triggerEvents, terms),
    notice: terms.notice,
    legalBasis: terms.legalBasis,
    archivalBasis,
    triggers: { first: totals.firstTriggerAt, last: totals.lastTriggerAt },
    opensAt: intent.opensAt,
    dueAt: intent.dueAt,
    boundAt: intent.boundAt,
    intentWrittenAt: intent.writtenAt,
    verifiedAt,
    lagMilliseconds: millisecondsBetween(intent.boundAt, verifiedAt),
    recordsGone: recordIds.length,
    recordIdsDigest: recordIdsDigest(recordIds),
    stores: {
      database: { gone: recordIds.length, kept: intent.kept, failed },
      objects: {
        gone: totals.objectsRecorded - totals.objectsMissing,
        versionsGone: totals.versionsFound,
        failed: totals.objectsFailed,
        notFound: totals.objectsMissing,
      },
    },
    suspended: { records: totals.suspendedRecords, longestDays: totals.longestSuspendedDays },
    backupsMayHoldUntil: addPeriod(localDateAt(verifiedAt, terms.timeZone), period(terms.backupPeriod)),
  };
};
