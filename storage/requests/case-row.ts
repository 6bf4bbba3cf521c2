/** A case's state as columns and back. The state is a JSON document of codes; the columns beside it serve lists. */
import { z } from 'zod';
import { suspensionId } from '../../domain/ids.ts';
import { type CaseState, type RightCase, waitingForOf } from '../../domain/request/course/case-state.ts';
import { nextDeadline } from '../../domain/request/course/next-work.ts';
import { rightKind } from '../../domain/request/course/rights.ts';
import { stages } from '../../domain/request/course/states.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { toDate } from '../database/instants.ts';

// Written by Oblio only and never edited: the form is checked where it could have been cut or mixed up.
const stateSchema = z.custom<CaseState>(
  (value) =>
    z
      .looseObject({
        caseId: z.uuid(),
        controller: z.string(),
        reference: z.string(),
        revision: z.number().int().positive(),
        stage: z.enum(stages),
        rights: z.array(z.looseObject({ key: z.string(), state: z.string() })),
        letters: z.array(z.looseObject({ letterId: z.string() })),
      })
      .safeParse(value).success,
);

/** Reads a stored state. Throws when it has not the form of one. */
export const readState = (stored: unknown): CaseState => stateSchema.parse(stored);

const dateOf = (at: Instant | undefined): Date | null => (at === undefined ? null : toDate(at));

/** The columns of a case that change with its state. */
export const caseColumns = (state: CaseState, changedAt: Instant) => ({
  received_at: toDate(state.receivedAt),
  revision: state.revision,
  stage: state.stage,
  waiting_for: waitingForOf(state),
  due_at: dateOf(nextDeadline(state)),
  state: JSON.stringify(state),
  suspension_id: suspensionId(state.suspension.id),
  changed_at: toDate(changedAt),
});

/** The row of a right. */
export const rightRow = (state: CaseState, right: RightCase) => ({
  case_id: state.caseId,
  controller: state.controller,
  right_key: right.key,
  right_kind: rightKind(right.key),
  state: right.state,
  outcome: right.decided?.decision.outcome ?? null,
  ending: right.ending ?? null,
  due_at: right.state === 'closed' ? null : dateOf(right.clock?.dueAt),
});
