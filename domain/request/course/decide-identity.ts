/** Commands about who is asking: questions, answers and the confirmation of identity and authority (Art. 12(6), Code 2-terdecies). */
import { days } from '../../time/duration.ts';
import { instantPlus } from '../../time/instant.ts';
import type { CaseState } from './case-state.ts';
import type { CaseCommand, CaseRules, CommandMeta } from './commands.ts';
import { proofsFor, questionFault, sufficientLevels } from './identity.ts';
import { accepted, refused, type Verdict } from './verdict.ts';

/** Decides a command about identity or authority. */
export const decideIdentity = (
  state: CaseState,
  command: Extract<CaseCommand, { kind: 'ask-requester' | 'record-answer' | 'confirm-identity' }>,
  meta: CommandMeta,
  rules: CaseRules,
): Verdict => {
  switch (command.kind) {
    case 'ask-requester': {
      const { about, asked } = command;
      const fault = questionFault(state.identity.level, state.identity.capacity, about, asked);
      if (fault !== undefined) return refused(fault);
      // Asked after the last day a question has no effect on the clock (law.md section 1).
      const end = state.clock?.dueAt;
      const stops = end === undefined || meta.at < end;
      return accepted({
        kind: 'requester-asked',
        about,
        asked: [...new Set(asked)],
        closesAt: instantPlus(meta.at, days(rules.unansweredDays)),
        letterId: meta.commandId,
        ...(stops ? { pause: { from: meta.at } } : {}),
      });
    }
    case 'record-answer':
      return accepted({ kind: 'requester-answered' });
    case 'confirm-identity': {
      const { level, capacity, proof } = command;
      if (!sufficientLevels.includes(level)) return refused('identity_insufficient');
      const proofs = proofsFor[capacity];
      if (proofs.length > 0 && (proof === undefined || !proofs.includes(proof))) {
        return refused('authority_missing', proofs.join(', '));
      }
      return accepted({
        kind: 'identity-confirmed',
        level,
        capacity,
        ...(proof === undefined || proofs.length === 0 ? {} : { proof }),
      });
    }
  }
};
