/** Loads the policies and puts them into force: stores new versions, refuses to start with one that was changed in silence. */

import type { Policy } from '../../domain/policy/policy.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { loadPolicies, PolicyError } from '../../policies/load-policies.ts';
import { refusalToStart } from '../../policies/policy-version.ts';
import type { Database } from '../../storage/database/database.ts';
import { latestPolicy, storePolicy } from '../../storage/policies/policies.ts';

/** The folder of policy files, and the instant written beside a version that comes into force now. */
export type PoliciesInForceInput = { readonly folder: string; readonly now: Instant };

/** The policies by controller. Throws a `PolicyError` that lists every fault of every file. */
export const policiesInForce = async (
  db: Database,
  { folder, now }: PoliciesInForceInput,
): Promise<ReadonlyMap<string, Policy>> => {
  const loaded = await loadPolicies({ folder });
  const refusals = await Promise.all(
    loaded.map(async (one) => refusalToStart({ loaded: one, stored: await latestPolicy(db, one.policy.controller) })),
  );
  const faults = refusals.filter((reason) => reason !== undefined);
  if (faults.length > 0) throw new PolicyError(faults);
  for (const { policy, digest } of loaded) await storePolicy(db, { policy, digest, now, actor: 'api' });
  return new Map(loaded.map(({ policy }) => [policy.controller, policy]));
};
