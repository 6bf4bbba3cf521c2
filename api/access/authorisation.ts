/** Guards routes with the table of who may call what (`route-access.ts`). */
import type { MiddlewareHandler } from 'hono';
import type { ApiDeps, ApiEnv } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import type { Caller } from './authentication.ts';
import { type RouteAccess, routeAccess } from './route-access.ts';

/** Whether a caller acts for a controller. */
export const mayReach = (caller: Caller, controller: string): boolean => caller.controllers.includes(controller);

/** Whether a caller may handle records of a class: sources only their own, other roles all of their controllers'. */
export const mayHandleClass = (caller: Caller, recordClass: string): boolean =>
  caller.role !== 'source' || caller.classes.includes('*') || caller.classes.includes(recordClass);

/** Refuses a class that is not the caller's; for the class in a path and in each line of the bulk route. */
const requireClass = (caller: Caller, recordClass: string): void => {
  if (!mayHandleClass(caller, recordClass)) {
    throw refusal('class-not-yours', { detail: 'The token does not name this record class among its classes.' });
  }
};

/** The guard of a route. */
export const authorise =
  (deps: ApiDeps, access: RouteAccess): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    if (access.allow === 'anyone') return next();
    const caller = await deps.authenticate(c.req.header('authorization'));
    c.set('caller', caller);
    if (!access.allow.includes(caller.role)) {
      throw refusal('role-not-allowed', {
        detail: `This route is for ${access.allow.join(', ')}; the caller's role is ${caller.role}.`,
      });
    }
    if (access.controller === 'in-path') {
      const controller = c.req.param('controller') ?? '';
      if (!mayReach(caller, controller)) {
        throw refusal('controller-not-yours', { detail: 'The token does not name this controller.' });
      }
      const recordClass = c.req.param('recordClass');
      if (recordClass !== undefined) requireClass(caller, recordClass);
      const policy = deps.policies.get(controller);
      if (policy === undefined) {
        throw refusal('controller-unknown', {
          detail: 'No policy file of this installation describes this controller.',
        });
      }
      c.set('policy', policy);
    }
    return next();
  };

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{[a-zA-Z]+\}/g, '[^/]+')}$`);
const patterns = Object.values(routeAccess).map(({ method, path }) => ({
  method: method.toUpperCase(),
  pattern: patternOf(path),
}));

/** The methods that an address knows, for the answer to another one (405); none if there is nothing at the address. */
export const methodsAt = (path: string): readonly string[] =>
  [...new Set(patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))].sort();
