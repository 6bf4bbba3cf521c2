/** A message to another body's system leaves by TLS only; nothing is asked of an address that could be read on its way (Art. 32). */
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, expect, it, vi } from 'vitest';
import { deliverWebhook } from '../../activities/notification/deliver-webhook.ts';
import { instant } from '../../domain/time/instant.ts';

const key = { keyId: 'test', privateKey: generateKeyPairSync('ed25519').privateKey };
const message = { body: '{}', idempotencyKey: 'one.0', now: instant('2027-03-05T09:30:00Z') };

afterEach(() => vi.unstubAllGlobals());

it('is refused to an address without TLS, before anything leaves', async () => {
  const asked = vi.fn();
  vi.stubGlobal('fetch', asked);
  for (const url of ['http://recipient.example.it/hook', 'ftp://recipient.example.it/hook']) {
    expect(await deliverWebhook({ key, plainHttp: false }, { ...message, url })).toEqual({
      kind: 'refused',
      problem: 'not-https',
    });
  }
  expect(asked).not.toHaveBeenCalled();
});
