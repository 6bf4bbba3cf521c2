/** What the routes of letters' files take and answer, as the OpenAPI document shows it. */
import { z } from '@hono/zod-openapi';

/** A letter with a thousand pages is well below; base64 and a provider's envelope included. */
export const largestLetterFile = 64 * 1024 * 1024;

/**
 * A file of a letter as staff see it: `size` in bytes, `sha256` in hexadecimal, `detail` the kind of receipt or the
 * format of the signature.
 */
export const letterFileSchema = z.object({
  form: z.enum(['rendered', 'signed', 'receipt']),
  detail: z.string().optional(),
  mediaType: z.string(),
  size: z.int(),
  sha256: z.string(),
});
