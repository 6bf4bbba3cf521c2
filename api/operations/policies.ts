/** `GET /controllers/{controller}/policy`: the policy in force, as its file states it. Public matter: nothing in it is about a person. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Policy } from '../../domain/policy/policy.ts';
import { appendEntryOf } from '../access/audit-entry.ts';
import { guarded } from '../access/authorisation.ts';
import { answers, json } from '../http/answers.ts';
import { type AddRoutes, policyOf } from '../http/context.ts';
import { controllerParameters, travelHeaders } from '../http/schemas.ts';

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
  app.openapi(
    createRoute({
      ...guarded(deps, 'readPolicy'),
      tags: ['Policies'],
      summary: 'The policy of a controller',
      request: { params: controllerParameters, headers: travelHeaders },
      responses: answers({ 200: json('The version in force', policySchema) }, 'controller'),
    }),
    async (c) => {
      const policy = policyOf(c);
      await deps.database.transaction().execute((tx) =>
        appendEntryOf(c, tx, {
          action: 'policy-read',
          target: { kind: 'policy', id: String(policy.version) },
          why: 'read',
        }),
      );
      return c.json(policy, 200);
    },
  );
};
