/**
 * What an operator who opens a case's workflow in the Temporal UI reads: rights, state, waiting for whom, next deadline, days left.
 * In plain words, without a word about a person (I7).
 */

import { setCurrentDetails } from '@temporalio/workflow';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import { waitingForOf } from '../../domain/request/course/case-state.ts';
import { nextDeadline } from '../../domain/request/course/next-work.ts';
import { days } from '../../domain/time/duration.ts';
import { epochMs, type Instant, millisecondsBetween } from '../../domain/time/instant.ts';
import { readable, showAttributes } from '../operator-view.ts';
import { searchAttributes as attributes } from '../search-attributes.ts';

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

/** Shows a case in details and search attributes; an attribute is written only when its value has changed. */
export const showCase = (state: CaseState, now: Instant, working: string | undefined): void => {
  setCurrentDetails(detailsOf(state, now, working));
  const deadline = nextDeadline(state);
  const rights = state.rights.filter((right) => right.state !== 'closed').map(({ key }) => key);
  showAttributes([
    { key: attributes.controller, value: state.controller },
    { key: attributes.state, value: state.stage },
    { key: attributes.waitingFor, value: waitingForOf(state) },
    { key: attributes.right, value: rights.length === 0 ? null : rights },
    { key: attributes.deadline, value: deadline === undefined ? null : new Date(epochMs(deadline)) },
  ]);
};
