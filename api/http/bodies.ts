/** Reads request bodies with a limit: too long, not UTF-8 and not JSON are three different answers. */
import type { z } from '@hono/zod-openapi';
import type { ApiContext } from './context.ts';
import { schemaFaults } from './field-faults.ts';
import { type ProblemCode, refusal } from './problems.ts';

// The header `Content-Digest` (RFC 9530): what a body is announced to be, and what an answer is.

const digestBytes = 32;

/** The SHA-256 of a `Content-Digest` header; `undefined` if it has none that is well formed. Other algorithms beside it are ignored. */
export const parseContentDigest = (header: string | undefined): Buffer | undefined => {
  for (const member of (header ?? '').split(',')) {
    const encoded = /^\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*$/.exec(member)?.[1];
    const digest = encoded === undefined ? undefined : Buffer.from(encoded, 'base64');
    if (digest?.length === digestBytes) return digest;
  }
  return undefined;
};

/** Writes the header. */
export const contentDigest = (sha256: Buffer): string => `sha-256=:${sha256.toString('base64')}:`;

/** The media type of a `Content-Type` header, without its parameters. */
export const mediaTypeOf = (c: ApiContext): string =>
  (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** The refusal for a body whose sender hung up before its end. */
export const uploadBrokenOff = () =>
  refusal('upload-broken-off', { detail: 'The connection ended before the body did.' });

/** The body as a stream of bytes; empty if there is none. A caller who hangs up ends it with a refusal, not with a fault of ours. */
export async function* bodyBytes(c: ApiContext): AsyncGenerator<Uint8Array> {
  const { body } = c.req.raw;
  if (body === null) return;
  const reader = body.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((): never => {
        ended = true;
        throw uploadBrokenOff();
      });
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined);
  }
}

const tooLarge = (limit: number) => refusal('body-too-large', { detail: `The body may have at most ${limit} bytes.` });

const bodyWithinMs = 60_000;

/** The whole body, refused as soon as it is longer than allowed, or takes longer than a minute. */
export const readBody = async (c: ApiContext, limit: number): Promise<Buffer> => {
  if (Number(c.req.header('content-length') ?? 0) > limit) throw tooLarge(limit);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reading = (async () => {
    for await (const chunk of bodyBytes(c)) {
      size += chunk.length;
      if (size > limit) throw tooLarge(limit);
      chunks.push(chunk);
    }
  })();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(refusal('body-too-slow', { detail: `Send the body within ${bodyWithinMs / 1_000} seconds.` })),
      bodyWithinMs,
    );
  });
  // A body given up is still being read until its connection ends; its outcome no longer matters.
  reading.catch(() => undefined);
  await Promise.race([reading, late]).finally(() => clearTimeout(timer));
  return Buffer.concat(chunks, size);
};

const decoder = new TextDecoder('utf-8', { fatal: true });

/** JSON from bytes, or why it is none. */
export const parseJson = (
  bytes: Uint8Array,
): { readonly value: unknown } | { readonly code: 'invalid-encoding' | 'malformed-json' } => {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return { code: 'invalid-encoding' };
  }
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    // The parser's message quotes what it read.
    return { code: 'malformed-json' };
  }
};

/** The form of a body and the most bytes it may have; `limit` holds before anything is parsed. */
export type ReadJsonInput<Schema extends z.ZodType> = {
  readonly schema: Schema;
  readonly limit: number;
  /** The problem for a body of another form. */
  readonly code: ProblemCode;
};

/** A JSON body in the form of its schema, or a refusal that names the fields. */
export const readJson = async <Schema extends z.ZodType>(
  c: ApiContext,
  { schema, limit, code }: ReadJsonInput<Schema>,
): Promise<z.output<Schema>> => {
  if (!/^application\/(json|[a-z0-9.-]+\+json)$/.test(mediaTypeOf(c))) {
    throw refusal('media-type-unsupported', { detail: 'Send the body as application/json.' });
  }
  const parsed = parseJson(await readBody(c, limit));
  if ('code' in parsed) {
    throw refusal(parsed.code, {
      detail:
        parsed.code === 'malformed-json' ? 'The body cannot be parsed as JSON.' : 'The body is not encoded in UTF-8.',
    });
  }
  const checked = schema.safeParse(parsed.value);
  if (!checked.success) {
    throw refusal(code, { detail: 'Some fields are not as described.', errors: schemaFaults(checked.error) });
  }
  return checked.data;
};
