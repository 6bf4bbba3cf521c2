/** State × role × command, complete: what the table permits is accepted, everything else refused with its reason. */
import { describe, expect, it } from 'vitest';
import { caseRoles, commandKinds, ruleOf } from '../../domain/request/course/commands.ts';
import { decideCommand } from '../../domain/request/course/decide-command.ts';
import { isRefusalCode } from '../../domain/request/course/refusals.ts';
import { caseAt, composed, day, meta, positions, rules, wellFormed } from '../support/requests/cases.ts';
import { permittedRoles } from '../support/requests/permitted.ts';

const strangers = ['source', 'operator', 'auditor'] as const;

describe.each(positions)('a case at %s', (position) => {
  const state = composed(caseAt(position));
  const hasLetter = state.letters.some((letter) => letter.state === 'composed');
  const at = position === 'standing/notice-given' ? day(30) : day(3);

  it.each(commandKinds)('answers %s by every role as the law and the house rules say', (kind) => {
    const allowed: readonly string[] = permittedRoles(kind, { position, hasLetter });
    for (const role of [...caseRoles, ...strangers]) {
      const verdict = decideCommand(state, wellFormed(kind, state), meta(role, { at }), rules);
      expect({ role, kind: verdict.kind }).toEqual({ role, kind: allowed.includes(role) ? 'accepted' : 'refused' });
      if (verdict.kind === 'accepted') continue;
      expect(isRefusalCode(verdict.refusal.code)).toBe(true);
      const mayEver = ruleOf(kind).roles.some((known) => known === role);
      expect(verdict.refusal.code === 'role-not-allowed').toBe(!mayEver);
    }
  });

  it('refuses whoever acts for another controller, and whoever looked at an older state', () => {
    for (const kind of commandKinds) {
      const [role] = ruleOf(kind).roles;
      if (role === undefined) throw new Error(`${kind} has no role`);
      const command = wellFormed(kind, state);
      expect(decideCommand(state, command, meta(role, { at, actsForController: false }), rules)).toMatchObject({
        refusal: { code: 'controller-not-yours' },
      });
      expect(
        decideCommand(state, command, meta(role, { at, expectedRevision: state.revision - 1 }), rules),
      ).toMatchObject({
        refusal: { code: 'changed-meanwhile' },
      });
    }
  });
});
