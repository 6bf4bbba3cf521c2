/**
 * What a stored policy version says about destroying the records of one class. The gate works from the version that dated a
 * record, as it was stored then, and never from the file of today.
 */
import { z } from 'zod';
import type { ControllerId, RecordClassId } from '../../domain/ids.ts';
import type {
  ArchivalBasis,
  Bilingual,
  LegalBasis,
  NoticeReference,
  RetentionRule,
} from '../../domain/policy/policy.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { legalBasisSchema, readPolicyDocument } from './policies.ts';

/** What a certificate quotes and what the gate refuses by: the terms under which records of one class may be destroyed. */
export type DispositionTerms = {
  readonly controllerName: string;
  readonly timeZone: string;
  readonly title: Bilingual;
  readonly notice: NoticeReference;
  readonly legalBasis: LegalBasis;
  readonly rule: RetentionRule;
  readonly triggerEvent: string;
  /** Absent: a class whose destruction is not authorised (D.Lgs. 42/2004 art. 21(1)(d)). */
  readonly archivalBasis: ArchivalBasis | undefined;
  /** ISO 8601 duration. */
  readonly backupPeriod: string;
  /** Whether records of this class are files of rights requests or of holds, with which what else is kept of them ends. */
  readonly caseFiles: boolean;
};

const text = z.string().min(1);

const archivalBasis = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('not-archival'), reason: text, note: text.exactOptional() }),
  z.object({ kind: z.literal('selection-plan'), plan: text, note: text.exactOptional() }),
  z.object({ kind: z.literal('authorisation'), number: text, date: text, note: text.exactOptional() }),
]);

const rule = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('at-most'), period: text, lead: text }),
  z.object({ kind: z.literal('end-of-day-after'), days: z.number().int().nonnegative() }),
]);

const recordClass = z.object({
  id: text,
  title: z.object({ it: text, en: text }),
  notice: z.object({ notice: text, section: text }),
  legalBasis: legalBasisSchema,
  rule,
  trigger: z.object({ event: text, byField: z.object({ field: text, events: z.record(text, text) }).optional() }),
  archivalBasis: archivalBasis.optional().catch(undefined),
  backupPeriod: text,
});

const document = z.object({
  name: text,
  timeZone: text,
  recordClasses: z.array(z.object({ id: text }).loose()),
  // Versions from before there were such sections have no case files, or keep files of holds among them.
  rightsRequests: z.object({ caseFileClass: text }).optional(),
  holds: z.object({ fileClass: text }).optional(),
});

/** Which class under which stored version of which controller's policy. */
export type ReadTermsInput = {
  readonly controller: ControllerId;
  readonly policyVersion: number;
  readonly recordClass: RecordClassId;
};

/** The events of a class as a certificate names them where its records do not remember which it was. */
const eventsOf = ({ event, byField }: z.output<typeof recordClass>['trigger']): string =>
  byField === undefined
    ? event
    : `${[...new Set(Object.values(byField.events))].sort().join(' or ')}, by ${byField.field}`;

/** The terms, or `undefined` if the version or the class is not stored. Throws if what is stored is no policy. */
export const readDispositionTerms = async (
  db: Database | DatabaseTransaction,
  input: ReadTermsInput,
): Promise<DispositionTerms | undefined> => {
  const { controller, policyVersion: version } = input;
  const found = await readPolicyDocument(db, { controller, version });
  if (found === undefined) return undefined;
  const policy = document.parse(found);
  const stored = policy.recordClasses.find(({ id }) => id === input.recordClass);
  if (stored === undefined) return undefined;
  const { title, notice, legalBasis, trigger, backupPeriod, ...rest } = recordClass.parse(stored);
  return {
    controllerName: policy.name,
    timeZone: policy.timeZone,
    title,
    notice,
    legalBasis,
    rule: rest.rule,
    triggerEvent: eventsOf(trigger),
    archivalBasis: rest.archivalBasis,
    backupPeriod,
    caseFiles: [policy.rightsRequests?.caseFileClass, policy.holds?.fileClass].includes(input.recordClass),
  };
};
