/** Ids of workflows: what an operator reads in the Temporal UI. Pure. */
import { describe, expect, test } from 'vitest';
import { controllerId, recordClassId, suspensionId, unitId } from '../../domain/ids.ts';
import { holdWorkflowId } from '../../workflows/hold/contract.ts';
import { requestWorkflowId } from '../../workflows/request/contract.ts';
import { retentionWorkflowId } from '../../workflows/retention/contract.ts';

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

describe("the id of a unit's workflow", () => {
  const unit = {
    unitId: unitId('01935f3c-0000-7000-8000-000000000002'),
    controller: controllerId('inps'),
    recordClass: recordClassId('chat'),
  };

  test('names controller, class and unit', () => {
    expect(retentionWorkflowId({ ...unit, readableId: true })).toBe(`retention:inps:chat:${unit.unitId}`);
  });

  test('stays what it was for a unit that was opened before', () => {
    expect(retentionWorkflowId({ ...unit, readableId: false })).toBe(`retention-${unit.unitId}`);
  });

  test('fits into the column for the longest names', () => {
    const longest = 'x'.repeat(64);
    const id = retentionWorkflowId({
      unitId: unit.unitId,
      controller: controllerId(longest),
      recordClass: recordClassId(longest),
      readableId: true,
    });
    expect(id.length).toBeLessThanOrEqual(longestId);
  });
});

describe("the id of a hold's workflow", () => {
  const hold = { suspensionId: suspensionId('01935f3c-0000-7000-8000-000000000003'), controller: controllerId('inps') };

  test('names the controller and bears the number', () => {
    expect(holdWorkflowId({ ...hold, number: 1 })).toBe('hold:inps:1');
  });

  test('stays what it was for a hold that was placed before', () => {
    expect(holdWorkflowId({ ...hold, number: null })).toBe(`hold-${hold.suspensionId}`);
  });
});
