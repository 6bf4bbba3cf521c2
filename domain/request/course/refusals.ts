/**
 * What is answered to a command: accepted with the events that follow, or refused with a code of a closed list. Each code has the
 * sentence a caller reads and the HTTP status of the answer; details of a refusal are codes, dates and ids. Replayed in workflows.
 */
import { given } from '../../given.ts';
import type { CaseEvent } from './events.ts';

/**
 * Every reason to refuse a command, with its sentence and the HTTP status of the answer (RFC 9457): 403 for who asks,
 * 409 for the state, 412 for a revision gone by, 422 for what is asked.
 */
export const refusals = {
  'controller-not-yours': { status: 403, title: 'The caller does not act for this controller' },
  'role-not-allowed': { status: 403, title: 'This role may not do this' },
  'second-person-needed': { status: 403, title: 'This needs a second person' },
  'changed-meanwhile': { status: 412, title: 'The case has changed since it was read' },
  'not-in-this-state': { status: 409, title: 'The case is not in a state for this' },
  'case-closed': { status: 409, title: 'The case is closed; it can be reopened with a reason and a second person' },
  'not-triaged': { status: 409, title: 'The message has not been triaged yet' },
  'already-triaged': { status: 409, title: 'The message has been triaged already' },
  'identity-open': { status: 409, title: 'Who asks, or with what authority, is not settled yet' },
  'answer-awaited': { status: 409, title: 'The requester has been asked and has not answered yet' },
  'search-running': { status: 409, title: 'The search is not finished' },
  'review-open': { status: 409, title: 'The review is not finished' },
  'decision-unprepared': { status: 409, title: 'The decision has not been prepared' },
  'opinion-missing': { status: 409, title: "The DPO's opinion is not on file yet" },
  'already-decided': { status: 409, title: 'The right has been decided already' },
  'not-executed': { status: 409, title: 'What was decided has not been done yet' },
  'right-unknown': { status: 422, title: 'The case has no such right' },
  'rights-missing': { status: 422, title: 'A rights request names at least one right' },
  'opt-out-not-promised': { status: 422, title: "The controller's notice promises no such opt-out" },
  'letter-not-in-case': { status: 422, title: 'The case has no such letter' },
  'letter-not-composed': { status: 409, title: 'The letter has not been composed yet' },
  'already-delivered': { status: 409, title: 'The delivery of this letter is on record already' },
  'letter-on-its-way': { status: 409, title: 'The letter has been released for sending already' },
  'letter-not-sent': { status: 409, title: 'The letter was not sent by PEC or e-mail, or its sending is not over' },
  'not-by-mail': { status: 409, title: 'The letter goes by post or by hand; staff record its delivery' },
  'delivery-date-impossible': {
    status: 422,
    title: 'A letter is delivered after it was ordered and not in the future',
  },
  'too-late-to-extend': {
    status: 409,
    title: 'The first month is over: the person must be informed of an extension within it',
  },
  'already-extended': { status: 409, title: 'The deadline was extended before: the law allows one extension' },
  'clock-stands-still': { status: 409, title: 'The clock stands still; there is no deadline to extend' },
  'clock-unknown': { status: 409, title: 'The deadline is being computed; try again in a moment' },
  'refusal-late': {
    status: 409,
    title: 'The first month is over: the person had to be informed of a refusal within it',
  },
  'receipt-impossible': { status: 422, title: 'The message cannot have been received then' },
  'receipt-unchanged': { status: 422, title: 'The case has this time of receipt already' },
  'letter-names-receipt': { status: 409, title: 'A letter that names the day of receipt is not delivered yet' },
  'letter-superseded': { status: 409, title: 'Another letter has taken the place of this one' },
  'more-than-needed': { status: 422, title: 'This asks for more than is needed to know who is asking' },
  'nothing-asked': { status: 422, title: 'A question to the requester says what is asked' },
  'wrong-question': { status: 422, title: 'What is asked does not settle what is in doubt' },
  'asked-already': { status: 409, title: 'The requester was asked already' },
  'authority-missing': { status: 422, title: 'The authority to act for another person is not proven' },
  'identity-insufficient': { status: 422, title: 'A name alone does not identify a person' },
  'unconditional-right': { status: 422, title: 'This right is unconditional; there is nothing to weigh' },
  'outcome-not-possible': { status: 422, title: 'This right cannot have this outcome' },
  'ground-missing': { status: 422, title: 'A decision rests on at least one ground' },
  'ground-not-possible': { status: 422, title: 'This ground does not carry this outcome of this right' },
  'ground-of-the-deceased': { status: 422, title: 'Art. 2-terdecies applies to the data of deceased persons only' },
  'reasons-missing': { status: 422, title: "This ground needs reasons on the person's own situation" },
  'earlier-cases-missing': {
    status: 422,
    title: 'A request is excessive only in view of earlier ones, which must be listed',
  },
  'class-undecided': { status: 422, title: 'Every class of which records were found is decided once' },
  'class-not-found': { status: 422, title: 'No record of this class was found' },
  'erasure-untested': { status: 422, title: 'Each class is tested against Art. 17(1) before 17(3)' },
  'lines-contradict-outcome': { status: 422, title: 'The outcome is not what its lines add up to' },
  'review-contradicts': {
    status: 422,
    title: 'Granted means that the review withholds nothing, partly granted that it withholds something',
  },
  'nothing-was-found': {
    status: 422,
    title: 'Nothing was found about the person: the answer is that no data are held',
  },
  'ties-unclear': {
    status: 422,
    title:
      "Records may be the person's: name those that are and search again, or say under 'not-held' why none of them is",
  },
  'identifier-missing': {
    status: 422,
    title: 'The case knows nothing under which a refusal could be looked up: give an identifier, or ask the requester',
  },
  'hold-missing': { status: 422, title: 'No hold and no legal duty keeps records of this class' },
  'no-restriction': { status: 409, title: 'No restriction is in force' },
  'notice-missing': { status: 409, title: 'The person has not been informed that the restriction will be lifted' },
  'notice-running': { status: 409, title: 'The days of notice before lifting are not over' },
} as const satisfies Readonly<Record<string, { readonly status: 403 | 409 | 412 | 422; readonly title: string }>>;

/** The code of a refusal, as callers may test for it; codes stay, sentences may be reworded. */
export type RefusalCode = keyof typeof refusals;

/** Whether a text is a code of the closed list. */
export const isRefusalCode = (text: unknown): text is RefusalCode =>
  typeof text === 'string' && Object.hasOwn(refusals, text);

/** Codes that had another name before codes were words joined by hyphens. */
const formerCodes: Readonly<Record<string, RefusalCode>> = {
  letter_unknown: 'letter-not-in-case',
  class_unknown: 'class-not-found',
  opt_out_unknown: 'opt-out-not-promised',
  not_your_controller: 'controller-not-yours',
  role_may_not: 'role-not-allowed',
};

/**
 * Reads a code as it was stored: answers to commands in the case file, and failures in the histories of workflows, may hold the former
 * spelling with underscores.
 */
export const readRefusalCode = (stored: unknown): RefusalCode | undefined => {
  if (typeof stored !== 'string') return undefined;
  const code = formerCodes[stored] ?? stored.replaceAll('_', '-');
  return isRefusalCode(code) ? code : undefined;
};

/** A refusal as a caller gets it; the detail holds codes, dates and ids only. */
export type Refusal = { readonly code: RefusalCode; readonly detail?: string };

/**
 * The answer to a command. Nothing has changed after `refused`; after `accepted` the events are still to be recorded.
 */
export type Verdict =
  | { readonly kind: 'accepted'; readonly events: readonly CaseEvent[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Accepts with the events that follow. */
export const accepted = (...events: readonly CaseEvent[]): Verdict => ({ kind: 'accepted', events });

/** Refuses with a code of the closed list. */
export const refused = (code: RefusalCode, detail?: string): Verdict => ({
  kind: 'refused',
  refusal: { code, ...given({ detail }) },
});
