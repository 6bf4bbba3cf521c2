/**
 * The app behind a port. Requests that are no HTTP, have a host that is none, or headers without end never reach the app: they are
 * answered here, as problems too. Time-outs: headers and idle connections are bounded, bodies are not, since a recording or a
 * stream of records may take as long as it moves.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type Server, STATUS_CODES } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Logger } from 'pino';
import { describeError } from '../../storage/database/describe-error.ts';
import { type ProblemCode, problem, problemResponse } from './problems.ts';

const headerLimitBytes = 16 * 1024;
const headersWithinMs = 15_000;
const idleForMs = 120_000;

type Fetch = Parameters<typeof getRequestListener>[0];

const clientErrors: Readonly<Record<string, { readonly code: ProblemCode; readonly detail: string }>> = {
  HPE_HEADER_OVERFLOW: {
    code: 'headers-too-large',
    detail: `Headers may have at most ${headerLimitBytes} bytes together.`,
  },
};

/** Makes the server; the caller listens and closes. */
export const createHttpServer = ({ fetch, logger }: { readonly fetch: Fetch; readonly logger: Logger }): Server => {
  const listener = getRequestListener(fetch, {
    // The app answers whatever happens inside of it; what comes here was refused before it.
    errorHandler: (error) => {
      const requestId = randomUUID();
      logger.warn({ requestId, error: describeError(error) }, 'a request could not be read');
      return problemResponse(
        { problem: problem('malformed-request', { detail: 'The host or the address of the request is not valid.' }) },
        requestId,
      );
    },
  });
  const server = createServer(
    {
      maxHeaderSize: headerLimitBytes,
      headersTimeout: headersWithinMs,
      requestTimeout: 0,
      keepAliveTimeout: 10_000,
      connectionsCheckingInterval: 5_000,
    },
    (incoming, outgoing) => {
      void listener(incoming, outgoing);
    },
  );
  server.setTimeout(idleForMs);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const known = clientErrors[error.code ?? ''] ?? {
      code: 'malformed-request',
      detail: 'The request is not valid HTTP.',
    };
    const requestId = randomUUID();
    const { status, ...members } = problem(known.code, { detail: known.detail });
    const body = JSON.stringify({ ...members, status, instance: `urn:uuid:${requestId}` });
    logger.warn({ requestId, status, code: error.code }, 'a request could not be read');
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  });
  return server;
};
