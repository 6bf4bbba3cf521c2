/**
 * The case as it would stand after a command, so that its letter can be seen before anything happens. Nothing is written: the same
 * pure rules that will judge the command judge it here, with the words that the caller is about to send.
 */

import type { Instant } from '../../time/instant.ts';
import type { ControllerClock } from '../clock/controller-clock.ts';
import { applyEvents, clocksOf, withClocks } from '../course/apply-event.ts';
import { type CaseState, findLetter } from '../course/case-state.ts';
import type { CaseCommand, CaseRules, CommandMeta } from '../course/commands.ts';
import { ruleOf } from '../course/commands.ts';
import { decideCommand } from '../course/decide-command.ts';
import type { CaseEvent, EventMeta, RecordedEvent } from '../course/events.ts';
import type { Refusal } from '../course/refusals.ts';

/** The case after a command that was never carried out, or why it would not be. */
export type PreviewedCase =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The command orders no letter. */
  | { readonly kind: 'no-letter' }
  | { readonly kind: 'previewed'; readonly state: CaseState; readonly history: readonly RecordedEvent[] };

/** The case as it stands and who looks at it when; `now` decides deadlines in the preview as it would in the command. */
export type PreviewInput = {
  readonly state: CaseState;
  readonly history: readonly RecordedEvent[];
  readonly rules: CaseRules;
  readonly clock: ControllerClock;
  /** Id under which the previewed letter stands in the returned state. */
  readonly letterId: string;
  readonly actor: string;
  readonly now: Instant;
};

const follow = (input: PreviewInput, role: string, events: readonly CaseEvent[]): PreviewedCase => {
  const { state, history, clock, letterId, actor, now } = input;
  const meta: EventMeta = { actor, role, at: now, commandId: letterId };
  const applied = applyEvents(state, events, meta);
  if (findLetter(applied, letterId) === undefined) return { kind: 'no-letter' };
  const clocks = clocksOf(applied, (those) => clock.compute(applied.controller, those));
  return {
    kind: 'previewed',
    state: withClocks(applied, clocks),
    history: [...history, ...events.map((event, index) => ({ ...meta, event, sequence: state.revision + 1 + index }))],
  };
};

/**
 * What a command would bring about. A decision is followed to its letter: decided as it says, carried out, answered. Judged as from a
 * caller who may send the command: the DPO's office sees an officer's letter before the officer decides.
 */
export const previewCommand = (input: PreviewInput, command: CaseCommand): PreviewedCase => {
  const { state, rules, letterId, actor, now } = input;
  const [role = 'dpo'] = ruleOf(command.kind).roles;
  const meta: CommandMeta = { commandId: letterId, actor, role, actsForController: true, at: now };
  const verdict = decideCommand(state, command, meta, rules);
  if (verdict.kind === 'refused') return verdict;
  if (command.kind !== 'prepare-decision' && command.kind !== 'decide') return follow(input, role, verdict.events);
  const { right, decision } = command;
  return follow(input, role, [
    { kind: 'decided', right, decision, late: false },
    { kind: 'executed', right, records: 0, certificates: [] },
    { kind: 'letter-ordered', letterId, letter: 'answer', rights: [right] },
  ]);
};

/** The letter that would close the case if the requester stayed silent. */
export const previewSilence = (input: PreviewInput): PreviewedCase =>
  input.state.question === undefined
    ? { kind: 'no-letter' }
    : follow(input, 'system', [{ kind: 'requester-silent', letterId: input.letterId }]);
