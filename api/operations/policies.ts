/**
 * The policies in force. The API loads them when it starts, stores new versions and refuses to start with one that was changed in silence;
 * `GET /controllers/{controller}/policy` shows one as its file states it. Public matter: nothing in it is about a person.
 */
import { z } from '@hono/zod-openapi';
import type { Policy } from '../../domain/policy/policy.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { loadPolicies, PolicyError } from '../../policies/load-policies.ts';
import { refusalToStart } from '../../policies/policy-version.ts';
import type { Database } from '../../storage/database/database.ts';
import { latestPolicy, storePolicy } from '../../storage/policies/policies.ts';
import { addRoute } from '../access/add-route.ts';
import { recordEntryOf } from '../access/audit-entry.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, policyOf } from '../http/context.ts';
import { controllerParameters } from '../http/schemas.ts';

/** The policies by controller. Throws a `PolicyError` that lists every fault of every file. */
export const policiesInForce = async (
  db: Database,
  { folder, now }: { readonly folder: string; readonly now: Instant },
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

const policySchema = z.custom<Policy>().openapi('Policy', {
  type: 'object',
  description: 'As its file states it: who the controller is, its record classes, and what never becomes a record',
  properties: {
    controller: { type: 'string' },
    version: { type: 'integer' },
    recordClasses: { type: 'array', items: { type: 'object' } },
    notRecords: { type: 'array', items: { type: 'object' } },
  },
});

/** Answers with the policy in force, for callers who act for the controller. */
export const policyRoute: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'readPolicy', {
    summary: 'The policy of a controller',
    params: controllerParameters,
    answers: { 200: json('The version in force', policySchema) },
  })(async (c) => {
    const policy = policyOf(c);
    await recordEntryOf(deps, c, {
      action: 'policy-read',
      target: { kind: 'policy', id: String(policy.version) },
      why: 'read',
    });
    return c.json(policy, 200);
  });
};
