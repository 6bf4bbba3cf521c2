/**
 * What a recipient can check and what it answers with: the key that signs webhooks (Ed25519, its public half served by the API), and
 * the one-use code by which a recipient acknowledges. Both follow from the installation's keys, so that worker and API agree.
 */
import { createHmac, createPrivateKey, createPublicKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Sealing } from '../sealing/sealing.ts';

/** Grows when the signing key is replaced; recipients find the key by it. */
const signingKeyId = 'recipients-1';

// RFC 8410: how a bare Ed25519 seed is wrapped as a private key.
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The key that signs what recipients are sent; never leaves the process. */
export type WebhookKey = { readonly keyId: string; readonly privateKey: KeyObject };

/** The key with which webhooks are signed. */
export const webhookKey = (sealing: Sealing): WebhookKey => ({
  keyId: signingKeyId,
  privateKey: createPrivateKey({
    key: Buffer.concat([pkcs8Head, sealing.derivedSecret(`webhook-signing/${signingKeyId}`)]),
    format: 'der',
    type: 'pkcs8',
  }),
});

/** Its public half as a JWK (RFC 8037), as the API serves it. */
export type PublicWebhookKey = {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'EdDSA';
};

/** Its public half as a JWK (RFC 7517, 8037). */
export const publicWebhookKey = (sealing: Sealing): PublicWebhookKey => {
  const { keyId, privateKey } = webhookKey(sealing);
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return { kty: 'OKP', crv: 'Ed25519', x, kid: keyId, use: 'sig', alg: 'EdDSA' };
};

/** The code by which the recipient of one notification acknowledges it. */
export const acknowledgementCode = (sealing: Sealing, notificationId: string): string =>
  createHmac('sha256', sealing.derivedSecret('recipient-acknowledgement')).update(notificationId).digest('base64url');

/** Whether a code is that of the notification. */
export const isAcknowledgementCode = (sealing: Sealing, notificationId: string, code: string): boolean => {
  const [expected, given] = [Buffer.from(acknowledgementCode(sealing, notificationId)), Buffer.from(code)];
  return expected.length === given.length && timingSafeEqual(expected, given);
};
