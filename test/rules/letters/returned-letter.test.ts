/** Letters signed elsewhere and handed back: the same document is taken, anything else refused with its reason. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { letterOfPages } from '../../../bench/letter-samples.ts';
import { instant } from '../../../domain/time/instant.ts';
import { readCertificateFile, type SigningIdentity } from '../../../letters/pades/certificate-file.ts';
import { appendObjects } from '../../../letters/pades/pdf-update.ts';
import { fillSignature, prepareSignature, signedBytes } from '../../../letters/pades/signature-field.ts';
import { signDetached, signLetter } from '../../../letters/pades/signed-data.ts';
import { checkReturnedFile } from '../../../letters/signature/returned-file.ts';
import { collectLetter } from './support/collect-letter.ts';

const run = promisify(execFile);
const noOpenSsl = await run('openssl', ['version']).then(
  () => undefined,
  () => 'OpenSSL is not installed: signed letters were not taken back.',
);
if (noOpenSsl !== undefined) process.stderr.write(`${noOpenSsl}\n`);

const at = instant('2027-03-01T10:00:00Z');
const signer = { signer: 'Direzione', reason: 'Firma', at };
const refused = (fault: string) => ({ kind: 'refused', fault });

describe.skipIf(noOpenSsl !== undefined)('a letter that is handed back', () => {
  let folder = '';
  let letter: Buffer = Buffer.alloc(0);
  let identity: SigningIdentity;
  const inFolder = (name: string): string => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oblio-returned-'));
    letter = (await collectLetter(letterOfPages(2))).file;
    const subject = ['-subj', '/CN=Signer', '-days', '30', '-nodes'];
    await run('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      ...subject,
      '-keyout',
      inFolder('key.pem'),
      '-out',
      inFolder('certificate.pem'),
    ]);
    await run('openssl', [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-subj',
        '/CN=Other',
        '-days',
        '30',
        '-nodes',
      ],
      ...['-keyout', inFolder('other.key'), '-out', inFolder('other.pem')],
    ]);
    await run('openssl', [
      'pkcs12',
      '-export',
      '-inkey',
      inFolder('key.pem'),
      '-in',
      inFolder('certificate.pem'),
      '-passout',
      'pass:secret',
      '-out',
      inFolder('signer.p12'),
    ]);
    identity = await readCertificateFile(await readFile(inFolder('signer.p12')), 'secret');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const cades = async (content: Buffer, form: 'DER' | 'PEM', ...options: string[]): Promise<Buffer> => {
    await writeFile(inFolder('content.pdf'), content);
    await run('openssl', [
      'cms',
      '-sign',
      '-binary',
      '-in',
      inFolder('content.pdf'),
      '-signer',
      inFolder('certificate.pem'),
      '-inkey',
      inFolder('key.pem'),
      '-outform',
      form,
      '-out',
      inFolder('signed.p7m'),
      ...options,
    ]);
    return readFile(inFolder('signed.p7m'));
  };

  /** Signs the letter with something more in the update than a signature. */
  const signedWith = async (more: Buffer): Promise<Buffer> => {
    const prepared = prepareSignature(letter, signer);
    const file = Buffer.concat([letter, more, prepared.file.subarray(letter.length)]);
    const [start, end] = [prepared.gap[0] + more.length, prepared.gap[1] + more.length];
    const range = /\/ByteRange \[[^\]]*\] */.exec(file.toString('latin1', letter.length));
    if (range === null) throw new Error('no byte range');
    const value = `/ByteRange [0 ${start} ${end} ${file.length - end}]`;
    file.write(value.padEnd(range[0].length), letter.length + range.index, 'latin1');
    const moved = { file, gap: [start, end] as const };
    return fillSignature(moved, await signDetached(signedBytes(moved), identity));
  };

  it('is taken with a PAdES signature, of which it is the beginning', async () => {
    const signed = await signLetter(identity, { letter, ...signer });
    expect(await checkReturnedFile(letter, signed)).toEqual({
      kind: 'same',
      format: 'pades',
      mediaType: 'application/pdf',
      // The level PAdES-B-B has its time in the PDF, not in the signature.
      signers: [{ subject: 'CN=Signer' }],
    });
  });

  it.each(['DER', 'PEM'] as const)('is taken in a CAdES envelope (%s), whole or streamed', async (form) => {
    const signers = [{ subject: 'CN=Signer', claimedTime: expect.stringMatching(/^20\d\d-.*Z$/) }];
    const same = { kind: 'same', format: 'cades', mediaType: 'application/pkcs7-mime', signers };
    expect(await checkReturnedFile(letter, await cades(letter, form, '-nodetach'))).toEqual(same);
    // Indefinite lengths and a content in pieces, as signing services write it.
    expect(await checkReturnedFile(letter, await cades(letter, form, '-nodetach', '-stream'))).toEqual(same);
  });

  it('is taken with the signatures of several people, all of which must hold', async () => {
    const also = ['-signer', inFolder('other.pem'), '-inkey', inFolder('other.key')];
    const both = await cades(letter, 'DER', '-nodetach', ...also);
    const checked = await checkReturnedFile(letter, both);
    expect(checked.kind === 'same' ? checked.signers.map(({ subject }) => subject).toSorted() : checked).toEqual([
      'CN=Other',
      'CN=Signer',
    ]);
    const broken = Buffer.from(both);
    broken.writeUInt8((broken.at(-1) ?? 0) ^ 1, broken.length - 1);
    expect(await checkReturnedFile(letter, broken)).toEqual(refused('signature-broken'));
  });

  it('is refused as it was handed out, without a signature', async () => {
    expect(await checkReturnedFile(letter, letter)).toEqual(refused('not-signed'));
    expect(await checkReturnedFile(letter, appendObjects(letter, [{ object: 9_999, body: '<< >>' }]))).toEqual(
      refused('not-signed'),
    );
    expect(await checkReturnedFile(letter, await cades(letter, 'DER'))).toEqual(refused('not-signed'));
    for (const nothing of ['', 'firmato', '%PDF-', '0\u0082', '{}']) {
      const { kind } = await checkReturnedFile(letter, Buffer.from(nothing, 'latin1'));
      expect(kind).toBe('refused');
    }
  });

  it('is refused when another letter was signed', async () => {
    const other = (await collectLetter(letterOfPages(3))).file;
    expect(await checkReturnedFile(letter, await signLetter(identity, { letter: other, ...signer }))).toEqual(
      refused('other-document'),
    );
    expect(await checkReturnedFile(letter, await cades(other, 'DER', '-nodetach'))).toEqual(refused('other-document'));
    const flipped = await signLetter(identity, { letter, ...signer });
    flipped.writeUInt8((flipped[letter.length >> 1] ?? 0) ^ 1, letter.length >> 1);
    expect(await checkReturnedFile(letter, flipped)).toEqual(refused('other-document'));
  });

  it('is refused when something was added after the signature', async () => {
    const signed = await signLetter(identity, { letter, ...signer });
    expect(await checkReturnedFile(letter, Buffer.concat([signed, Buffer.from('\n% more\n')]))).toEqual(
      refused('not-covered'),
    );
  });

  it('is refused when the signature is not one of these bytes', async () => {
    const signed = await signLetter(identity, { letter, ...signer });
    const reason = signed.lastIndexOf('/Reason');
    signed.write('/reason', reason, 'latin1');
    expect(await checkReturnedFile(letter, signed)).toEqual(refused('signature-broken'));
  });

  it('is refused when an update shows something else, although it is signed', async () => {
    const source = letter.toString('latin1');
    const [, page = ''] = /(\d+) 0 obj\s*<<\s*\/Type \/Page\b/.exec(source) ?? [];
    const [, stream = ''] = /\/Contents (\d+) 0 R/.exec(source) ?? [];
    expect(page).not.toBe('');
    const changes = [
      `\n${stream} 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\n`,
      `\n${page} 0 obj\n<< /Type /Page /Contents 9999 0 R >>\nendobj\n`,
      '\n9999 0 obj\n<< /S /JavaScript /JS (app.alert(1)) >>\nendobj\n',
    ];
    for (const change of changes) {
      expect(await checkReturnedFile(letter, await signedWith(Buffer.from(change)))).toEqual(
        refused('content-changed'),
      );
    }
    const hidden = '\n9999 0 obj\n<< /Type /ObjStm /Length 0 >>\nstream\n\nendstream\nendobj\n';
    expect(await checkReturnedFile(letter, await signedWith(Buffer.from(hidden)))).toEqual(
      refused('cannot-be-checked'),
    );
    // The same way of signing with nothing else in it is taken: what was refused was the change.
    expect(await checkReturnedFile(letter, await signedWith(Buffer.alloc(0)))).toMatchObject({ kind: 'same' });
  });
});
