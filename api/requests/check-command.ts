/**
 * Checks the words of a command before it is taken: reads the records, earlier cases, holds and identifiers that the rules ask for
 * (`domain/request/decision/command-faults.ts`), and answers with what they find. What passes can be carried out and explained in the letter as it is written.
 */
import { caseId, recordClassId, recordId, suspensionId } from '../../domain/ids.ts';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import type { CaseCommand } from '../../domain/request/course/commands.ts';
import { refusals } from '../../domain/request/course/refusals.ts';
import type { CommandWords } from '../../domain/request/decision/case-words.ts';
import {
  type ChangedRecords,
  type CommandFault,
  changesThatDoNotFit,
  type DecidingCommand,
  decidingNow,
  exceptionsThatCannotBeTold,
  holdUnknown,
  missingWords,
  recordFaults,
  recordsNamed,
  rightsThatNeedAnIdentifier,
  unknownEarlierCases,
} from '../../domain/request/decision/command-faults.ts';
import { isArchive } from '../../domain/request/decision/rectify-content.ts';
import { isHoldKind } from '../../domain/suspension/suspension.ts';
import { findInManifest } from '../../storage/manifests/read-manifest.ts';
import { readContents } from '../../storage/reading/read-content.ts';
import { knowsIdentifier } from '../../storage/requests/identifiers.ts';
import { findByReferences } from '../../storage/requests/read-cases.ts';
import { readSuspension } from '../../storage/suspensions/read-suspension.ts';
import { type ApiContext, type ApiDeps, callerOf, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import type { ParsedCommand } from './body-parts.ts';

const mostFaults = 100;

/** Refuses records that are not as the case's manifest has them. Before a search there are none: the case itself refuses the command. */
const checkRecords = async (
  { database }: ApiDeps,
  { manifest }: CaseState,
  { command, words }: ParsedCommand,
): Promise<void> => {
  const named = recordsNamed(command, words);
  if (named.length === 0 || manifest === undefined) return;
  const faults = recordFaults(command, words, await findInManifest(database, manifest.manifestId, named));
  if (faults.length > 0) {
    throw refusal('invalid-command', {
      detail: 'The command names records that are not as the manifest of this case has them.',
      errors: faults.slice(0, mostFaults),
    });
  }
};

/** Reads the records that a rectification changes, as far as they may be read for this case; the reading is on file. */
const readChanged = async (
  deps: ApiDeps,
  c: ApiContext,
  { manifest, controller, caseId: id }: CaseState,
  { changes = [] }: CommandWords,
): Promise<ChangedRecords> => {
  const ids = [...new Set(changes.map((change) => recordId(change.recordId)))];
  const found = manifest === undefined ? new Map() : await findInManifest(deps.database, manifest.manifestId, ids);
  const classOf: ChangedRecords['classOf'] = (changed) => {
    const listed = found.get(changed);
    return policyOf(c).recordClasses.find(
      (one) => listed !== undefined && one.id === recordClassId(listed.recordClass),
    );
  };
  const open = ids.filter((changed) => {
    const rule = classOf(changed);
    return rule !== undefined && !isArchive(rule);
  });
  const { actor, role } = callerOf(c);
  const reading = {
    purpose: { kind: 'subject-request' as const, caseId: caseId(id) },
    by: { actor, role },
    now: c.get('now'),
  };
  const read = await deps.database
    .transaction()
    .execute((tx) => readContents({ tx, sealing: deps.sealing }, { controller, recordIds: open, reading }));
  return {
    classOf,
    contents: new Map([...read].flatMap(([of, one]) => (one.outcome === 'read' ? [[of, one.content]] : []))),
  };
};

const decisionFaults = async (
  deps: ApiDeps,
  c: ApiContext,
  state: CaseState,
  command: DecidingCommand,
  words: CommandWords,
): Promise<readonly CommandFault[]> => {
  const { earlierCases, outcome } = command.decision;
  const earlier = await findByReferences(deps.database, state.controller, earlierCases, policyOf(c).timeZone);
  const changes = outcome === 'corrected' && state.manifest !== undefined && (words.changes ?? []).length > 0;
  return [
    ...missingWords(state, command, words),
    ...exceptionsThatCannotBeTold(state, command, words),
    ...unknownEarlierCases(state, command, new Set(earlier.map(({ reference }) => reference))),
    ...(changes ? changesThatDoNotFit(words, await readChanged(deps, c, state, words)) : []),
  ];
};

const holdFaults = async (
  { database }: ApiDeps,
  state: CaseState,
  { suspensionId: id }: Extract<CaseCommand, { kind: 'link-proceeding' }>,
): Promise<readonly CommandFault[]> => {
  if (id === undefined) return [];
  const hold = await readSuspension(database, suspensionId(id));
  return hold?.controller === state.controller && isHoldKind(hold.kind) ? [] : [holdUnknown];
};

const checkWords = async (
  deps: ApiDeps,
  c: ApiContext,
  state: CaseState,
  { command, words }: ParsedCommand,
): Promise<void> => {
  const deciding = decidingNow(state, command);
  const faults =
    deciding !== undefined
      ? await decisionFaults(deps, c, state, deciding, words)
      : command.kind === 'link-proceeding'
        ? await holdFaults(deps, state, command)
        : [];
  if (faults.length > 0) {
    throw refusal('invalid-command', { detail: 'The command could not be carried out as it is.', errors: faults });
  }
};

const checkIdentifiers = async (
  { database }: ApiDeps,
  state: CaseState,
  { command, words }: ParsedCommand,
): Promise<void> => {
  const meant = rightsThatNeedAnIdentifier(state, command, words);
  if (meant.length === 0 || (await knowsIdentifier(database, state.caseId))) return;
  throw refusal('identifier-missing', { detail: `${refusals['identifier-missing'].title}: ${meant.join(', ')}.` });
};

/** Refuses a command whose words could not be kept. */
export const checkCommand = async (
  deps: ApiDeps,
  c: ApiContext,
  state: CaseState,
  parsed: ParsedCommand,
): Promise<void> => {
  await checkRecords(deps, state, parsed);
  await checkWords(deps, c, state, parsed);
  await checkIdentifiers(deps, state, parsed);
};
