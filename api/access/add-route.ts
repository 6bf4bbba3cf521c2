/** Adds a route to the app: method, path, heading and guard from the table of who may call what, the rest from its definition. */
import { createRoute, type OpenAPIHono, type RouteConfig, type RouteHandler, type z } from '@hono/zod-openapi';
import { problemsOf } from '../http/answers.ts';
import { type ReadJsonInput, readJson } from '../http/bodies.ts';
import type { ApiContext, ApiDeps, ApiEnv } from '../http/context.ts';
import type { ProblemCode } from '../http/problems.ts';
import { travelHeaders } from '../http/schemas.ts';
import { authorise } from './authorisation.ts';
import { type RouteAccess, type RouteName, routeAccess } from './route-access.ts';

type Request = NonNullable<RouteConfig['request']>;

/** A JSON body under its name in the document; without a limit of its own it may have 64 KiB. */
type JsonBody = Omit<ReadJsonInput<z.ZodType>, 'limit'> & { readonly name: string; readonly limit?: number };

/** What a route takes and answers. Headers, if none are named: those of time travel, on every route that is not open to anyone. */
type RouteDefinition = Pick<RouteConfig, 'summary' | 'description' | 'hide'> &
  Pick<Request, 'params' | 'query' | 'headers' | 'body'> & {
    readonly json?: JsonBody;
    readonly answers: RouteConfig['responses'];
    /** What it may answer instead, besides what every route of its kind and every route with a JSON body may. */
    readonly problems?: readonly ProblemCode[];
  };

type Route<Name extends RouteName, Definition extends RouteDefinition> = Pick<
  (typeof routeAccess)[Name],
  'method' | 'path'
> & {
  request: Required<Pick<Definition, keyof Definition & ('params' | 'query' | 'headers')>>;
  responses: Definition['answers'];
};

/** The body in the form of its schema, or a refusal that names the fields. */
type ReadBody<Definition extends RouteDefinition> = () => Promise<
  Definition extends { readonly json: { readonly schema: infer Schema extends z.ZodType } } ? z.output<Schema> : never
>;

/** Answers a request; reads the JSON body when it wants it, for what is not there or not the caller's is answered before a faulty body. */
type Handler<Name extends RouteName, Definition extends RouteDefinition> = (
  c: Parameters<RouteHandler<Route<Name, Definition>, ApiEnv>>[0],
  readBody: ReadBody<Definition>,
) => ReturnType<RouteHandler<Route<Name, Definition>, ApiEnv>>;

const scopeOf = ({ allow, controller }: RouteAccess) =>
  allow === 'anyone' ? 'open' : controller === 'in-path' ? 'controller' : 'guarded';

const jsonProblems = [
  'malformed-json',
  'invalid-encoding',
  'media-type-unsupported',
  'body-too-large',
  'body-too-slow',
] as const satisfies readonly ProblemCode[];

/**
 * Adds the route of a name, answered by the handler: `addRoute(app, deps, 'readHold', { ... })(async (c) => ...)`. A JSON body is read
 * by the handler, not by the router, so that a fault has the route's own problem code and the size is limited before anything is parsed.
 */
export const addRoute =
  <Name extends RouteName, Definition extends RouteDefinition>(
    app: OpenAPIHono<ApiEnv>,
    deps: ApiDeps,
    name: Name,
    definition: Definition,
  ) =>
  (handler: Handler<Name, Definition>): void => {
    const { params, query, headers, body, json, answers, problems = [], ...described }: RouteDefinition = definition;
    const access: RouteAccess = routeAccess[name];
    const isOpen = access.allow === 'anyone';
    if (json !== undefined) app.openAPIRegistry.register(json.name, json.schema);
    const jsonContent = { 'application/json': { schema: { $ref: `#/components/schemas/${json?.name}` } } };
    const shownBody = json === undefined ? body : { required: true, content: jsonContent };
    const shownHeaders = headers ?? (isOpen ? undefined : travelHeaders);
    const route = createRoute({
      operationId: name,
      tags: [access.tag],
      method: access.method,
      path: access.path,
      middleware: [authorise(deps, access)],
      security: isOpen ? [] : [{ bearer: [] }],
      ...described,
      request: {
        ...(params && { params }),
        ...(query && { query }),
        ...(shownHeaders && { headers: shownHeaders }),
        ...(shownBody && { body: shownBody }),
      },
      responses: {
        ...problemsOf(scopeOf(access), ...problems, ...(json === undefined ? [] : [...jsonProblems, json.code])),
        ...answers,
      },
    });
    const readBody = (c: ApiContext) => {
      if (json === undefined) throw new TypeError('This route has no JSON body');
      return readJson(c, { limit: 64 * 1024, ...json });
    };
    // The handler's type holds it to the definition; the router's types do not see through a definition that is still open.
    const answer = handler as unknown as (c: ApiContext, readBody: () => Promise<unknown>) => Promise<never>;
    app.openapi(route, (c) => answer(c, () => readBody(c)));
  };
