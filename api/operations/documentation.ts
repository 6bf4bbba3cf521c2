/** `/docs`: Swagger UI out of its package, with nothing from elsewhere: no CDN, no validator badge, no telemetry. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from '@hono/zod-openapi';
import { addRoute } from '../access/add-route.ts';
import type { AddRoutes } from '../http/context.ts';
import { refusal } from '../http/problems.ts';

const packageFolder = join(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'), '..');

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Oblio API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png" sizes="32x32">
</head>
<body>
<div id="documentation"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const start = `window.ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#documentation',
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
  tryItOutEnabled: true,
});
`;

/** The only files served, by their own media types. */
const packaged: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

// The page draws with inline styles and inline images; scripts come from here alone.
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const headers = (mediaType: string) => ({
  'content-type': mediaType,
  'content-security-policy': contentSecurityPolicy,
});

/** The page and its files, open to anyone; the document it shows is `/openapi.json`. */
export const documentationRoutes: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'documentation', {
    summary: 'This documentation as a page',
    answers: { 200: { description: 'HTML', content: { 'text/html': { schema: z.string() } } } },
  })((c) => c.body(page, 200, headers('text/html; charset=utf-8')));
  addRoute(app, deps, 'documentationFile', {
    hide: true,
    params: z.object({ file: z.string() }),
    answers: { 200: { description: 'A file of the page', content: { 'text/css': { schema: z.string() } } } },
  })(async (c) => {
    const { file } = c.req.valid('param');
    if (file === 'start.js') return c.body(start, 200, headers('text/javascript; charset=utf-8'));
    const mediaType = Object.hasOwn(packaged, file) ? packaged[file] : undefined;
    if (mediaType === undefined) throw refusal('route-unknown', { detail: 'The documentation has no such file.' });
    return c.body(new Uint8Array(await readFile(join(packageFolder, file))), 200, headers(mediaType));
  });
};
