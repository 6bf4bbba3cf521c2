/**
 * What a review withholds, a decision excepts or a rectification changes is a record of the case's own manifest (I8): a mistyped id
 * would otherwise withhold nothing and let through what somebody meant to keep back (Art. 15(4)).
 */
import type { CaseState } from '../../domain/request/course/case-state.ts';
import { findInManifest, type RecordInManifest } from '../../storage/manifests/read-manifest.ts';
import type { CommandWords } from '../../storage/requests/person.ts';
import type { ApiDeps } from '../http/context.ts';
import { type FieldFault, refusal } from '../http/problems.ts';
import type { ParsedCommand } from './command-bodies.ts';

type Named = { readonly field: string; readonly recordId: string };

/** The path of the body under which a list of the words came in. */
const pathOf = (command: ParsedCommand['command']): string => ('decision' in command ? 'decision.' : '');

const namedIn = ({ redactions = [], changes = [], exceptions = [] }: CommandWords, path: string): readonly Named[] => [
  ...redactions.map(({ recordId }, index) => ({ field: `${path}redactions.${index}.recordId`, recordId })),
  ...changes.map(({ recordId }, index) => ({ field: `${path}changes.${index}.recordId`, recordId })),
  ...exceptions.map(({ recordId }, index) => ({ field: `${path}exceptions.${index}.recordId`, recordId })),
];

const redactionFaults = (
  { redactions = [] }: CommandWords,
  found: ReadonlyMap<string, RecordInManifest>,
): readonly FieldFault[] =>
  redactions.flatMap(({ recordId, recordClass, what, where }, index) => {
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
  });

const mostFaults = 100;

/** Refuses a command that names a record which the case's manifest does not list as the person's. */
export const checkRecords = async (
  deps: ApiDeps,
  { manifest }: CaseState,
  { command, words }: ParsedCommand,
): Promise<void> => {
  const named = namedIn(words, pathOf(command));
  // Before a search there is nothing to review or decide: the case itself refuses the command.
  if (named.length === 0 || manifest === undefined) return;
  const found = await findInManifest(deps.database, manifest.manifestId, [
    ...new Set(named.map(({ recordId }) => recordId)),
  ]);
  const faults: readonly FieldFault[] = [
    ...named
      .filter(({ recordId }) => !found.has(recordId))
      .map(({ field }) => ({ field, code: 'not-in-manifest', detail: 'the search of this case found no such record' })),
    ...redactionFaults(words, found),
  ];
  if (faults.length > 0) {
    throw refusal('invalid-command', {
      detail: 'The command names records that are not as the manifest of this case has them.',
      errors: faults.slice(0, mostFaults),
    });
  }
};
