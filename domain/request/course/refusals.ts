/**
 * What is answered to a command: accepted with the events that follow, or refused with a code of a closed list. Each code has the
 * sentence a caller reads and the HTTP status of the answer; details of a refusal are codes, dates and ids. Replayed in workflows.
 */
import type { CaseEvent } from './events.ts';

/**
 * Every reason to refuse a command, with its sentence and the HTTP status of the answer (RFC 9457): 403 for who asks,
 * 409 for the state, 412 for a revision gone by, 422 for what is asked.
 */
export const refusals = {
  not_your_controller: { status: 403, title: 'The caller does not act for this controller' },
  role_may_not: { status: 403, title: 'This role may not do this' },
  second_person_needed: { status: 403, title: 'This needs a second person' },
  changed_meanwhile: { status: 412, title: 'The case has changed since it was read' },
  not_in_this_state: { status: 409, title: 'The case is not in a state for this' },
  case_closed: { status: 409, title: 'The case is closed; it can be reopened with a reason and a second person' },
  not_triaged: { status: 409, title: 'Nobody has said yet whether this is a rights request' },
  already_triaged: { status: 409, title: 'The message has been triaged already' },
  identity_open: { status: 409, title: 'Who asks, or with what authority, is not settled yet' },
  answer_awaited: { status: 409, title: 'The requester has been asked and has not answered yet' },
  search_running: { status: 409, title: 'The search is not finished' },
  review_open: { status: 409, title: 'The review is not finished' },
  decision_unprepared: { status: 409, title: 'The decision has not been prepared' },
  opinion_missing: { status: 409, title: "The DPO's opinion is not on file yet" },
  already_decided: { status: 409, title: 'The right has been decided already' },
  not_executed: { status: 409, title: 'What was decided has not been done yet' },
  right_unknown: { status: 422, title: 'The case has no such right' },
  rights_missing: { status: 422, title: 'A rights request names at least one right' },
  opt_out_unknown: { status: 422, title: "The controller's notice promises no such opt-out" },
  letter_unknown: { status: 422, title: 'The case has no such letter' },
  letter_not_composed: { status: 409, title: 'The letter has not been composed yet' },
  already_delivered: { status: 409, title: 'The delivery of this letter is on record already' },
  letter_on_its_way: { status: 409, title: 'The letter has been released for sending already' },
  letter_not_sent: { status: 409, title: 'The letter was not sent by PEC or e-mail, or its sending is not over' },
  not_by_mail: { status: 409, title: 'The letter goes by post or by hand; staff record its delivery' },
  delivery_date_impossible: { status: 422, title: 'A letter is delivered after it was ordered and not in the future' },
  too_late_to_extend: { status: 409, title: 'The first month is over: an extension must be told inside it' },
  already_extended: { status: 409, title: 'The deadline was extended before: once is all the law allows' },
  clock_stands_still: { status: 409, title: 'The clock stands still; there is no deadline to extend' },
  clock_unknown: { status: 409, title: 'The deadline is being computed; try again in a moment' },
  refusal_late: { status: 409, title: 'The first month is over: a refusal had to be told inside it' },
  receipt_impossible: { status: 422, title: 'The message cannot have been received then' },
  receipt_unchanged: { status: 422, title: 'The case has this time of receipt already' },
  letter_names_receipt: { status: 409, title: 'A letter that names the day of receipt is not delivered yet' },
  letter_superseded: { status: 409, title: 'Another letter has taken the place of this one' },
  more_than_needed: { status: 422, title: 'This asks for more than is needed to know who is asking' },
  nothing_asked: { status: 422, title: 'A question to the requester says what is asked' },
  wrong_question: { status: 422, title: 'What is asked does not settle what is in doubt' },
  asked_already: { status: 409, title: 'The requester was asked already' },
  authority_missing: { status: 422, title: 'The authority to act for somebody else is not proven' },
  identity_insufficient: { status: 422, title: 'A name alone does not identify anybody' },
  unconditional_right: { status: 422, title: 'This right is unconditional; there is nothing to weigh' },
  outcome_not_possible: { status: 422, title: 'This right cannot have this outcome' },
  ground_missing: { status: 422, title: 'A decision rests on at least one ground' },
  ground_not_possible: { status: 422, title: 'This ground does not carry this outcome of this right' },
  ground_of_the_deceased: { status: 422, title: 'Art. 2-terdecies speaks of the data of the dead' },
  reasons_missing: { status: 422, title: "This ground needs reasons on the person's own situation" },
  earlier_cases_missing: { status: 422, title: 'Whoever calls a request excessive lists the earlier ones' },
  class_undecided: { status: 422, title: 'Every class of which records were found is decided once' },
  class_unknown: { status: 422, title: 'No record of this class was found' },
  erasure_untested: { status: 422, title: 'Each class is tested against Art. 17(1) before 17(3)' },
  lines_contradict_outcome: { status: 422, title: 'The outcome is not what its lines add up to' },
  review_contradicts: {
    status: 422,
    title: 'Granted means that the review withholds nothing, partly granted that it withholds something',
  },
  nothing_was_found: { status: 422, title: 'Nothing was found about the person: the answer is that no data are held' },
  ties_unclear: {
    status: 422,
    title:
      "Records may be the person's: name those that are and search again, or say under 'not-held' why none of them is",
  },
  identifier_missing: {
    status: 422,
    title: 'The case knows nothing under which a refusal could be looked up: give an identifier, or ask the requester',
  },
  hold_missing: { status: 422, title: 'No hold and no legal duty keeps records of this class' },
  no_restriction: { status: 409, title: 'No restriction is in force' },
  notice_missing: { status: 409, title: 'The person has not been told that the restriction will be lifted' },
  notice_running: { status: 409, title: 'The days of notice before lifting are not over' },
} as const satisfies Readonly<Record<string, { readonly status: 403 | 409 | 412 | 422; readonly title: string }>>;

/** The code of a refusal, as callers may test for it; codes stay, sentences may be reworded. */
export type RefusalCode = keyof typeof refusals;

/** Whether a text is a code of the closed list. */
export const isRefusalCode = (text: unknown): text is RefusalCode =>
  typeof text === 'string' && Object.hasOwn(refusals, text);

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
  refusal: { code, ...(detail === undefined ? {} : { detail }) },
});
