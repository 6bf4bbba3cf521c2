/**
 * Where a recipient says that it has taken note (Art. 19): a page for people, a call for machines. The address names the notification by
 * its random id; the code that proves who answers is in the message and in the body, never in an address. Nothing of a person is shown.
 */
import { z } from '@hono/zod-openapi';
import { isAcknowledgementCode, publicWebhookKey } from '../../storage/recipients/recipient-keys.ts';
import { acknowledge } from '../../storage/recipients/record-outcome.ts';
import { addRoute } from '../access/add-route.ts';
import { json } from '../http/answers.ts';
import { mediaTypeOf, readBody } from '../http/bodies.ts';
import type { AddRoutes, ApiContext } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { idParameter } from '../http/schemas.ts';

const parameters = z.object({ notificationId: idParameter });

const ackBody = z.strictObject({ code: z.string().min(1).max(200) }).openapi('Acknowledgement');

const largestBody = 4 * 1024;

const htmlPage = (content: string): string => `<!doctype html>
<html lang="it">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Conferma di ricezione</title>
</head>
<body>
<main>
<h1>Conferma di ricezione</h1>
${content}
</main>
</body>
</html>
`;

const form =
  htmlPage(`<p>Inserite il codice riportato nella comunicazione ricevuta (art. 19 del Regolamento (UE) 2016/679).</p>
<form method="post">
<p><label for="code">Codice</label> <input id="code" name="code" required maxlength="200" autocomplete="off"></p>
<p><button type="submit">Confermo</button></p>
</form>`);

const thanks = htmlPage('<p>La conferma è stata registrata. Grazie.</p>');

const headers = {
  'content-type': 'text/html; charset=utf-8',
  // The page sends its one form to itself and loads nothing.
  'content-security-policy': "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
};

const isForm = (c: ApiContext): boolean => mediaTypeOf(c) === 'application/x-www-form-urlencoded';

const codeInForm = async (c: ApiContext): Promise<string> =>
  (new URLSearchParams((await readBody(c, largestBody)).toString('utf8')).get('code') ?? '').trim();

const keySchema = z.object({
  keys: z.array(
    z.object({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      x: z.string(),
      kid: z.string(),
      use: z.literal('sig'),
      alg: z.literal('EdDSA'),
    }),
  ),
});

/** Open to anyone: a wrong code answers 404 like an unknown id. The public key lets a recipient check that a webhook came from here. */
export const acknowledgementRoutes: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'acknowledgementPage', {
    summary: 'A page on which a recipient enters the code of its notification',
    description: 'The same for every id, whether or not there is such a notification. Opening it changes nothing.',
    params: parameters,
    answers: { 200: { description: 'HTML', content: { 'text/html': { schema: z.string() } } } },
  })((c) => c.body(form, 200, headers));
  addRoute(app, deps, 'acknowledge', {
    summary: 'A recipient acknowledges a notification',
    description: 'With the code from the notification. JSON, or the form of the page. The code serves once.',
    params: parameters,
    json: { name: 'Acknowledgement', schema: ackBody, limit: largestBody, code: 'invalid-command' },
    answers: {
      200: {
        description: 'On file',
        content: {
          'application/json': { schema: z.object({ acknowledged: z.literal(true) }) },
          'text/html': { schema: z.string() },
        },
      },
    },
    problems: ['acknowledgement-unknown', 'acknowledgement-used'],
  })(async (c, readAcknowledgement) => {
    const { notificationId } = c.req.valid('param');
    const code = isForm(c) ? await codeInForm(c) : (await readAcknowledgement()).code;
    const result = isAcknowledgementCode(deps.sealing, notificationId, code)
      ? await acknowledge(deps.database, { notificationId, now: c.get('now') })
      : 'unknown';
    if (result === 'unknown') {
      throw refusal('acknowledgement-unknown', { detail: 'Check the code in the notification that you received.' });
    }
    if (result === 'acknowledged-before') {
      throw refusal('acknowledgement-used', { detail: 'It is on file since then; nothing more is needed.' });
    }
    return isForm(c) ? c.body(thanks, 200, headers) : c.json({ acknowledged: true as const }, 200);
  });
  addRoute(app, deps, 'webhookKeys', {
    summary: 'The public key that signs webhooks to recipients',
    description:
      "A webhook carries `X-JWS-Signature`: a detached JWS (RFC 7515 appendix F, RFC 7797) over the body's bytes. Its protected header names the key, the address (`aud`), the time (`iat`) and the idempotency key (`jti`).",
    answers: { 200: json('A JWK set', keySchema) },
  })((c) => c.json({ keys: [publicWebhookKey(deps.sealing)] }, 200));
};
