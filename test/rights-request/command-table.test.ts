/** State × role × command, complete: what the table permits is accepted, everything else refused with its reason. */
import { describe, expect, it } from 'vitest';
import { type CommandKind, caseRoles } from '../../domain/rights-request/commands.ts';
import { decideCommand } from '../../domain/rights-request/decide-command.ts';
import { isRefusalCode } from '../../domain/rights-request/refusals.ts';
import { commandKinds, ruleOf } from '../../domain/rights-request/transitions.ts';
import { caseAt, composed, day, meta, type Position, positions, rules, wellFormed } from './support/cases.ts';

const strangers = ['source', 'operator', 'auditor'] as const;

/** What each position permits, written out by hand: the table of the code is compared with it, not with itself. */
const permitted: Readonly<Record<Position, Partial<Record<CommandKind, readonly string[]>>>> = {
  received: { triage: ['dpo'] },
  identification: { 'ask-requester': ['dpo'], 'confirm-identity': ['dpo'], extend: ['officer'], withdraw: ['dpo'] },
  'identification-asked': { 'record-answer': ['dpo'], withdraw: ['dpo'] },
  searching: { extend: ['officer'], withdraw: ['dpo'] },
  reviewing: { 'submit-review': ['dpo'], 'repeat-search': ['dpo'], extend: ['officer'], withdraw: ['dpo'] },
  'review-confirmation': {
    'confirm-review': ['officer'],
    'return-review': ['officer'],
    'repeat-search': ['dpo'],
    extend: ['officer'],
    withdraw: ['dpo'],
  },
  'deciding/open': { 'prepare-decision': ['dpo'], 'repeat-search': ['dpo'], extend: ['officer'], withdraw: ['dpo'] },
  'deciding/prepared': {
    'prepare-decision': ['dpo'],
    'give-opinion': ['dpo'],
    'return-decision': ['officer'],
    'repeat-search': ['dpo'],
    extend: ['officer'],
    withdraw: ['dpo'],
  },
  'deciding/advised': {
    'prepare-decision': ['dpo'],
    'return-decision': ['officer'],
    decide: ['officer'],
    'repeat-search': ['dpo'],
    extend: ['officer'],
    withdraw: ['dpo'],
  },
  'deciding/executing': {},
  'deciding/executed': { 'compose-answer': ['dpo'] },
  'deciding/lettered': {},
  'closing-letter': {},
  standing: { 'announce-lifting': ['officer'] },
  'standing/notice-given': { 'lift-restriction': ['officer'] },
  reopening: { 'confirm-reopening': ['dpo', 'officer'], 'decline-reopening': ['dpo', 'officer'] },
  closed: { 'request-reopening': ['dpo', 'officer'] },
};
const everywhere: Partial<Record<CommandKind, readonly string[]>> = {
  'link-proceeding': ['dpo', 'legal'],
  'add-note': ['dpo', 'officer', 'legal'],
};

describe.each(positions)('a case at %s', (position) => {
  const state = composed(caseAt(position));
  const hasLetter = state.letters.some((letter) => letter.state === 'composed');
  const at = position === 'standing/notice-given' ? day(30) : day(3);

  it.each(commandKinds)('answers %s by every role as the law and the house rules say', (kind) => {
    const onLetters: Partial<Record<CommandKind, readonly string[]>> = {
      'record-delivery': ['dpo'],
      'send-letter': ['dpo', 'officer'],
    };
    const letters = hasLetter ? (onLetters[kind] ?? []) : [];
    const allowed = permitted[position][kind] ?? everywhere[kind] ?? letters;
    for (const role of [...caseRoles, ...strangers]) {
      const verdict = decideCommand(state, wellFormed(kind, state), meta(role, { at }), rules);
      expect({ role, kind: verdict.kind }).toEqual({ role, kind: allowed.includes(role) ? 'accepted' : 'refused' });
      if (verdict.kind === 'accepted') continue;
      expect(isRefusalCode(verdict.refusal.code)).toBe(true);
      const mayEver = ruleOf(kind).roles.some((known) => known === role);
      expect(verdict.refusal.code === 'role_may_not').toBe(!mayEver);
    }
  });

  it('refuses whoever acts for another controller, and whoever looked at an older state', () => {
    for (const kind of commandKinds) {
      const [role] = ruleOf(kind).roles;
      if (role === undefined) throw new Error(`${kind} has no role`);
      const command = wellFormed(kind, state);
      expect(decideCommand(state, command, meta(role, { at, actsForController: false }), rules)).toMatchObject({
        refusal: { code: 'not_your_controller' },
      });
      expect(
        decideCommand(state, command, meta(role, { at, expectedRevision: state.revision - 1 }), rules),
      ).toMatchObject({
        refusal: { code: 'changed_meanwhile' },
      });
    }
  });
});
