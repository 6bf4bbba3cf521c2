/** What the API is made with, and what a request carries while it is handled. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Client } from '@temporalio/client';
import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { Policy } from '../../domain/policy/policy.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../../storage/database/database.ts';
import type { ProtocolRegister } from '../../storage/letters/protocol-register.ts';
import type { ObjectStore } from '../../storage/objects/object-store.ts';
import type { Sealing } from '../../storage/sealing/sealing.ts';
import type { Actor } from '../../storage/suspensions/place-suspension.ts';
import type { Authenticate, Caller } from '../access/authentication.ts';
import type { ApiMetrics } from './metrics.ts';

/** Everything the app needs; it opens nothing and reads no environment itself. */
export type ApiDeps = {
  readonly database: Database;
  readonly objectStore: ObjectStore;
  /** The policies in force, by controller. */
  readonly policies: ReadonlyMap<string, Policy>;
  readonly sealing: Sealing;
  /** The real time. A request's own `now` may differ where time travel is allowed. */
  readonly clock: () => Instant;
  readonly authenticate: Authenticate;
  /** Gives notices of holds their numbers; default: Oblio's own register. */
  readonly protocolRegister?: ProtocolRegister;
  /** Never asked when records come in: they do not wait for Temporal (I1). */
  readonly temporal: TemporalAccess;
  /** Where links for people begin (`https://diritti.example.it`); default: the address under which the API was called. */
  readonly publicUrl?: string;
  readonly timeTravel: 'refused' | 'allowed';
  readonly logger: Logger;
  readonly metrics: ApiMetrics;
};

/** The API's way to Temporal. Only what asks a workflow something waits for it; ingest and holds never do (I1, I4). */
export type TemporalAccess = {
  /** The client, connected when it is first used; each call of it wants a deadline (`client.withDeadline`). */
  readonly client: () => Promise<Client>;
  /** The queue on which procedures run. */
  readonly proceduresQueue: string;
  /** Address of a workflow's page in the Temporal UI. */
  readonly workflowUrl: (workflowId: string) => string;
};

/** What the middleware sets on a request before a handler runs. */
export type ApiEnv = {
  Variables: {
    requestId: string;
    now: Instant;
    /** Set on every route that is not open to anyone. */
    caller: Caller | undefined;
    /** Set on routes under `/controllers/{controller}`. */
    policy: Policy | undefined;
  };
};

/** A request while it is handled, with what `ApiEnv` says is set on it. */
export type ApiContext = Context<ApiEnv>;

/** Adds the routes of one file to the app; called once, before the app answers anything. */
export type AddRoutes = (app: OpenAPIHono<ApiEnv>, deps: ApiDeps) => void;

/** The verified caller; routes get it from their guard. */
export const callerOf = (c: ApiContext): Caller => {
  const caller = c.get('caller');
  if (caller === undefined) throw new TypeError('This route has no guard');
  return caller;
};

/** The caller as commands and audit entries name who acted. */
export const actorOf = (c: ApiContext): Actor => {
  const { actor, role } = callerOf(c);
  return { id: actor, role };
};

/** The policy of the controller in the path; routes get it from their guard. */
export const policyOf = (c: ApiContext): Policy => {
  const policy = c.get('policy');
  if (policy === undefined) throw new TypeError('This route has no controller in its path');
  return policy;
};
