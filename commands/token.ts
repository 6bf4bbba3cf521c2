/**
 * Makes a bearer token of the local development issuer and prints it, nothing else:
 *
 *   npm --silent run token -- --role dpo --controller inps
 *   npm --silent run token -- --role dpo --authorised-for call-recording
 *   npm --silent run token -- --role source --controller inps --class sms --class chat
 *
 * Without --controller it is good for every controller of the policies; without --class a source hands in every class. The issuer's
 * private key is made by `npm start` and lies in the local data folder; a real installation has an issuer of its own.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { importJWK, SignJWT } from 'jose';
import { z } from 'zod';
import { roles } from '../api/access/authentication.ts';
import { loadPolicies } from '../policies/load-policies.ts';
import { dataFolderOf, projectRoot } from '../stack/process/project.ts';

const usage = `Usage: npm --silent run token -- --role <${roles.join('|')}> [--controller <id> ...] [--class <id> ...] [--authorised-for <class> ...] [--actor <opaque id>] [--hours <1-720>]`;

class Misuse extends Error {}

const name = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be a name such as inps or call-recording');
const argumentsSchema = z.strictObject({
  role: z.enum(roles),
  controller: z.array(name).optional(),
  class: z.array(z.union([z.literal('*'), name])).optional(),
  'authorised-for': z.array(name).optional(),
  actor: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:|-]{0,127}$/, 'must be an opaque id of letters, digits and . _ : | -')
    .optional(),
  hours: z.coerce.number().min(1).max(720).default(12),
});

const readArguments = (argv: readonly string[]): z.output<typeof argumentsSchema> => {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        role: { type: 'string' },
        controller: { type: 'string', multiple: true },
        class: { type: 'string', multiple: true },
        'authorised-for': { type: 'string', multiple: true },
        actor: { type: 'string' },
        hours: { type: 'string' },
      },
    });
    return argumentsSchema.parse(values);
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : '';
    throw new Misuse(`${reason}\n${usage}`);
  }
};

const readPrivateKey = async (): Promise<z.output<typeof privateJwk>> => {
  const file =
    process.env.OBLIO_PRIVATE_JWK_FILE ?? join(dataFolderOf(process.env), 'secrets', 'issuer-private-key.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Misuse(`There is no development issuer yet (${file}): npm start makes one.`);
  });
  return privateJwk.parse(JSON.parse(text));
};

const privateJwk = z.looseObject({ kty: z.string(), kid: z.string(), alg: z.literal('ES256') });

const everyController = async (): Promise<readonly string[]> => {
  const folder = process.env.OBLIO_POLICIES ?? join(projectRoot, 'policies');
  return (await loadPolicies({ folder })).map(({ policy }) => policy.controller);
};

const makeToken = async (argv: readonly string[]): Promise<string> => {
  const given = readArguments(argv);
  const jwk = await readPrivateKey();
  const key = await importJWK(jwk, jwk.alg);
  const claims = {
    oblio_role: given.role,
    oblio_controllers: given.controller ?? (await everyController()),
    ...(given.role === 'source' ? { oblio_classes: given.class ?? ['*'] } : {}),
    ...(given['authorised-for'] === undefined ? {} : { oblio_authorised_for: given['authorised-for'] }),
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: jwk.alg, kid: jwk.kid, typ: 'JWT' })
    .setSubject(given.actor ?? `local-${given.role}`)
    .setIssuer(process.env.OBLIO_TOKEN_ISSUER ?? 'https://oblio.local')
    .setAudience(process.env.OBLIO_TOKEN_AUDIENCE ?? 'oblio-api')
    .setIssuedAt()
    .setExpirationTime(`${given.hours}h`)
    .sign(key);
};

try {
  process.stdout.write(`${await makeToken(process.argv.slice(2))}\n`);
} catch (error) {
  if (!(error instanceof Misuse)) throw error;
  process.stderr.write(`${error.message.trim()}\n`);
  process.exitCode = 2;
}
