/** Finds the hold that a path names, inside the controller that the path names. Suspensions of other kinds are no holds. */

import { suspensionId } from '../../domain/ids.ts';
import { isHoldKind } from '../../domain/suspension/suspension.ts';
import { readSuspension, type Suspension } from '../../storage/suspensions/read-suspension.ts';
import { type ApiContext, type ApiDeps, policyOf } from '../http/context.ts';
import { holdUnknown } from './hold-refusals.ts';

/** The hold, or a refusal. */
export const holdInPath = async (deps: ApiDeps, c: ApiContext, id: string): Promise<Suspension> => {
  const suspension = await readSuspension(deps.database, suspensionId(id));
  if (suspension === undefined || suspension.controller !== policyOf(c).controller || !isHoldKind(suspension.kind)) {
    throw holdUnknown();
  }
  return suspension;
};
