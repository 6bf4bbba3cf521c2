/**
 * Hands one message to a recipient's own system: a POST of JSON, signed as a detached JWS (RFC 7515 appendix F, RFC 7797), under a key
 * that is the same for every attempt at the same message. Never follows a redirect, never waits long, reads nothing of the answer but
 * its status.
 */
import { FlattenedSign } from 'jose';
import type { Instant } from '../../domain/time/instant.ts';
import type { WebhookKey } from '../../storage/recipients/recipient-keys.ts';

/** One message as the recipient's system gets it, and its address from the policy. */
export type WebhookMessage = {
  readonly url: string;
  /** JSON. */
  readonly body: string;
  /** The same for every attempt at the same message, so that a recipient can drop a second copy. */
  readonly idempotencyKey: string;
  readonly now: Instant;
};

/** The key that signs, and whether an address without TLS may be used. */
export type WebhookDeps = {
  readonly key: WebhookKey;
  /** Where time travel is allowed, local receivers without TLS may be used. */
  readonly plainHttp: boolean;
};

/** What is known after the attempt. `problem` is a code or a status, never what the recipient answered. */
export type WebhookOutcome =
  | { readonly kind: 'delivered' }
  /** It will never take it like this; staff must look. */
  | { readonly kind: 'refused'; readonly problem: string }
  | { readonly kind: 'not-now'; readonly problem: string };

const timeoutMs = 10_000;

/** Statuses that say "later", beside 5xx: timeout, too early, too many. */
const later = new Set([408, 425, 429]);

/**
 * The signature of a body for one address: header and signature with nothing between them. The protected header says when, for whom
 * and under which key, so that none of it can be exchanged.
 */
const signWebhook = async (
  { keyId, privateKey }: WebhookKey,
  { url, body, idempotencyKey, now }: WebhookMessage,
): Promise<string> => {
  const { protected: header, signature } = await new FlattenedSign(Buffer.from(body, 'utf8'))
    .setProtectedHeader({
      alg: 'EdDSA',
      kid: keyId,
      b64: false,
      crit: ['b64'],
      iat: Math.floor(Date.parse(now) / 1_000),
      jti: idempotencyKey,
      aud: url,
    })
    .sign(privateKey);
  return `${header ?? ''}..${signature}`;
};

/** A code for what went wrong on the way: never what a server said. */
const problemOf = (error: unknown): string => {
  if (error instanceof Error && error.name === 'TimeoutError') return 'timeout';
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'code') : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'unreachable';
};

/** Tries once. Never throws for what another server may do. */
export const deliverWebhook = async (
  { key, plainHttp }: WebhookDeps,
  message: WebhookMessage,
): Promise<WebhookOutcome> => {
  const { protocol } = new URL(message.url);
  if (protocol !== 'https:' && !(plainHttp && protocol === 'http:')) return { kind: 'refused', problem: 'not-https' };
  try {
    const response = await fetch(message.url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'content-type': 'application/json',
        'idempotency-key': message.idempotencyKey,
        'x-jws-signature': await signWebhook(key, message),
        'user-agent': 'Oblio',
      },
      body: message.body,
    });
    await response.body?.cancel();
    const { status } = response;
    if (status >= 200 && status < 300) return { kind: 'delivered' };
    const problem = `http-${status}`;
    return status >= 500 || later.has(status) ? { kind: 'not-now', problem } : { kind: 'refused', problem };
  } catch (error) {
    return { kind: 'not-now', problem: problemOf(error) };
  }
};
