/**
 * What a decision destroys: the records an erasure grants, those of an upheld objection (Art. 17(1)(c)) and of a withdrawn consent
 * (17(1)(b)). What a hold or a duty keeps back is taken up again when it ends, by the same decision and from the same manifest (I8).
 */
import { caseId as asCaseId } from '../../../domain/ids.ts';
import { type RightKey, rightKind } from '../../../domain/request/course/rights.ts';
import { erasedOnceFree, erasureFollows, grantsFor } from '../../../domain/request/decision/decided-records.ts';
import type { Instant } from '../../../domain/time/instant.ts';
import { recordRefusals, stoppedProcessing, withdrawnConsent } from '../../../storage/execution/opt-outs.ts';
import { readCaseCertificates } from '../../../storage/execution/record-fates.ts';
import { endSpentRestrictions } from '../../../storage/execution/restrictions.ts';
import { type FrozenRecord, streamManifest } from '../../../storage/manifests/read-manifest.ts';
import { searchManifest } from '../../../storage/manifests/search.ts';
import { noteReferences } from '../../../storage/recipients/references.ts';
import type { ExecuteResult } from '../../../workflows/request/contract.ts';
import { failureOf } from '../../failures.ts';
import { signalUnits } from '../../retention/signal-units.ts';
import { disclosedClasses } from '../recipients/disclosed-to.ts';
import { eraseDecided, nothingYet } from './erase-decided.ts';
import { type Execution, nothingDone } from './execution.ts';

/** Which decision is carried out, on which manifest, and when work on it first began. */
export type ErasureInput = {
  readonly right: RightKey;
  readonly manifestId: string;
  readonly since: Instant;
};

type Takes = (record: FrozenRecord) => boolean;

/** The records of a manifest that the decision destroys, as soon as nothing keeps them. */
const takenBy = ({ state, decision, exceptions, words }: Execution, right: RightKey): Takes => {
  switch (rightKind(right)) {
    case 'erasure':
      return erasedOnceFree(decision, exceptions, words.decided.exceptions !== undefined);
    case 'objection': {
      const grants = grantsFor(decision, exceptions);
      return (record) => grants(record) && erasureFollows(state, record.recordClass);
    }
    case 'consent-withdrawal': {
      const grants = grantsFor(decision, exceptions, true);
      return (record) =>
        record.legalBasis.article === '6.1.a' && grants(record) && erasureFollows(state, record.recordClass);
    }
    default:
      return () => false;
  }
};

/** Erases what is decided and free; answers with what all attempts came to, and what something else keeps. */
const eraseTaken = async (execution: Execution, { right, manifestId, since }: ErasureInput): Promise<ExecuteResult> => {
  const { deps, attempt, state } = execution;
  const { database: db, gate, temporal } = deps;
  const { caseId, controller } = state;
  const { granted, gone, kept, keptBy } = await eraseDecided(
    {
      db,
      gate,
      ...attempt,
      tellClosed: (units) => signalUnits({ db, temporal }, { units, reason: 'decision' }),
    },
    { caseId: asCaseId(caseId), manifestId, grants: takenBy(execution, right) },
  );
  if (granted === 0) return nothingDone;
  await endSpentRestrictions(db, { controller, caseId, now: attempt.now() });
  const { count, first } = await readCaseCertificates(db, { caseId, since });
  return {
    records: gone,
    certificates: first,
    certificateCount: count,
    ...(kept === 0 ? {} : { kept: { records: kept, by: keptBy } }),
    manifestId,
  };
};

/** Records that an upheld objection is about: the processing of all of them stopped, whatever is erased. */
const countAffected = async ({ deps, decision, exceptions }: Execution, manifestId: string): Promise<number> => {
  const grants = grantsFor(decision, exceptions);
  let affected = 0;
  for await (const record of streamManifest(deps.database, manifestId)) if (grants(record)) affected += 1;
  return affected;
};

/** Erases what was granted, and what was held back and no longer is; does again, harmlessly, what was done before. */
export const eraseGranted = async (execution: Execution, input: ErasureInput): Promise<ExecuteResult> => {
  const result = await eraseTaken(execution, input);
  return rightKind(input.right) === 'objection'
    ? { ...result, records: await countAffected(execution, input.manifestId) }
    : result;
};

/** Art. 21: the processing stops, for good; what was processed on that ground alone is erased (Art. 17(1)(c)). */
export const upholdObjection = async (
  execution: Execution,
  { right, manifestId, since }: Pick<ErasureInput, 'right' | 'since'> & { readonly manifestId?: string },
): Promise<ExecuteResult> => {
  const { deps, state, decision, attempt } = execution;
  const { caseId, controller, receivedAt } = state;
  const stopped = decision.lines.filter(({ result }) => result === 'granted').map(({ recordClass }) => recordClass);
  await recordRefusals(deps.database, {
    controller,
    caseId,
    refused: stopped.map(stoppedProcessing),
    ground: 'objection',
    effectiveAt: receivedAt,
    now: attempt.now(),
  });
  return manifestId === undefined ? nothingDone : eraseGranted(execution, { right, manifestId, since });
};

/** Art. 7(3): recorded for all that rests on consent; what rested on nothing else is erased (Art. 17(1)(b)). */
export const withdrawConsent = async (
  execution: Execution,
  {
    right,
    manifestId,
    since,
    newManifestId,
  }: Pick<ErasureInput, 'right' | 'since'> & { readonly manifestId?: string; readonly newManifestId: string },
): Promise<ExecuteResult> => {
  const { deps, state, policy, attempt } = execution;
  const { caseId, controller, receivedAt } = state;
  const classes = policy.recordClasses
    .filter(({ legalBasis, legalBasisByField }) =>
      [legalBasis, ...Object.values(legalBasisByField?.bases ?? {})].some(({ article }) => article === '6.1.a'),
    )
    .map(({ id }) => id);
  await recordRefusals(deps.database, {
    controller,
    caseId,
    refused: classes.map(withdrawnConsent),
    ground: 'consent-withdrawal',
    effectiveAt: receivedAt,
    now: attempt.now(),
  });
  if (classes.length === 0) return nothingDone;
  // A withdrawal needs no search to be recorded; what it erases is found and frozen by one all the same (I8).
  const searched = manifestId ?? (await searchConsent(execution, newManifestId, classes));
  return eraseGranted(execution, { right, manifestId: searched, since });
};

const searchConsent = async (
  { deps: { database: db, sealing }, state: { caseId, controller }, attempt, policy }: Execution,
  manifestId: string,
  searched: Parameters<typeof searchManifest>[1]['searched'],
): Promise<string> => {
  const found = await searchManifest(
    { db, sealing },
    { caseId, controller, manifestId, searched, now: attempt.now(), onProgress: () => undefined },
  );
  if (found === undefined) throw failureOf('case-unknown');
  // By which ids recipients know what is about to go (Art. 19).
  const heartbeat = (): void => attempt.heartbeat(attempt.resumeFrom ?? nothingYet);
  await noteReferences({ db, sealing }, { caseId, manifestId, recordClasses: disclosedClasses(policy), heartbeat });
  return manifestId;
};
