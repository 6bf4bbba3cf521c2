/** Ids of workflows: what an operator reads in the Temporal UI. Pure. */
import { describe, expect, test } from 'vitest';
import { requestWorkflowId } from '../../workflows/request/contract.ts';

/** The column of Temporal's SQL schemas. */
const longestId = 255;

describe("the id of a case's workflow", () => {
  const caseId = '01935f3c-0000-7000-8000-000000000001';

  test("is the case's reference", () => {
    expect(requestWorkflowId({ caseId, reference: 'INPS-2026-000123', byReference: true })).toBe(
      'request:INPS-2026-000123',
    );
  });

  test('stays what it was for a case that was taken in before', () => {
    expect(requestWorkflowId({ caseId, reference: 'INPS-2026-000123', byReference: false })).toBe(`request-${caseId}`);
  });

  test('fits into the column for the longest reference', () => {
    const reference = `${'X'.repeat(63)}-2026-999999999`;
    expect(requestWorkflowId({ caseId, reference, byReference: true }).length).toBeLessThanOrEqual(longestId);
  });
});
