/** What the routes of letters' files take and answer, as the OpenAPI document shows it. */
import { z } from '@hono/zod-openapi';

/** A letter with a thousand pages is well below; base64 and a provider's envelope included. */
export const largestLetterFile = 64 * 1024 * 1024;

export const pdfContent = { 'application/pdf': { schema: { type: 'string', format: 'binary' } } } as const;
export const anyBody = { schema: { type: 'string', format: 'binary' } } as const;

export const letterFileSchema = z.object({
  form: z.enum(['rendered', 'signed', 'receipt']),
  detail: z.string().optional(),
  mediaType: z.string(),
  size: z.int(),
  sha256: z.string(),
});
