// Command: makes up the passwords and keys of a deployment with docker-compose.yml, once: deploy/.env and deploy/secrets/keys.json (both git-ignored, mode 0600).

import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { projectRoot } from '../process/project.ts';
import { makeKeys } from '../services/secrets.ts';

const passwords = [
  'POSTGRES_PASSWORD',
  'OBLIO_OWNER_PASSWORD',
  'OBLIO_API_PASSWORD',
  'OBLIO_WORKER_PASSWORD',
  'OBLIO_GATE_PASSWORD',
  'TEMPORAL_PASSWORD',
  'S3_ADMIN_SECRET_KEY',
  'S3_API_SECRET_KEY',
  'S3_WORKER_SECRET_KEY',
  'S3_GATE_SECRET_KEY',
];

const folder = resolve(process.argv[2] ?? join(projectRoot, 'deploy'));
const environmentFile = join(folder, '.env');
const keysFile = join(folder, 'secrets', 'keys.json');
const existing = [environmentFile, keysFile].filter((file) => existsSync(file));

if (existing.length > 0) {
  console.error(
    `${existing.join(' and ')} exists already. Databases, store and sealed identifiers know these secrets and no others: keep them, and keep a copy in a safe place.`,
  );
  process.exitCode = 1;
} else {
  // The containers run as the user who sets them up, so that only that user can read the keys; root hands them to an ordinary user.
  const uid = process.getuid?.() || 1000;
  const gid = process.getgid?.() || 1000;
  const lines = [
    '# Made up once for this deployment. Keep a copy in a safe place: without it the data cannot be read.',
    ...passwords.map((name) => `${name}=${randomBytes(24).toString('base64url')}`),
    '',
    '# The user and group the containers run as.',
    `OBLIO_UID=${uid}`,
    `OBLIO_GID=${gid}`,
    '',
    '# To be filled in: the issuer of the tokens with which people and source systems call the API.',
    'OBLIO_TOKEN_ISSUER=',
    'OBLIO_TOKEN_AUDIENCE=oblio-api',
    'OBLIO_JWKS_URL=',
    '',
    '# The mail server; the default is the catcher, which delivers nothing.',
    '# SMTP_URL=smtps://user:password@mail.example.org',
    '# OBLIO_MAIL_FROM=Protezione dati <privacy@example.org>',
    '',
  ];
  mkdirSync(join(folder, 'secrets'), { recursive: true, mode: 0o700 });
  writeFileSync(environmentFile, lines.join('\n'), { mode: 0o600 });
  writeFileSync(keysFile, `${JSON.stringify(makeKeys(), null, 2)}\n`, { mode: 0o600 });
  if (process.getuid?.() === 0) chownSync(keysFile, uid, gid);
  console.log(
    `Written: ${environmentFile} and ${keysFile}.\nFill in OBLIO_TOKEN_ISSUER and OBLIO_JWKS_URL, then: docker compose --env-file ${environmentFile} up -d --build`,
  );
}
