/** The case that a path names, inside the controller that the path names. */
import { recordId } from '../../domain/ids.ts';
import { readCaseEnd } from '../../storage/requests/file-case.ts';
import { readCase } from '../../storage/requests/read-cases.ts';
import { type ApiContext, type ApiDeps, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { controllerParameters, idParameter } from '../http/schemas.ts';
import { recordErased } from '../records/record-answers.ts';

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
