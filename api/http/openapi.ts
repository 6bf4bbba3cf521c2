/** `/openapi.json`: the API as an OpenAPI 3.1 document, made from the same definitions as the routes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { ApiEnv } from './context.ts';

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')));

/** The document of an app whose routes are all registered. */
export const openApiDocument = (app: OpenAPIHono<ApiEnv>) => {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'Claims: sub (opaque id of the caller), oblio_role, oblio_controllers, for sources oblio_classes, for persons authorised for confidential classes oblio_authorised_for. On a local stack: `npm --silent run token -- --role dpo`',
  });
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Oblio',
      version,
      description:
        'Erases every record when its time is up and answers every rights request in time, completely and with proof. Errors are problem details (RFC 9457): act on `code`, show `detail` and `errors` to people.',
      license: { name: 'EUPL-1.2', url: 'https://eupl.eu/1.2/en/' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'Records', description: 'What sources hand in, and what became of it' },
      { name: 'Objects', description: 'Audio and other files of records' },
      { name: 'Certificates', description: 'Proof of erasure' },
      { name: 'Units', description: 'Records that fall due together, and their workflow' },
      { name: 'Sweeps', description: 'The daily comparison of what should be with what is' },
      { name: 'Holds', description: 'Litigation holds and legal duties to keep: place, review, release by two' },
      { name: 'Opt-outs', description: 'What people refused to receive: asked before something is sent' },
      { name: 'Policies', description: 'The notices as data' },
      { name: 'Operations', description: 'Health and metrics' },
      { name: 'Documentation', description: 'This document' },
    ],
  });
};
