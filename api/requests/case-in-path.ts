/** What the routes of cases share: the case of a path, the audit entry of what was read of it, and why a command is refused. */

import { recordId } from '../../domain/ids.ts';
import { type Refusal, refusals } from '../../domain/request/course/refusals.ts';
import { refusalDetail } from '../../domain/request/decision/refusal-advice.ts';
import { readCaseEnd } from '../../storage/requests/file-case.ts';
import { readCase } from '../../storage/requests/read-cases.ts';
import { recordEntryOf, type WhatWasDone } from '../access/audit-entry.ts';
import { type ApiContext, type ApiDeps, policyOf } from '../http/context.ts';
import { refusal as problemOf, refusal } from '../http/problems.ts';
import { controllerParameters, idParameter } from '../http/schemas.ts';
import { recordErased } from '../records/record-answers.ts';

/** Every code of the closed list, for the routes that answer with them. */
export const refusalCodes = Object.keys(refusals) as readonly (keyof typeof refusals)[];

/**
 * The problem details of a refusal: its own code and status out of the closed list, so that a caller need not know
 * which of the two judged.
 */
export const commandRefusal = (refused: Refusal) => problemOf(refused.code, { detail: refusalDetail(refused) });

/** `{controller}` and `{caseId}` of a path. */
export const caseParameters = controllerParameters.extend({ caseId: idParameter });

/** 404 for a case that is not there or is another controller's: a stranger learns no difference. */
export const unknownRequest = () =>
  refusal('request-unknown', { detail: 'This controller has no rights request of this id.' });

/** The case in the path, if it is the controller's; 410 with the certificate once its file has been erased. */
export const caseInPath = async (deps: ApiDeps, c: ApiContext, caseId: string) => {
  const found = await readCase(deps.database, caseId);
  const { controller } = policyOf(c);
  if (found !== undefined && found.state.controller === controller) return found;
  const end = await readCaseEnd(deps.database, { caseId, controller });
  throw end === undefined ? unknownRequest() : recordErased({ recordId: recordId(caseId), ...end });
};

/** Puts on file what a caller read of a case, or of all cases, before it is answered (I10). */
export const auditCase = (
  deps: ApiDeps,
  c: ApiContext,
  { caseId, ...what }: Omit<WhatWasDone, 'target'> & { readonly caseId: string },
): Promise<void> => recordEntryOf(deps, c, { ...what, target: { kind: 'case', id: caseId } });
