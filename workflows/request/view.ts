/**
 * What an operator who opens a case's workflow in the Temporal UI reads: rights, state, waiting for whom, next deadline, days left.
 * In plain words, without a word about a person (I7).
 */

import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import { waitingForOf } from '../../domain/request/course/case-state.ts';
import { nextDeadline } from '../../domain/request/course/next-work.ts';
import { days } from '../../domain/time/duration.ts';
import { epochMs, type Instant, millisecondsBetween } from '../../domain/time/instant.ts';
import { searchAttributes as attributes } from '../search-attributes.ts';

/** `2031-05-20 07:12 UTC`. */
const readable = (at: Instant): string => `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;

/** Whole days until an instant, rounded up; negative when it has passed. */
const daysLeft = (now: Instant, at: Instant): number => Math.ceil(millisecondsBetween(now, at) / days(1));

const deadlineInWords = (state: CaseState, now: Instant): string => {
  const deadline = nextDeadline(state);
  if (deadline === undefined) {
    return state.stage === 'identification-asked'
      ? 'The clock stands still while the requester is asked for what is missing.'
      : 'No answer is owed at the moment.';
  }
  const days = daysLeft(now, deadline);
  return days > 0
    ? `Next deadline: before **${readable(deadline)}**, ${days} ${days === 1 ? 'day' : 'days'} left.`
    : `**Overdue**: the answer was due before ${readable(deadline)}.`;
};

/** The text of the workflow's page. */
const detailsOf = (state: CaseState, now: Instant, working: string | undefined): string =>
  [
    `Rights request **${state.reference}** to controller **${state.controller}**.`,
    `State: **${state.stage}**. Waits for: **${waitingForOf(state)}**.`,
    deadlineInWords(state, now),
    ...(working === undefined ? [] : [`The machine works on: ${working}.`]),
    '',
    ...state.rights.map(
      (right) => `- ${right.key}: ${right.state}${right.decided ? `, ${right.decided.decision.outcome}` : ''}`,
    ),
  ].join('\n\n');

const same = (one: unknown, other: unknown): boolean =>
  one instanceof Date && other instanceof Date
    ? one.getTime() === other.getTime()
    : JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

/** Shows a case in details and search attributes; an attribute is written only when its value has changed. */
export const showCase = (state: CaseState, now: Instant, working: string | undefined): void => {
  setCurrentDetails(detailsOf(state, now, working));
  const deadline = nextDeadline(state);
  const rights = state.rights.filter((right) => right.state !== 'closed').map(({ key }) => key);
  const wanted: SearchAttributeUpdatePair[] = [
    { key: attributes.controller, value: state.controller },
    { key: attributes.state, value: state.stage },
    { key: attributes.waitingFor, value: waitingForOf(state) },
    { key: attributes.right, value: rights.length === 0 ? null : rights },
    { key: attributes.deadline, value: deadline === undefined ? null : new Date(epochMs(deadline)) },
  ];
  const known = workflowInfo().typedSearchAttributes;
  const changed = wanted.filter(({ key, value }) => !same(known.get(key), value));
  if (changed.length > 0) upsertSearchAttributes(changed);
};
