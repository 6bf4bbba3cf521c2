/** A restriction that the person was granted (Art. 18): the records it covers, and its placing. */

import { suspensionId as asSuspensionId, recordId } from '../../../domain/ids.ts';
import { grounds } from '../../../domain/request/course/grounds.ts';
import { grantsFor } from '../../../domain/request/decision/decided-records.ts';
import { clauseLimit } from '../../../domain/suspension/scope.ts';
import { localDateAt } from '../../../domain/time/calendar.ts';
import { type RestrictionScope, restrictAsDecided } from '../../../storage/execution/restrictions.ts';
import { streamManifest } from '../../../storage/manifests/read-manifest.ts';
import type { ExecuteInput, ExecuteResult } from '../../../workflows/request/contract.ts';
import { type Execution, nothingDone } from './execution.ts';

/**
 * What a granted restriction covers: the very records, as far as they can be listed, so that no other person's are restricted by a shared
 * phone; beyond that the person's records of the granted classes.
 */
const restrictionScope = async (
  { deps, decision, exceptions }: Execution,
  manifestId: string,
): Promise<{ readonly records: number; readonly scope: RestrictionScope }> => {
  const grants = grantsFor(decision, exceptions);
  const listed: RestrictionScope[number][] = [];
  let records = 0;
  for await (const record of streamManifest(deps.database, manifestId)) {
    if (!grants(record)) continue;
    records += 1;
    if (records <= clauseLimit) listed.push({ record: record.recordId });
  }
  if (records <= clauseLimit) return { records, scope: listed };
  const classes = decision.lines
    .filter(({ result }) => result === 'granted')
    .map(({ recordClass }) => ({ recordClass }));
  const single = exceptions
    .filter(({ result }) => result === 'granted')
    .map((one) => ({ record: recordId(one.recordId) }));
  return { records, scope: [...classes, ...single.slice(0, clauseLimit / 2)] };
};

/** Puts a granted restriction in force (Art. 18(1)). */
export const restrictGranted = async (
  execution: Execution,
  { caseId, controller, right, manifestId, suspensionId, restrictionReviewAt, now }: ExecuteInput,
): Promise<ExecuteResult> => {
  const { deps, policy, decision } = execution;
  if (manifestId === undefined) return nothingDone;
  const { records, scope } = await restrictionScope(execution, manifestId);
  if (records === 0) return nothingDone;
  const lines = decision.lines.filter(({ result }) => result === 'granted');
  const codes = [...new Set([...decision.grounds, ...lines.flatMap((line) => line.grounds)])];
  const basis = codes.filter((code) => grounds[code].speaks === 'for').map((code) => grounds[code].citation);
  const standing = await restrictAsDecided(deps.database, {
    controller,
    caseId,
    right,
    suspensionId: asSuspensionId(suspensionId),
    legalBasis: basis.length > 0 ? basis.join(', ') : 'Art. 18(1) GDPR',
    scope,
    reviewOn: localDateAt(restrictionReviewAt, policy.timeZone),
    now,
  });
  return {
    records,
    certificates: [],
    restricted: { suspensionId: standing.suspensionId, reviewAt: restrictionReviewAt },
  };
};
