/** What a restricted record may be read for (Art. 18(2)), as a table of purpose × role. */
import { describe, expect, test } from 'vitest';
import { auditRoles } from '../../domain/audit.ts';
import { caseId } from '../../domain/ids.ts';
import {
  purposesOf,
  type ReadingPurpose,
  restrictedReading,
  restrictedUses,
} from '../../domain/policy/reading-purpose.ts';

const aCase = caseId('01a20057-8606-7146-aafb-3aae66295999');
const purposes: readonly ReadingPurpose[] = [
  { kind: 'ordinary' },
  ...restrictedUses.map((kind): ReadingPurpose => ({ kind, reason: 'R.G. 1/2026' })),
  { kind: 'subject-request', caseId: aCase },
];
const may: Readonly<Record<string, readonly string[]>> = {
  dpo: [...restrictedUses, 'subject-request'],
  officer: [...restrictedUses, 'subject-request'],
  legal: ['legal-claims', 'protection-of-another-person'],
  system: ['subject-request'],
};

describe('I11: purpose × role', () => {
  const table = auditRoles.flatMap((role) => purposes.map((purpose) => ({ role, purpose, kind: purpose.kind })));
  test.each(table)('I11: $kind as $role', ({ role, purpose }) => {
    const allowed = may[role]?.includes(purpose.kind) ?? false;
    const decided = restrictedReading({ purpose, role, ofThatCase: true });
    expect(decided === 'admitted').toBe(allowed);
    if (!allowed) expect(decided).toBe(purpose.kind === 'ordinary' ? 'restricted' : 'purpose-not-yours');
    expect(purposesOf(role)).toEqual(may[role] ?? []);
  });
});

test('I11: a case opens the records of its own person only', () => {
  const purpose: ReadingPurpose = { kind: 'subject-request', caseId: aCase };
  expect(restrictedReading({ purpose, role: 'dpo', ofThatCase: false })).toBe('not-of-that-case');
});

test('I11: no role that hands records in, operates or audits may claim anything', () => {
  for (const role of ['source', 'operator', 'auditor'] as const) expect(purposesOf(role)).toEqual([]);
});
