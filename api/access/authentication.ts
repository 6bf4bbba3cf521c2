/**
 * Who is calling: a bearer JWT (RFC 6750, 9068 in spirit) verified against the issuer's published keys. Algorithms are pinned to
 * asymmetric ones, issuer and audience are checked, and what the claims say is checked like any other input.
 */
import { readFile } from 'node:fs/promises';
import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import { epochMs, type Instant } from '../../domain/time/instant.ts';
import { refusal } from '../http/problems.ts';

/** What callers can be. One token, one role: a person with two roles uses two tokens, and the audit trail says which. */
export const roles = ['source', 'dpo', 'officer', 'legal', 'operator', 'auditor'] as const;

/** The one role a token carries (`oblio_role`); what each may call is in `route-access.ts`. */
export type Role = (typeof roles)[number];

/** A verified caller. */
export type Caller = {
  /** The audit trail's actor: opaque, so that no person's name or address gets into it. */
  readonly actor: string;
  readonly role: Role;
  readonly controllers: readonly string[];
  /** For sources: the record classes they hand in; `*` for all. */
  readonly classes: readonly string[];
  /** Classes with access on reasoned request that this person is specifically authorised for (INPS notice, call recording). */
  readonly authorisedFor: readonly string[];
};

/** Turns an `Authorization` header into the caller, or throws a refusal (401; 503 where the issuer's keys cannot be had). */
export type Authenticate = (authorization: string | undefined) => Promise<Caller>;

const algorithms = ['ES256', 'EdDSA', 'RS256', 'PS256'];
const clockToleranceSeconds = 5;

const names = z.array(z.string().regex(/^(\*|[a-z][a-z0-9-]{0,63})$/)).max(200);
const claims = z.object({
  // No '@', no spaces: an issuer that puts addresses into `sub` is refused before one reaches the audit trail.
  sub: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:|-]{0,127}$/),
  oblio_role: z.enum(roles),
  oblio_controllers: names,
  oblio_classes: names.default([]),
  oblio_authorised_for: names.default([]),
});

/** Where the issuer's public keys are. */
export type KeySource = { readonly kind: 'url'; readonly url: URL } | { readonly kind: 'file'; readonly path: string };

/** Reads the issuer's keys: at once from a file, when first needed and then cached from an address. */
export const issuerKeys = async (source: KeySource): Promise<JWTVerifyGetKey> => {
  if (source.kind === 'url') return createRemoteJWKSet(source.url, { timeoutDuration: 5_000, cooldownDuration: 5_000 });
  const parsed = z
    .object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) })
    .parse(JSON.parse(await readFile(source.path, 'utf8')));
  return createLocalJWKSet(parsed);
};

const challenge = (error: string): Record<string, string> => ({
  'www-authenticate': error === '' ? 'Bearer' : `Bearer error="${error}"`,
});

const invalid = (detail: string) => refusal('token-invalid', { detail, headers: challenge('invalid_token') });

const asRefusal = (error: unknown): unknown => {
  if (error instanceof errors.JWTExpired) {
    return refusal('token-expired', {
      detail: 'The token is past its expiry; fetch a new one.',
      headers: challenge('invalid_token'),
    });
  }
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return issuerAway();
  if (error instanceof errors.JWTClaimValidationFailed) {
    return invalid(`The token's claim ${error.claim} is missing or not the one expected here.`);
  }
  if (error instanceof errors.JWKSNoMatchingKey)
    return invalid('The issuer has published no key that signed this token.');
  if (error instanceof errors.JOSEAlgNotAllowed)
    return invalid('The token is signed with an algorithm not accepted here.');
  // jose reports a key set that cannot be fetched with its plain base error, or with what fetch threw.
  if (error instanceof TypeError || (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC')) {
    return issuerAway();
  }
  if (error instanceof errors.JOSEError) return invalid('The token is not a signed JWT of the issuer.');
  return error;
};

const issuerAway = () =>
  refusal('issuer-unavailable', {
    detail: 'The published keys of the token issuer cannot be read just now; try again.',
    headers: { 'retry-after': '5' },
  });

/** Whose tokens are believed: the issuer, the audience they must be meant for, and the keys that verify them. */
export type AuthenticationInput = {
  readonly keys: JWTVerifyGetKey;
  readonly issuer: string;
  readonly audience: string;
  /** The real time, for expiry; never the time a caller travelled to. */
  readonly clock: () => Instant;
};

/** Makes the verifier. */
export const createAuthenticate =
  ({ keys, issuer, audience, clock }: AuthenticationInput): Authenticate =>
  async (authorization) => {
    const token = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) {
      throw refusal('token-missing', {
        detail: 'Send the header Authorization: Bearer <token>.',
        headers: challenge(''),
      });
    }
    const verified = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms,
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['sub', 'exp'],
      currentDate: new Date(epochMs(clock())),
    }).catch((error: unknown) => {
      throw asRefusal(error);
    });
    const parsed = claims.safeParse(verified.payload);
    if (!parsed.success) {
      const claim = parsed.error.issues.map((issue) => issue.path[0]).join(', ');
      throw invalid(`These claims of the token are missing or not what Oblio expects: ${claim}.`);
    }
    const { sub, oblio_role, oblio_controllers, oblio_classes, oblio_authorised_for } = parsed.data;
    return {
      actor: sub,
      role: oblio_role,
      controllers: oblio_controllers,
      classes: oblio_classes,
      authorisedFor: oblio_authorised_for,
    };
  };
