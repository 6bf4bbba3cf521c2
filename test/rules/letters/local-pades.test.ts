/** Letters signed with a certificate file: checked by OpenSSL and veraPDF, which know nothing of the code that signed. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { letterOfPages } from '../../../bench/letter-samples.ts';
import type { Instant } from '../../../domain/time/instant.ts';
import {
  readCertificateFile,
  type SigningIdentity,
  UnusableCertificateFile,
} from '../../../letters/pades/certificate-file.ts';
import { UnreadablePdf } from '../../../letters/pades/pdf-update.ts';
import { signLetter } from '../../../letters/pades/signed-data.ts';
import { collectLetter } from './support/collect-letter.ts';
import { validateWithVeraPdf, whyNoVeraPdf } from './support/verapdf.ts';

const run = promisify(execFile);
const password = 'pässwort €';
const at = '2027-03-01T10:00:00.000Z' as Instant;
const keys = {
  RSA: ['rsa:2048'],
  'P-256': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'P-384': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
} as const;
const noOpenSsl = await run('openssl', ['version']).then(
  () => undefined,
  () => 'OpenSSL is not installed: signatures were not checked.',
);
if (noOpenSsl !== undefined) process.stderr.write(`${noOpenSsl}\n`);

describe.skipIf(noOpenSsl !== undefined)('a letter signed with a certificate file (PAdES-B-B)', () => {
  let folder = '';
  let letter: Buffer = Buffer.alloc(0);
  const inFolder = (name: string): string => join(folder, name);
  const identityOf = async (kind: string): Promise<SigningIdentity> =>
    readCertificateFile(await readFile(inFolder(`${kind}.p12`)), password);
  const signed = async (kind: string): Promise<Buffer> =>
    signLetter(await identityOf(kind), { letter, signer: 'Direzione «Città»', reason: 'Firma della risposta', at });

  /** Takes a signed file apart as any reader would: by its byte range. */
  const verify = async (file: Buffer, kind: string): Promise<string> => {
    const [, ...range] = /\/ByteRange \[(\d+) (\d+) (\d+) (\d+)\s*\]/.exec(file.toString('latin1')) ?? [];
    const [from = -1, first = -1, second = -1, rest = -1] = range.map(Number);
    expect([from, second + rest]).toEqual([0, file.length]);
    const hex = file.toString('latin1', first + 1, second - 1);
    const length = 4 + Number.parseInt(hex.slice(4, 8), 16);
    await writeFile(inFolder('signature.der'), Buffer.from(hex.slice(0, length * 2), 'hex'));
    await writeFile(inFolder('content'), Buffer.concat([file.subarray(0, first), file.subarray(second)]));
    const { stderr } = await run('openssl', [
      ...[
        'cms',
        '-verify',
        '-binary',
        '-inform',
        'DER',
        '-purpose',
        'any',
        '-cades',
        '-CAfile',
        inFolder(`${kind}.pem`),
      ],
      ...['-in', inFolder('signature.der'), '-content', inFolder('content'), '-out', inFolder('verified')],
    ]);
    return stderr;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oblio-pades-'));
    letter = (await collectLetter(letterOfPages(2))).file;
    for (const [kind, [algorithm, ...options]] of Object.entries(keys)) {
      await run('openssl', [
        ...[
          'req',
          '-x509',
          '-newkey',
          algorithm,
          ...options,
          '-nodes',
          '-days',
          '3650',
          '-subj',
          '/C=IT/O=Ente di prova',
        ],
        ...['-keyout', inFolder(`${kind}.key`), '-out', inFolder(`${kind}.pem`)],
      ]);
      await run('openssl', [
        ...[
          'pkcs12',
          '-export',
          '-inkey',
          inFolder(`${kind}.key`),
          '-in',
          inFolder(`${kind}.pem`),
          '-out',
          inFolder(`${kind}.p12`),
        ],
        ...['-passout', `pass:${password}`],
      ]);
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(Object.keys(keys))('is verified by OpenSSL, with the signing certificate bound (%s)', async (kind) => {
    expect(await verify(await signed(kind), kind)).toContain('successful');
  });

  it('begins with the letter as it was registered, byte for byte', async () => {
    const file = await signed('RSA');
    expect(file.subarray(0, letter.length).equals(letter)).toBe(true);
  });

  it('is refused by OpenSSL after any change, before or behind the place of the signature', async () => {
    const file = await signed('RSA');
    for (const position of [10, letter.length - 40, letter.length + 20, file.length - 20]) {
      const changed = Buffer.from(file);
      changed[position] = (changed[position] ?? 0) ^ 1;
      await expect(verify(changed, 'RSA')).rejects.toThrow();
    }
  });

  it('is not verified with the certificate of somebody else', async () => {
    await expect(verify(await signed('RSA'), 'P-256')).rejects.toThrow();
  });

  it('gives the same bytes for the same letter, time and RSA key (I9)', async () => {
    expect((await signed('RSA')).equals(await signed('RSA'))).toBe(true);
  });

  it('is not signed twice, and a file that is no letter is not signed at all', async () => {
    const identity = await identityOf('RSA');
    const how = { signer: 'x', reason: 'y', at };
    await expect(signLetter(identity, { ...how, letter: await signed('RSA') })).rejects.toThrow(UnreadablePdf);
    await expect(signLetter(identity, { ...how, letter: Buffer.from('no PDF') })).rejects.toThrow(UnreadablePdf);
  });

  it('says why a certificate file cannot be used', async () => {
    const file = await readFile(inFolder('RSA.p12'));
    await expect(readCertificateFile(file, 'wrong')).rejects.toThrow(/password is wrong/);
    await expect(readCertificateFile(Buffer.from('no such file'), password)).rejects.toThrow(UnusableCertificateFile);
    await run('openssl', [
      ...[
        'pkcs12',
        '-export',
        '-nokeys',
        '-in',
        inFolder('RSA.pem'),
        '-out',
        inFolder('nokey.p12'),
        '-passout',
        `pass:${password}`,
      ],
    ]);
    await expect(readCertificateFile(await readFile(inFolder('nokey.p12')), password)).rejects.toThrow(
      /no private key/,
    );
  });

  it('still passes veraPDF as PDF/A-3a and PDF/UA-1', async ({ skip }) => {
    const why = await whyNoVeraPdf();
    if (why !== undefined) skip(why);
    const path = inFolder('signed.pdf');
    await writeFile(path, await signed('RSA'));
    const { checked, passed, failures } = await validateWithVeraPdf([path]);
    expect(failures).toEqual([]);
    expect(passed).toBe(checked);
  });
});
