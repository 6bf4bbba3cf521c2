/**
 * Who may do what in which state: one table. The exhaustive test walks it, the API's enumeration and documentation are made from
 * it, and `decideCommand` reads nothing else to know whether a command fits the state.
 */
import type { CaseRole, CommandKind } from './commands.ts';
import type { RightState, Stage } from './states.ts';

/** Who may send a command and where the case must stand for it. */
export type CommandRule = {
  readonly roles: readonly CaseRole[];
  readonly stages: readonly Stage[];
  /** For commands about a right: the states it may be in while the case is `deciding`. */
  readonly rightStates?: readonly RightState[];
};

const before = [
  'received',
  'identification',
  'identification-asked',
  'searching',
  'reviewing',
  'review-confirmation',
] as const;
const always = [...before, 'deciding', 'closing-letter', 'standing', 'reopening', 'closed'] as const;

/**
 * The table itself. Only an officer of the controller decides, extends and lifts; whatever needs a second person is
 * judged where the command is decided.
 */
export const commandRules = {
  triage: { roles: ['dpo'], stages: ['received'] },
  'ask-requester': { roles: ['dpo'], stages: ['identification'] },
  'record-answer': { roles: ['dpo'], stages: ['identification-asked'] },
  'confirm-identity': { roles: ['dpo'], stages: ['identification'] },
  // The controller answers for an extension, so its officer grants it.
  extend: {
    roles: ['officer'],
    stages: ['identification', 'searching', 'reviewing', 'review-confirmation', 'deciding'],
    rightStates: ['open', 'prepared', 'advised'],
  },
  // So is what the deadline runs from: whoever typed the day at intake does not change it alone.
  'correct-receipt': { roles: ['officer'], stages: [...before, 'deciding'] },
  'repeat-search': {
    roles: ['dpo'],
    stages: ['reviewing', 'review-confirmation', 'deciding'],
    rightStates: ['open', 'prepared', 'advised'],
  },
  'submit-review': { roles: ['dpo'], stages: ['reviewing'] },
  'confirm-review': { roles: ['dpo', 'officer'], stages: ['review-confirmation'] },
  'return-review': { roles: ['dpo', 'officer'], stages: ['review-confirmation'] },
  'prepare-decision': { roles: ['dpo'], stages: ['deciding'], rightStates: ['open', 'prepared', 'advised'] },
  'give-opinion': { roles: ['dpo'], stages: ['deciding'], rightStates: ['prepared'] },
  'return-decision': { roles: ['officer'], stages: ['deciding'], rightStates: ['prepared', 'advised'] },
  decide: { roles: ['officer'], stages: ['deciding'], rightStates: ['advised'] },
  'compose-answer': { roles: ['dpo'], stages: ['deciding'], rightStates: ['executed'] },
  'record-delivery': { roles: ['dpo'], stages: [...always] },
  'send-letter': { roles: ['dpo', 'officer'], stages: [...always] },
  'report-undelivered': { roles: ['dpo', 'officer'], stages: [...always] },
  // Also, whatever its state, a right of which a decided erasure still waits (`erasureWaits`).
  withdraw: {
    roles: ['dpo'],
    stages: [...before, 'deciding', 'closing-letter', 'standing'],
    rightStates: ['open', 'prepared', 'advised'],
  },
  'announce-lifting': { roles: ['officer'], stages: ['deciding', 'standing'], rightStates: ['closed'] },
  'lift-restriction': { roles: ['officer'], stages: ['deciding', 'standing'], rightStates: ['closed'] },
  // Also while something stands: a restriction may hold for years, and a mistake, or an order under Art. 58(2), does not wait for its end.
  'request-reopening': { roles: ['dpo', 'officer'], stages: ['closed', 'standing'] },
  'confirm-reopening': { roles: ['dpo', 'officer'], stages: ['reopening'] },
  'decline-reopening': { roles: ['dpo', 'officer'], stages: ['reopening'] },
  'link-proceeding': { roles: ['dpo', 'legal'], stages: [...always] },
  'add-note': { roles: ['dpo', 'officer', 'legal'], stages: [...always] },
} as const satisfies Readonly<Record<CommandKind, CommandRule>>;

/** All commands, in the order a case meets them. */
export const commandKinds: readonly CommandKind[] = Object.keys(commandRules).filter((kind): kind is CommandKind =>
  Object.hasOwn(commandRules, kind),
);

/** The rule of a command. */
export const ruleOf = (kind: CommandKind): CommandRule => commandRules[kind];
