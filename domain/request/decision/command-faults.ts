/**
 * Whether a command can be carried out, and answered by a letter, as its words say. What would only be found out when it is done, or
 * when its letter is composed (`LetterIncompleteError`), is refused before the command is taken: a correction that fits nothing in the
 * record would be reported as made (Art. 16), and an answer without its balance, statement or earlier requests could never be written,
 * with the decision taken. Codes alone are judged by `decideCommand`. Pure: the caller reads the records, cases and holds that these
 * rules ask for.
 */
import type { RecordClassPolicy } from '../../policy/policy.ts';
import { type CaseState, findRight } from '../course/case-state.ts';
import type { CaseCommand } from '../course/commands.ts';
import { refusesAsAWhole } from '../course/decision.ts';
import { grounds, isGroundCode } from '../course/grounds.ts';
import { type RightKey, rightKind } from '../course/rights.ts';
import { undecidedStates } from '../course/states.ts';
import type { CommandWords } from './case-words.ts';
import { isArchive, type RectifiableContent, rectifyContent } from './rectify-content.ts';

/** What is wrong with one field of a command, and why it is refused. */
export type CommandFault = {
  /** Path of the field in the body of the command. */
  readonly field: string;
  readonly code:
    | 'required'
    | 'ground-not-possible'
    | 'reasons-missing'
    | 'request-unknown'
    | 'archive'
    | 'not-readable'
    | 'does-not-fit'
    | 'hold-unknown'
    | 'not-in-manifest'
    | 'other-class'
    | 'unknown-object';
  readonly detail: string;
};

/** A command that prepares or takes a decision. */
export type DecidingCommand = Extract<CaseCommand, { kind: 'prepare-decision' | 'decide' }>;

/**
 * The command, if it decides on a right that is still undecided. What is said again about a decided right is answered as it was then, or
 * refused for the case's state.
 */
export const decidingNow = (state: CaseState, command: CaseCommand): DecidingCommand | undefined => {
  if (command.kind !== 'prepare-decision' && command.kind !== 'decide') return undefined;
  const right = findRight(state, command.right);
  return right !== undefined && undecidedStates.includes(right.state) ? command : undefined;
};

const missing = (name: string, detail: string): CommandFault => ({
  field: `decision.${name}`,
  code: 'required',
  detail: `is missing: ${detail}`,
});

/** What the outcome cannot do without. The officer may rely on the words of the prepared decision if the outcome is the same. */
export const missingWords = (
  state: CaseState,
  command: DecidingCommand,
  words: CommandWords,
): readonly CommandFault[] => {
  const { right, decision } = command;
  const prepared = findRight(state, right)?.prepared?.decision.outcome;
  if (command.kind === 'decide' && prepared === decision.outcome) return [];
  switch (rightKind(right)) {
    case 'rectification':
      if (decision.outcome === 'corrected' && (words.changes ?? []).length === 0)
        return [missing('changes', 'say what is changed, from what to what')];
      return decision.outcome === 'statement-attached' && words.statement === undefined
        ? [missing('statement', 'what is to stand beside the records')]
        : [];
    case 'objection': {
      const weighed = decision.outcome === 'upheld' || (decision.outcome === 'refused' && !refusesAsAWhole(decision));
      return weighed && words.balance === undefined
        ? [missing('balance', "say how the person's own situation was weighed (Art. 21(1))")]
        : [];
    }
    default:
      return [];
  }
};

/**
 * Exceptions on grounds that are none of the right's, or that need reasons which are not given: carried out, they could never be explained,
 * because a letter states each refusal with the person's own facts (Art. 12(4)).
 */
export const exceptionsThatCannotBeTold = (
  state: CaseState,
  { right, decision }: DecidingCommand,
  { exceptions = [] }: CommandWords,
): readonly CommandFault[] => {
  const prepared = findRight(state, right)?.prepared?.decision.reasonsFor ?? [];
  const explained = new Set<string>([...decision.reasonsFor, ...prepared]);
  return exceptions.flatMap((exception, index): readonly CommandFault[] => {
    const field = `decision.exceptions.${index}.grounds`;
    const codes = exception.grounds.filter(isGroundCode);
    const foreign = codes.find((code) => !grounds[code].rights.includes(rightKind(right)));
    if (foreign !== undefined) {
      return [{ field, code: 'ground-not-possible', detail: `${foreign} is no ground of this right` }];
    }
    const bare = codes.find((code) => grounds[code].needsReasons && !explained.has(code));
    return bare === undefined
      ? []
      : [{ field, code: 'reasons-missing', detail: `${bare} needs reasons on the person's own situation` }];
  });
};

/** Earlier cases that the controller does not have, among those that are to show a request excessive (Art. 12(5)). */
export const unknownEarlierCases = (
  state: CaseState,
  { decision }: DecidingCommand,
  known: ReadonlySet<string>,
): readonly CommandFault[] =>
  decision.earlierCases.flatMap((reference, index): readonly CommandFault[] =>
    known.has(reference) && reference !== state.reference
      ? []
      : [
          {
            field: `decision.earlierCases.${index}`,
            code: 'request-unknown',
            detail: 'is no reference of an earlier rights request of this controller',
          },
        ],
  );

/** What must be known of the records that a rectification changes. */
export type ChangedRecords = {
  /** The class of a record that the case's manifest lists, from the policy. */
  readonly classOf: (recordId: string) => RecordClassPolicy | undefined;
  /** Contents that may be read for this case, by record. */
  readonly contents: ReadonlyMap<string, RectifiableContent>;
};

/** Corrections that would not be made: to an archive, or where the record says something else. One change builds on the one before. */
export const changesThatDoNotFit = (
  { changes = [] }: CommandWords,
  { classOf, contents: read }: ChangedRecords,
): readonly CommandFault[] => {
  const contents = new Map(read);
  return changes.flatMap((change, index): readonly CommandFault[] => {
    const id = change.recordId;
    const rule = classOf(id);
    const fault = (name: string, code: CommandFault['code'], detail: string): readonly CommandFault[] => [
      { field: `decision.changes.${index}.${name}`, code, detail },
    ];
    if (rule === undefined) return [];
    if (isArchive(rule)) {
      return fault(
        'recordId',
        'archive',
        'what was said or recorded stays as it is: decide statement-attached, with the statement that is to stand beside it',
      );
    }
    const content = contents.get(id);
    if (content === undefined) return fault('recordId', 'not-readable', 'the record is gone, or not open to this case');
    const after = rectifyContent(rule, content, change);
    if (after === undefined) {
      return fault(
        'before',
        'does-not-fit',
        'the record does not say this there, or not once, or may not say what is to stand instead. "what" is text, triggerAt, identifiers.<kind> or the name of a field',
      );
    }
    contents.set(id, { ...content, ...after });
    return [];
  });
};

/** A proceeding that names a hold which is none would look as if something were preserved. */
export const holdUnknown: CommandFault = {
  field: 'suspensionId',
  code: 'hold-unknown',
  detail: 'is no hold of this controller',
};

/** What the manifest froze of a record, as far as a command may name it. */
export type NamedRecord = { readonly recordClass: string; readonly objectNames: ReadonlySet<string> };

const namedWithField = (
  command: CaseCommand,
  { redactions = [], changes = [], exceptions = [] }: CommandWords,
): readonly { readonly field: string; readonly recordId: string }[] => {
  const path = 'decision' in command ? 'decision.' : '';
  return [
    ...redactions.map(({ recordId }, index) => ({ field: `${path}redactions.${index}.recordId`, recordId })),
    ...changes.map(({ recordId }, index) => ({ field: `${path}changes.${index}.recordId`, recordId })),
    ...exceptions.map(({ recordId }, index) => ({ field: `${path}exceptions.${index}.recordId`, recordId })),
  ];
};

/** The records that a command names, once each. */
export const recordsNamed = (command: CaseCommand, words: CommandWords): readonly string[] => [
  ...new Set(namedWithField(command, words).map(({ recordId }) => recordId)),
];

/**
 * What a review withholds, a decision excepts or a rectification changes is a record of the case's own manifest (I8): a mistyped id would
 * otherwise withhold nothing and let through what was to be kept back (Art. 15(4)). `found`: those that the manifest lists.
 */
export const recordFaults = (
  command: CaseCommand,
  words: CommandWords,
  found: ReadonlyMap<string, NamedRecord>,
): readonly CommandFault[] => [
  ...namedWithField(command, words)
    .filter(({ recordId }) => !found.has(recordId))
    .map(
      ({ field }): CommandFault => ({
        field,
        code: 'not-in-manifest',
        detail: 'the search of this case found no such record',
      }),
    ),
  ...(words.redactions ?? []).flatMap(({ recordId, recordClass, what, where }, index): readonly CommandFault[] => {
    const record = found.get(recordId);
    if (record === undefined) return [];
    if (record.recordClass !== recordClass) {
      return [
        { field: `redactions.${index}.recordClass`, code: 'other-class', detail: 'the record is of another class' },
      ];
    }
    return what === 'object' && !record.objectNames.has(where)
      ? [
          {
            field: `redactions.${index}.where`,
            code: 'unknown-object',
            detail: 'the record has no object of this name',
          },
        ]
      : [];
  }),
];

const isLookedUp = (key: RightKey): boolean => rightKind(key) === 'opt-out' || rightKind(key) === 'consent-withdrawal';

const rightsMeant = (state: CaseState, command: CaseCommand, words: CommandWords): readonly RightKey[] => {
  if (command.kind === 'confirm-identity') {
    return state.stage !== 'identification' || (words.identifiers ?? []).length > 0
      ? []
      : state.rights.filter((right) => right.state === 'open').map(({ key }) => key);
  }
  const deciding = decidingNow(state, command);
  return deciding === undefined ? [] : [deciding.right];
};

/**
 * The rights for which the case must know an identifier by now: an opt-out or a withdrawn consent that systems cannot look up is not
 * respected. Asked while the requester can still be asked for one, and again before it is decided; empty where the command brings one.
 */
export const rightsThatNeedAnIdentifier = (
  state: CaseState,
  command: CaseCommand,
  words: CommandWords,
): readonly RightKey[] => rightsMeant(state, command, words).filter(isLookedUp);
