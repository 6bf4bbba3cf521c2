/** Lifting a restriction: announced first, lifted only when the days of notice are over (Art. 18(3)). */
import type { CaseState } from './case-state.ts';
import { findRight } from './case-state.ts';
import type { CaseCommand, CommandMeta } from './commands.ts';
import { accepted, refused, type Verdict } from './verdict.ts';

/** Decides a command about a restriction in force. */
export const decideRestriction = (
  state: CaseState,
  command: Extract<CaseCommand, { kind: 'announce-lifting' | 'lift-restriction' }>,
  meta: CommandMeta,
): Verdict => {
  const restriction = findRight(state, command.right)?.restriction;
  if (restriction === undefined || restriction.state === 'lifted' || restriction.state === 'lifting') {
    return refused('no_restriction');
  }
  if (command.kind === 'announce-lifting') {
    return restriction.state === 'in-force'
      ? accepted({ kind: 'lifting-announced', right: command.right, letterId: meta.commandId })
      : refused('not_in_this_state', 'A lifting is announced once, while the restriction is in force.');
  }
  if (restriction.state !== 'notice-given' || restriction.liftNotBefore === undefined) return refused('notice_missing');
  if (meta.at < restriction.liftNotBefore) return refused('notice_running', restriction.liftNotBefore);
  return accepted({ kind: 'lifting-ordered', right: command.right });
};
