/** `GET /controllers/{controller}/policy`: the policy in force, as its file states it. Public matter: nothing in it is about a person. */

import { z } from '@hono/zod-openapi';
import type { Policy } from '../../domain/policy/policy.ts';
import { addRoute } from '../access/add-route.ts';
import { recordEntryOf } from '../access/audit-entry.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, policyOf } from '../http/context.ts';
import { controllerParameters } from '../http/schemas.ts';

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
    tags: ['Policies'],
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
