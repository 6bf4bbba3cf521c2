/**
 * What is answered to a command: accepted with the events that follow, or refused with a code of a closed list. Each code has the
 * sentence a caller reads and the HTTP status of the answer; details of a refusal are codes, dates and ids. Replayed in workflows.
 */
import { given } from '../../given.ts';
import type { CaseEvent } from './events.ts';

const titled =
  <const Status extends number>(status: Status) =>
  (title: string) => ({ status, title });
const forbidden = titled(403);
const conflict = titled(409);
const preconditionFailed = titled(412);
const unprocessable = titled(422);

/**
 * Every reason to refuse a command, with its sentence and the HTTP status of the answer (RFC 9457): 403 for who asks,
 * 409 for the state, 412 for a revision gone by, 422 for what is asked.
 */
export const refusals = {
  'controller-not-yours': forbidden('The caller does not act for this controller'),
  'role-not-allowed': forbidden('This role may not do this'),
  'second-person-needed': forbidden('This needs a second person'),
  'changed-meanwhile': preconditionFailed('The case has changed since it was read'),
  'not-in-this-state': conflict('The case is not in a state for this'),
  'case-closed': conflict('The case is closed; it can be reopened with a reason and a second person'),
  'not-triaged': conflict('The message has not been triaged yet'),
  'already-triaged': conflict('The message has been triaged already'),
  'identity-open': conflict('Who asks, or with what authority, is not settled yet'),
  'answer-awaited': conflict('The requester has been asked and has not answered yet'),
  'search-running': conflict('The search is not finished'),
  'review-open': conflict('The review is not finished'),
  'decision-unprepared': conflict('The decision has not been prepared'),
  'opinion-missing': conflict("The DPO's opinion is not on file yet"),
  'already-decided': conflict('The right has been decided already'),
  'not-executed': conflict('What was decided has not been done yet'),
  'right-unknown': unprocessable('The case has no such right'),
  'rights-missing': unprocessable('A rights request names at least one right'),
  'opt-out-not-promised': unprocessable("The controller's notice promises no such opt-out"),
  'letter-not-in-case': unprocessable('The case has no such letter'),
  'letter-not-composed': conflict('The letter has not been composed yet'),
  'already-delivered': conflict('The delivery of this letter is on record already'),
  'letter-on-its-way': conflict('The letter has been released for sending already'),
  'letter-not-sent': conflict('The letter was not sent by PEC or e-mail, or its sending is not over'),
  'not-by-mail': conflict('The letter goes by post or by hand; staff record its delivery'),
  'delivery-date-impossible': unprocessable('A letter is delivered after it was ordered and not in the future'),
  'too-late-to-extend': conflict('The first month is over: the person must be informed of an extension within it'),
  'already-extended': conflict('The deadline was extended before: the law allows one extension'),
  'clock-stands-still': conflict('The clock stands still; there is no deadline to extend'),
  'clock-unknown': conflict('The deadline is being computed; try again in a moment'),
  'refusal-late': conflict('The first month is over: the person had to be informed of a refusal within it'),
  'receipt-impossible': unprocessable('The message cannot have been received then'),
  'receipt-unchanged': unprocessable('The case has this time of receipt already'),
  'letter-names-receipt': conflict('A letter that names the day of receipt is not delivered yet'),
  'letter-superseded': conflict('Another letter has taken the place of this one'),
  'more-than-needed': unprocessable('This asks for more than is needed to know who is asking'),
  'nothing-asked': unprocessable('A question to the requester says what is asked'),
  'wrong-question': unprocessable('What is asked does not settle what is in doubt'),
  'asked-already': conflict('The requester was asked already'),
  'authority-missing': unprocessable('The authority to act for another person is not proven'),
  'identity-insufficient': unprocessable('A name alone does not identify a person'),
  'unconditional-right': unprocessable('This right is unconditional; there is nothing to weigh'),
  'outcome-not-possible': unprocessable('This right cannot have this outcome'),
  'ground-missing': unprocessable('A decision rests on at least one ground'),
  'ground-not-possible': unprocessable('This ground does not carry this outcome of this right'),
  'ground-of-the-deceased': unprocessable('Art. 2-terdecies applies to the data of deceased persons only'),
  'reasons-missing': unprocessable("This ground needs reasons on the person's own situation"),
  'earlier-cases-missing': unprocessable('A request is excessive only in view of earlier ones, which must be listed'),
  'class-undecided': unprocessable('Every class of which records were found is decided once'),
  'class-not-found': unprocessable('No record of this class was found'),
  'erasure-untested': unprocessable('Each class is tested against Art. 17(1) before 17(3)'),
  'lines-contradict-outcome': unprocessable('The outcome is not what its lines add up to'),
  'review-contradicts': unprocessable(
    'Granted means that the review withholds nothing, partly granted that it withholds something',
  ),
  'nothing-was-found': unprocessable('Nothing was found about the person: the answer is that no data are held'),
  'ties-unclear': unprocessable(
    "Records may be the person's: name those that are and search again, or say under 'not-held' why none of them is",
  ),
  'identifier-missing': unprocessable(
    'The case knows nothing under which a refusal could be looked up: give an identifier, or ask the requester',
  ),
  'hold-missing': unprocessable('No hold and no legal duty keeps records of this class'),
  'no-restriction': conflict('No restriction is in force'),
  'notice-missing': conflict('The person has not been informed that the restriction will be lifted'),
  'notice-running': conflict('The days of notice before lifting are not over'),
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

/** The answer to a command. Nothing has changed after `refused`; after `accepted` the events are still to be recorded. */
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
