/** What each position of a case permits, written out by hand: the table of the code is compared with it, not with itself. */
import type { CaseRole, CommandKind } from '../../../domain/request/course/commands.ts';
import type { Position } from './cases.ts';

/** Who may give which command. */
export type Permitted = Partial<Record<CommandKind, readonly CaseRole[]>>;

const ofCase: Readonly<Record<Position, Permitted>> = {
  received: { triage: ['dpo'], 'correct-receipt': ['officer'] },
  identification: {
    'ask-requester': ['dpo'],
    'confirm-identity': ['dpo'],
    extend: ['officer'],
    'correct-receipt': ['officer'],
    withdraw: ['dpo'],
  },
  'identification-asked': { 'record-answer': ['dpo'], 'correct-receipt': ['officer'], withdraw: ['dpo'] },
  searching: { extend: ['officer'], 'correct-receipt': ['officer'], withdraw: ['dpo'] },
  reviewing: {
    'submit-review': ['dpo'],
    'repeat-search': ['dpo'],
    extend: ['officer'],
    'correct-receipt': ['officer'],
    withdraw: ['dpo'],
  },
  'review-confirmation': {
    'confirm-review': ['officer'],
    'return-review': ['officer'],
    'repeat-search': ['dpo'],
    extend: ['officer'],
    'correct-receipt': ['officer'],
    withdraw: ['dpo'],
  },
  'deciding/open': {
    'prepare-decision': ['dpo'],
    'repeat-search': ['dpo'],
    extend: ['officer'],
    'correct-receipt': ['officer'],
    withdraw: ['dpo'],
  },
  'deciding/prepared': {
    'prepare-decision': ['dpo'],
    'give-opinion': ['dpo'],
    'return-decision': ['officer'],
    'repeat-search': ['dpo'],
    extend: ['officer'],
    'correct-receipt': ['officer'],
    withdraw: ['dpo'],
  },
  'deciding/advised': {
    'prepare-decision': ['dpo'],
    'return-decision': ['officer'],
    decide: ['officer'],
    'repeat-search': ['dpo'],
    extend: ['officer'],
    'correct-receipt': ['officer'],
    withdraw: ['dpo'],
  },
  'deciding/executing': {},
  'deciding/executed': { 'compose-answer': ['dpo'], 'correct-receipt': ['officer'] },
  'deciding/lettered': {},
  'closing-letter': {},
  standing: { 'announce-lifting': ['officer'], 'request-reopening': ['dpo', 'officer'] },
  'standing/notice-given': { 'lift-restriction': ['officer'], 'request-reopening': ['dpo', 'officer'] },
  reopening: { 'confirm-reopening': ['dpo', 'officer'], 'decline-reopening': ['dpo', 'officer'] },
  closed: { 'request-reopening': ['dpo', 'officer'] },
};

const everywhere: Permitted = {
  'link-proceeding': ['dpo', 'legal'],
  'add-note': ['dpo', 'officer', 'legal'],
};

/** Where a letter is composed and not yet delivered, whatever else the case is at. */
const onLetters: Permitted = { 'record-delivery': ['dpo'], 'send-letter': ['dpo', 'officer'] };

/** The roles that may give a command at a position of a case; none: nobody. */
export const permittedRoles = (
  kind: CommandKind,
  { position, hasLetter }: { readonly position: Position; readonly hasLetter: boolean },
): readonly CaseRole[] => ofCase[position][kind] ?? everywhere[kind] ?? (hasLetter ? onLetters[kind] : undefined) ?? [];
