// Calls of Oblio's API as other systems and people make them: with a token of the development issuer, at a time of the story.

import { readFile } from 'node:fs/promises';
import { importJWK, type JWK, SignJWT } from 'jose';
import { z } from 'zod';
import type { Instant } from '../domain/time/instant.ts';
import type { RunningServices } from '../stack/services/running-services.ts';

/** Who calls: an actor, the role, and what it may reach. */
export type Caller = {
  readonly actor: string;
  readonly role: 'source' | 'dpo' | 'officer' | 'legal' | 'operator' | 'auditor';
  readonly controllers: readonly string[];
  readonly classes?: readonly string[];
  readonly authorisedFor?: readonly string[];
};

/** One call, by whom, and when in the story. */
export type ApiCall = {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly caller: Caller;
  /** The time of the call in the story. */
  readonly at: Instant;
  /** Sent as JSON, or as it is where it is bytes or text. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** The answer as it came; `body` is parsed where it is JSON. */
export type ApiAnswer = { readonly status: number; readonly body: unknown; readonly headers: Headers };

/** The API as the chapters use it, with tokens of the development issuer. */
export type Api = {
  /** The headers that say who calls, and when in the story: for callers with a client of their own. */
  readonly callerHeaders: (call: Pick<ApiCall, 'caller' | 'at'>) => Promise<Readonly<Record<string, string>>>;
  /** The answer, whatever it is. */
  readonly ask: (call: ApiCall) => Promise<ApiAnswer>;
  /** The bytes of an answer that must succeed, for files. */
  readonly download: (call: ApiCall) => Promise<Buffer>;
  /** The answer of a call that must succeed, in the expected form; throws with the API's problem otherwise. */
  readonly expect: <Schema extends z.ZodType>(schema: Schema, call: ApiCall) => Promise<z.output<Schema>>;
};

const tokenLifetime = '8h';

const tokenMaker = async ({ secrets }: RunningServices): Promise<(caller: Caller) => Promise<string>> => {
  const jwk: JWK = z.looseObject({ kty: z.string() }).parse(JSON.parse(await readFile(secrets.privateJwkFile, 'utf8')));
  const key = await importJWK(jwk, 'ES256');
  return ({ actor, role, controllers, classes, authorisedFor }) =>
    new SignJWT({
      oblio_role: role,
      oblio_controllers: controllers,
      ...(classes === undefined ? {} : { oblio_classes: classes }),
      ...(authorisedFor === undefined ? {} : { oblio_authorised_for: authorisedFor }),
    })
      .setProtectedHeader({ alg: 'ES256', ...(jwk.kid === undefined ? {} : { kid: jwk.kid }) })
      .setSubject(actor)
      .setIssuer(secrets.issuer)
      .setAudience(secrets.audience)
      .setIssuedAt()
      .setExpirationTime(tokenLifetime)
      .sign(key);
};

const bodyOf = (body: unknown): { readonly body?: string | Uint8Array<ArrayBuffer>; readonly type?: string } => {
  if (body === undefined) return {};
  if (typeof body === 'string') return { body };
  if (body instanceof Uint8Array) return { body: new Uint8Array(body) };
  return { body: JSON.stringify(body), type: 'application/json' };
};

const readAnswer = async (response: Response): Promise<unknown> => {
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  if (type.includes('ndjson')) {
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line): unknown => JSON.parse(line));
  }
  return type.includes('json') ? JSON.parse(text) : text;
};

/** Opens the API of a running stack. */
export const openApi = async (running: RunningServices, apiAddress: string): Promise<Api> => {
  const makeToken = await tokenMaker(running);
  const tokens = new Map<string, Promise<string>>();
  const tokenOf = (caller: Caller): Promise<string> => {
    const name = JSON.stringify(caller);
    const token = tokens.get(name) ?? makeToken(caller);
    tokens.set(name, token);
    return token;
  };
  const callerHeaders: Api['callerHeaders'] = async ({ caller, at }) => ({
    authorization: `Bearer ${await tokenOf(caller)}`,
    'oblio-now': at,
  });
  const fetchAnswer = async ({ method, path, caller, at, body, headers }: ApiCall): Promise<Response> => {
    const sent = bodyOf(body);
    return fetch(`${apiAddress}${path}`, {
      method,
      headers: {
        ...(await callerHeaders({ caller, at })),
        ...(sent.type === undefined ? {} : { 'content-type': sent.type }),
        ...headers,
      },
      ...(sent.body === undefined ? {} : { body: sent.body }),
    });
  };
  const ask = async (call: ApiCall): Promise<ApiAnswer> => {
    const response = await fetchAnswer(call);
    return { status: response.status, body: await readAnswer(response), headers: response.headers };
  };
  return {
    callerHeaders,
    ask,
    download: async (call) => {
      const response = await fetchAnswer(call);
      if (!response.ok) throw new Error(`${call.method} ${call.path} answered ${response.status}`);
      return Buffer.from(await response.arrayBuffer());
    },
    expect: async (schema, call) => {
      const { status, body } = await ask(call);
      if (status >= 400) throw new Error(`${call.method} ${call.path} answered ${status}: ${JSON.stringify(body)}`);
      const parsed = schema.safeParse(body);
      if (!parsed.success) {
        throw new Error(`${call.method} ${call.path} answered in another form: ${z.prettifyError(parsed.error)}`);
      }
      return parsed.data;
    },
  };
};
