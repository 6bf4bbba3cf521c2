// Uploads as a lean source makes them: plain HTTP over connections that stay open, like the floor's own. `fetch` would copy each body
// twice and cost more than the rest of the client.

import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';

/** Connections to the API that stay open over all uploads. */
export type Uploads = {
  /** Sends a body with its length and digest; throws if it does not count as stored. */
  readonly put: (path: string, body: Buffer, headers: Readonly<Record<string, string>>) => Promise<void>;
  readonly close: () => void;
};

/** Opens up to so many connections to an API. */
export const openUploads = (address: string, connections: number): Uploads => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    put: (path, body, headers) =>
      new Promise((resolve, reject) => {
        const digest = createHash('sha256').update(body).digest('base64');
        const sent = { ...headers, 'content-length': body.length, 'content-digest': `sha-256=:${digest}:` };
        const outgoing = request(`${address}${path}`, { method: 'PUT', agent, headers: sent }, (answer) => {
          const { statusCode } = answer;
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => {
            text += chunk;
          });
          answer.on('error', reject);
          answer.on('end', () =>
            statusCode === 201 ? resolve() : reject(new Error(`PUT ${path} answered ${statusCode}: ${text}`)),
          );
        });
        outgoing.on('error', reject);
        outgoing.end(body);
      }),
    close: () => agent.destroy(),
  };
};
