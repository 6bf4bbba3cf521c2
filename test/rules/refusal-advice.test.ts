/** A refused command says what stands in the way and what to do instead (RFC 9457, 3.1.4). */
import { describe, expect, it } from 'vitest';
import { commandKinds, ruleOf } from '../../domain/request/course/commands.ts';
import { decideCommand } from '../../domain/request/course/decide-command.ts';
import { isRefusalCode, readRefusalCode, refusals } from '../../domain/request/course/refusals.ts';
import { refusalDetail } from '../../domain/request/decision/refusal-advice.ts';
import { caseAt, composed, meta, positions, rules, wellFormed } from '../support/requests/cases.ts';

const codes = Object.keys(refusals).filter(isRefusalCode);

describe('the detail of a refusal', () => {
  it.each(codes)('%s is a whole sentence of its own, beside the title', (code) => {
    const detail = refusalDetail({ code, detail: 'ABOUT' });
    expect(detail).not.toContain(refusals[code].title);
    expect(detail).toMatch(/^[A-Z].{30,}[.)]$/s);
  });

  it.each(positions)('is there for everything that is refused at %s', (position) => {
    const state = composed(caseAt(position));
    for (const kind of commandKinds) {
      for (const role of ruleOf(kind).roles) {
        const verdict = decideCommand(state, wellFormed(kind, state), meta(role), rules);
        if (verdict.kind === 'accepted') continue;
        const detail = refusalDetail(verdict.refusal);
        // Nothing that belongs into the sentence is missing from it.
        expect(detail).not.toMatch(/undefined|\bthis\b(?= (was|is not at|ended|lies))| {2}/);
      }
    }
  });
});

describe('the code of a refusal', () => {
  it.each(codes)('%s is words joined by hyphens', (code) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  it('is read as it was stored before: with underscores, or under its former name', () => {
    expect(readRefusalCode('second_person_needed')).toBe('second-person-needed');
    expect(readRefusalCode('letter_unknown')).toBe('letter-not-in-case');
    expect(readRefusalCode('class_unknown')).toBe('class-not-found');
    expect(readRefusalCode('opt_out_unknown')).toBe('opt-out-not-promised');
    expect(readRefusalCode('role_may_not')).toBe('role-not-allowed');
    expect(readRefusalCode('not_your_controller')).toBe('controller-not-yours');
    for (const code of codes) expect(readRefusalCode(code)).toBe(code);
    expect(readRefusalCode('no_such_code')).toBeUndefined();
    expect(readRefusalCode(7)).toBeUndefined();
  });
});
