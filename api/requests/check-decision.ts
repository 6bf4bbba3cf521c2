/**
 * Whether a decision can be carried out and told as it is written. What would only be found out when it is done, or when its letter is
 * composed, is refused here: a correction that fits nothing in the record would be told as made (Art. 16), and an answer without its
 * balance, statement or earlier requests could never be written, with the decision already taken.
 */

import { caseId, recordClassId, recordId, suspensionId } from '../../domain/ids.ts';
import { type CaseState, findRight } from '../../domain/request/course/case-state.ts';
import type { CaseCommand } from '../../domain/request/course/commands.ts';
import { refusesAsAWhole } from '../../domain/request/course/decision.ts';
import { grounds, isGroundCode } from '../../domain/request/course/grounds.ts';
import { rightKind } from '../../domain/request/course/rights.ts';
import { undecidedStates } from '../../domain/request/course/states.ts';
import { isArchive, rectifyContent } from '../../domain/request/decision/rectify-content.ts';
import { isHoldKind } from '../../domain/suspension/suspension.ts';
import { findInManifest } from '../../storage/manifests/read-manifest.ts';
import { readContents } from '../../storage/reading/read-content.ts';
import type { CommandWords } from '../../storage/requests/person.ts';
import { findByReferences } from '../../storage/requests/read-cases.ts';
import { readSuspension } from '../../storage/suspensions/read-suspension.ts';
import { type ApiContext, type ApiDeps, callerOf, policyOf } from '../http/context.ts';
import { type FieldFault, refusal } from '../http/problems.ts';
import type { ParsedCommand } from './command-bodies.ts';

type Deciding = Extract<CaseCommand, { kind: 'prepare-decision' | 'decide' }>;

const missing = (name: string, detail: string): FieldFault => ({
  field: `decision.${name}`,
  code: 'required',
  detail: `is missing: ${detail}`,
});

/** What the outcome cannot do without. The officer may leave it to whoever prepared the same outcome. */
const missingWords = (state: CaseState, command: Deciding, words: CommandWords): readonly FieldFault[] => {
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
 * Exceptions on grounds that are none of the right's, or that need reasons nobody gave: carried out, they could never be told, because a
 * letter states each refusal with the person's own facts (Art. 12(4)).
 */
const exceptionsThatCannotBeTold = (
  state: CaseState,
  { right, decision }: Deciding,
  { exceptions = [] }: CommandWords,
): readonly FieldFault[] => {
  const prepared = findRight(state, right)?.prepared?.decision.reasonsFor ?? [];
  const explained = new Set<string>([...decision.reasonsFor, ...prepared]);
  return exceptions.flatMap((exception, index): readonly FieldFault[] => {
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

const unknownCases = async (deps: ApiDeps, state: CaseState, { decision }: Deciding, timeZone: string) => {
  const { earlierCases } = decision;
  const found = await findByReferences(deps.database, state.controller, earlierCases, timeZone);
  const known = new Set(found.map(({ reference }) => reference));
  return earlierCases.flatMap((reference, index): FieldFault[] =>
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
};

/** Corrections that would not be made: to an archive, or where the record says something else. */
const changesThatDoNotFit = async (
  deps: ApiDeps,
  c: ApiContext,
  state: CaseState,
  words: CommandWords,
): Promise<readonly FieldFault[]> => {
  const changes = words.changes ?? [];
  const { manifest, controller } = state;
  if (changes.length === 0 || manifest === undefined) return [];
  const { actor, role } = callerOf(c);
  const ids = [...new Set(changes.map((change) => recordId(change.recordId)))];
  const classes = await findInManifest(deps.database, manifest.manifestId, ids);
  const ruleOf = (id: string) => {
    const found = classes.get(id);
    return policyOf(c).recordClasses.find((one) => found !== undefined && one.id === recordClassId(found.recordClass));
  };
  const open = ids.filter((id) => {
    const rule = ruleOf(id);
    return rule !== undefined && !isArchive(rule);
  });
  const reading = {
    purpose: { kind: 'subject-request' as const, caseId: caseId(state.caseId) },
    by: { actor, role },
    now: c.get('now'),
  };
  const read = await deps.database
    .transaction()
    .execute((tx) => readContents({ tx, sealing: deps.sealing }, { controller, recordIds: open, reading }));
  const contents = new Map([...read].flatMap(([id, one]) => (one.outcome === 'read' ? [[id, one.content]] : [])));
  return changes.flatMap((change, index): FieldFault[] => {
    const id = recordId(change.recordId);
    const rule = ruleOf(id);
    const fault = (name: string, code: string, detail: string): FieldFault[] => [
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

const decisionFaults = async (
  deps: ApiDeps,
  c: ApiContext,
  state: CaseState,
  { command, words }: { readonly command: Deciding; readonly words: CommandWords },
): Promise<readonly FieldFault[]> => {
  const right = findRight(state, command.right);
  // Decided before: what is said again is answered as it was then, or refused for the case's state.
  if (right === undefined || !undecidedStates.includes(right.state)) return [];
  return [
    ...missingWords(state, command, words),
    ...exceptionsThatCannotBeTold(state, command, words),
    ...(await unknownCases(deps, state, command, policyOf(c).timeZone)),
    ...(command.decision.outcome === 'corrected' ? await changesThatDoNotFit(deps, c, state, words) : []),
  ];
};

/** A proceeding that names a hold which is none would look as if something were preserved. */
const holdFaults = async (
  deps: ApiDeps,
  state: CaseState,
  { suspensionId: id }: Extract<CaseCommand, { kind: 'link-proceeding' }>,
): Promise<readonly FieldFault[]> => {
  const hold = id === undefined ? undefined : await readSuspension(deps.database, suspensionId(id));
  if (id === undefined || (hold?.controller === state.controller && isHoldKind(hold.kind))) return [];
  return [{ field: 'suspensionId', code: 'hold-unknown', detail: 'is no hold of this controller' }];
};

/** Refuses a command whose words could not be kept. */
export const checkDecision = async (
  deps: ApiDeps,
  c: ApiContext,
  state: CaseState,
  { command, words }: ParsedCommand,
): Promise<void> => {
  const faults =
    command.kind === 'prepare-decision' || command.kind === 'decide'
      ? await decisionFaults(deps, c, state, { command, words })
      : command.kind === 'link-proceeding'
        ? await holdFaults(deps, state, command)
        : [];
  if (faults.length > 0) {
    throw refusal('invalid-command', { detail: 'The command could not be carried out as it is.', errors: faults });
  }
};
