/**
 * A recipient's own system: a real HTTP server that checks the signature of what it is sent, remembers it, and behaves as the test
 * says.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { flattenedVerify, importJWK, type JWK } from 'jose';

/** What the server does with the next messages; the last stays. */
export type Behaviour = 'take' | 'busy' | 'refuse' | 'redirect' | 'hang-up' | 'never-answer';

export type ReceivedMessage = {
  readonly idempotencyKey: string;
  readonly url: string;
  readonly contentType: string;
  /** The bytes as they came, and as JSON. */
  readonly raw: string;
  readonly body: Record<string, unknown>;
  /** The protected header of the signature, if it verifies. */
  readonly signed: Record<string, unknown> | undefined;
};

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
};

const verified = async (signature: string, body: Buffer, key: JWK): Promise<Record<string, unknown> | undefined> => {
  const [header = '', between, sealed = ''] = signature.split('.');
  if (between !== '') return undefined;
  try {
    const result = await flattenedVerify(
      { protected: header, signature: sealed, payload: body },
      await importJWK(key, 'EdDSA'),
    );
    return { ...result.protectedHeader };
  } catch {
    return undefined;
  }
};

/** Starts it on 127.0.0.1; `key` is the public key that the API serves. */
export const startReceiver = async (key: JWK) => {
  let behaviours: Behaviour[] = ['take'];
  const received: ReceivedMessage[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const behaviour = behaviours[0] ?? 'take';
      if (behaviours.length > 1) behaviours.shift();
      const raw = await bodyOf(request);
      received.push({
        idempotencyKey: String(request.headers['idempotency-key']),
        url: request.url ?? '',
        contentType: String(request.headers['content-type']),
        raw: raw.toString('utf8'),
        body: JSON.parse(raw.toString('utf8')) as Record<string, unknown>,
        signed: await verified(String(request.headers['x-jws-signature']), raw, key),
      });
      switch (behaviour) {
        case 'take':
          return response.writeHead(202).end('taken');
        case 'busy':
          return response.writeHead(503).end('Planted-Marker: not now');
        case 'refuse':
          return response.writeHead(404).end('Planted-Marker: no such thing');
        case 'redirect':
          return response.writeHead(307, { location: '/elsewhere' }).end();
        case 'hang-up':
          return request.socket.destroy();
        case 'never-answer':
          return undefined;
      }
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/notifications`,
    received,
    behave: (...next: readonly Behaviour[]): void => {
      behaviours = [...next];
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;
