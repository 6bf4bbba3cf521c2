/**
 * Composes the notice to a custodian of records under a hold: that they must be preserved, or, after the release, that they need not
 * any longer. It states classes, counts and periods; it does not say whom a hold is about, and names its matter only where the legal
 * team says so.
 */

import type { RecordClassId, SuspensionId } from '../ids.ts';
import type { Policy, RecordClassPolicy } from '../policy/policy.ts';
import type { TriggerRange } from '../suspension/scope.ts';
import { localDateAt } from '../time/calendar.ts';
import { type Instant, instantPlus } from '../time/instant.ts';
import type { LocalDate } from '../time/local-date.ts';
import { atLeastOne, letterheadOf } from './compose-parts.ts';
import type { HoldNotice } from './letter-content.ts';
import type { Addressee, LetterLanguage, Protocol, Signatory } from './parts.ts';

/** What of a hold's scope may be disclosed. */
export type NoticeScope = {
  /** By class: records that are here, and those due already. */
  readonly counts: readonly {
    readonly recordClass: RecordClassId;
    readonly records: number;
    readonly dueNow: number;
  }[];
  /** Each clause without whom it names. */
  readonly clauses: readonly { readonly recordClass?: RecordClassId; readonly triggers?: TriggerRange }[];
};

/** What a notice is composed from: the hold as it stands, its scope without persons, and whom it goes to. */
export type HoldNoticeFacts = {
  readonly hold: {
    readonly id: SuspensionId;
    readonly state: 'active' | 'released';
    readonly matterReference: string;
    readonly legalBasis: string;
    readonly effectiveAt: Instant;
    readonly reviewOn: LocalDate;
    readonly releasedAt: Instant | undefined;
  };
  readonly scope: NoticeScope;
  readonly policy: Policy;
  readonly language: LetterLanguage;
  readonly protocol: Protocol;
  readonly custodian: Addressee;
  readonly signatory: Signatory;
  /** What the notice calls the matter: its own reference, or the hold's id, which means nothing to an outsider. */
  readonly named: 'matter' | 'hold-id';
  readonly addedParagraphs: readonly string[];
  /** The notices of this hold so far, oldest first. */
  readonly before: readonly HoldNotice[];
  readonly now: Instant;
};

/** Which events of a class the scope covers; open where any clause for it is. */
const periodOf = (
  { clauses }: NoticeScope,
  { id }: RecordClassPolicy,
  timeZone: string,
): { readonly from?: LocalDate; readonly until?: LocalDate } => {
  const ranges = clauses
    .filter(({ recordClass }) => recordClass === undefined || recordClass === id)
    .map(({ triggers }) => triggers);
  const starts = ranges.map((range) => range?.from);
  const ends = ranges.map((range) => range?.until);
  const [from] = starts.includes(undefined) ? [] : starts.filter((at) => at !== undefined).toSorted();
  const until = ends.includes(undefined)
    ? undefined
    : ends
        .filter((at) => at !== undefined)
        .toSorted()
        .at(-1);
  return {
    ...(from === undefined ? {} : { from: localDateAt(from, timeZone) }),
    // A range ends before this instant: the day it still covers.
    ...(until === undefined ? {} : { until: localDateAt(instantPlus(until, -1), timeZone) }),
  };
};

/**
 * The classes a scope is about, in the policy's order: those of which it covers records, and those it names. One that names neither
 * class nor record that is here covers what may still come, in every class that is handed in.
 */
const classesOf = ({ counts, clauses }: NoticeScope, { recordClasses }: Policy): readonly RecordClassPolicy[] => {
  const named = new Set([
    ...counts.map(({ recordClass }) => recordClass),
    ...clauses.flatMap(({ recordClass }) => (recordClass === undefined ? [] : [recordClass])),
  ]);
  return recordClasses.filter(({ id, origin }) => (named.size === 0 ? origin !== 'oblio' : named.has(id)));
};

/** Composes the notice that fits the state of the hold. */
export const composeHoldNotice = (facts: HoldNoticeFacts): HoldNotice => {
  const { hold, scope, policy, language, protocol, custodian, signatory, named, addedParagraphs, before, now } = facts;
  const { timeZone } = policy;
  const countOf = (recordClass: RecordClassId) => scope.counts.find((count) => count.recordClass === recordClass);
  const classes = classesOf(scope, policy);
  const described = ({ id, title, description }: RecordClassPolicy) => ({
    recordClass: id,
    title,
    description,
    records: countOf(id)?.records ?? 0,
  });
  const frame = {
    audience: 'custodian',
    language,
    letterhead: letterheadOf(policy),
    date: localDateAt(now, timeZone),
    protocol,
    addressee: custodian,
    signatory,
    addedParagraphs,
    matterReference: named === 'matter' ? hold.matterReference : hold.id,
    effectiveOn: localDateAt(hold.effectiveAt, timeZone),
  } as const;
  if (hold.releasedAt !== undefined) {
    return {
      ...frame,
      kind: 'release-notice',
      releasedOn: localDateAt(hold.releasedAt, timeZone),
      scope: atLeastOne(
        classes.map((one) => ({ ...described(one), dueNow: countOf(one.id)?.dueNow ?? 0 })),
        'the records concerned',
      ),
    };
  }
  const replaced = before.findLast(
    ({ kind, addressee }) => kind === 'preservation-notice' && addressee.name === custodian.name,
  );
  return {
    ...frame,
    kind: 'preservation-notice',
    legalBasis: hold.legalBasis,
    scope: atLeastOne(
      classes.map((one) => ({ ...described(one), ...periodOf(scope, one, timeZone) })),
      'the records concerned',
    ),
    reviewOn: hold.reviewOn,
    ...(replaced === undefined ? {} : { replaces: replaced.protocol }),
  };
};
