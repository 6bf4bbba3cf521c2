/** Letters signed on the way out: by the worker with a certificate file, or elsewhere and handed back; over API, worker and mail. */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instant } from '../../domain/time/instant.ts';
import { readCertificateFile } from '../../letters/pades/certificate-file.ts';
import { signLetter } from '../../letters/pades/signed-data.ts';
import { registeredHash } from '../../storage/letters/files.ts';
import { mailsTo } from '../support/requests/mails.ts';
import { createRightsWorld, type RightsWorld } from '../support/requests/rights-world.ts';
import { message, Story, signatory } from '../support/requests/story.ts';
import { startWorker } from '../support/temporal.ts';

const run = promisify(execFile);
const noOpenSsl = await run('openssl', ['version']).then(
  () => undefined,
  () => 'OpenSSL is not installed: letters were not signed.',
);
if (noOpenSsl !== undefined) process.stderr.write(`${noOpenSsl}\n`);

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const password = 'segreta €';

type Letter = { letterId: string; state: string; dispatch?: { state: string; why?: string } };

describe.skipIf(noOpenSsl !== undefined)('letters that are signed', () => {
  let folder = '';
  const inFolder = (name: string): string => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oblio-signed-'));
    await run('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'],
      ...['-subj', '/C=IT/O=Ente di prova/CN=Direzione', '-keyout', inFolder('key.pem'), '-out', inFolder('own.pem')],
    ]);
    await run('openssl', [
      ...['pkcs12', '-export', '-inkey', inFolder('key.pem'), '-in', inFolder('own.pem')],
      ...['-out', inFolder('own.p12'), '-passout', `pass:${password}`],
    ]);
    await writeFile(inFolder('password'), `${password}\n`);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** What OpenSSL, which knows nothing of the code that signed, says of the signature and the bytes it covers. */
  const verify = async (file: Buffer): Promise<string> => {
    const [, ...range] = /\/ByteRange \[(\d+) (\d+) (\d+) (\d+)\s*\]/.exec(file.toString('latin1')) ?? [];
    const [from = -1, first = -1, second = -1, rest = -1] = range.map(Number);
    expect([from, second + rest]).toEqual([0, file.length]);
    const hex = file.toString('latin1', first + 1, second - 1);
    await writeFile(
      inFolder('signature.der'),
      Buffer.from(hex.slice(0, (4 + Number.parseInt(hex.slice(4, 8), 16)) * 2), 'hex'),
    );
    await writeFile(inFolder('content'), Buffer.concat([file.subarray(0, first), file.subarray(second)]));
    const { stderr } = await run('openssl', [
      ...['cms', '-verify', '-binary', '-inform', 'DER', '-purpose', 'any', '-cades', '-CAfile', inFolder('own.pem')],
      ...['-in', inFolder('signature.der'), '-content', inFolder('content'), '-out', inFolder('verified')],
    ]);
    return stderr;
  };

  const letterFor = async (world: RightsWorld, address: string): Promise<{ story: Story; letterId: string }> => {
    const requester = { name: 'Rosa Planted-Marker', email: address };
    const story = await Story.begin(world, 'inps', message(instant('2027-03-05T09:30:00+01:00'), { requester }));
    await story.do('dpo', 'triage', { verdict: 'rights-request', rights: ['access'], signatory });
    const [letter] = await story.letters();
    if (letter === undefined) throw new Error('no letter');
    return { story, letterId: letter.letterId };
  };
  const letterOf = async (story: Story, letterId: string): Promise<Letter> =>
    (await story.letters()).find((one) => one.letterId === letterId) as Letter;
  const raw = async (story: Story, path: string, body?: Buffer, type = 'application/pdf') => {
    const response = await story.world.app.request(`/controllers/inps/requests/${story.caseId}/letters/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: 'Bearer officer.ugo.inps', 'oblio-now': story.now, 'content-type': type },
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const json = (): Record<string, unknown> => JSON.parse(bytes.toString('utf8'));
    return { status: response.status, bytes, json };
  };
  const delivered = (story: Story, letterId: string) =>
    expect.poll(async () => (await letterOf(story, letterId)).state).toBe('delivered');

  describe('by the worker, with a certificate file', () => {
    let world: RightsWorld;
    beforeAll(async () => {
      world = await createRightsWorld('signed-here', { worker: 'elsewhere' });
      await startWorker(world.world, {
        environment: {
          OBLIO_SIGNATURE: 'local',
          OBLIO_SIGNING_CERTIFICATE_FILE: inFolder('own.p12'),
          OBLIO_SIGNING_PASSWORD_FILE: inFolder('password'),
        },
      });
    });
    afterAll(() => world.close());

    it('leave with a PAdES signature that OpenSSL verifies, as the register knows them, with the rendered letter first', async () => {
      const to = `rosa.${randomUUID()}@example.it`;
      const { story, letterId } = await letterFor(world, to);
      const signed = await raw(story, `${letterId}/file`);
      const rendered = await raw(story, `${letterId}/file?form=rendered`);
      expect(signed.bytes.subarray(0, rendered.bytes.length).equals(rendered.bytes)).toBe(true);
      expect(await verify(signed.bytes)).toContain('successful');
      const { files, registeredSha256 } = (await raw(story, `${letterId}/files`)).json();
      expect(files).toMatchObject([
        { form: 'rendered', sha256: sha256(rendered.bytes) },
        { form: 'signed', detail: 'pades', sha256: sha256(signed.bytes) },
      ]);
      expect(registeredSha256).toBe(sha256(signed.bytes));
      await story.do('dpo', 'send-letter', { letterId });
      await delivered(story, letterId);
      const [mail, second] = mailsTo(world, to);
      expect(second).toBeUndefined();
      const sent = Buffer.from(mail?.attachments[0] ?? '');
      expect(sent.equals(signed.bytes)).toBe(true);
      expect(await verify(sent)).toContain('successful');
      expect(await registeredHash(world.world.database('worker'), letterId)).toBe(sha256(sent));
      // The password and the key reach neither log nor trail.
      expect(world.logged()).not.toContain(password);
    });
  });

  describe('elsewhere', () => {
    let world: RightsWorld;
    beforeAll(async () => {
      world = await createRightsWorld('signed-elsewhere', { worker: 'elsewhere' });
      await startWorker(world.world, { environment: { OBLIO_SIGNATURE: 'external' } });
    });
    afterAll(() => world.close());

    const identity = async () => readCertificateFile(await readFile(inFolder('own.p12')), password);
    const pades = async (letter: Buffer): Promise<Buffer> =>
      signLetter(await identity(), {
        letter,
        signer: 'Direzione',
        reason: 'Firma',
        at: instant('2027-03-05T10:00:00Z'),
      });
    const cades = async (letter: Buffer): Promise<Buffer> => {
      await writeFile(inFolder('letter.pdf'), letter);
      await run('openssl', [
        ...[
          'cms',
          '-sign',
          '-binary',
          '-nodetach',
          '-cades',
          '-in',
          inFolder('letter.pdf'),
          '-signer',
          inFolder('own.pem'),
        ],
        ...['-inkey', inFolder('key.pem'), '-outform', 'DER', '-out', inFolder('letter.p7m')],
      ]);
      return readFile(inFolder('letter.p7m'));
    };

    it('are not sent before they came back; then the signed file leaves, and the answer says who signed, not whether to trust them', async () => {
      const to = `rosa.${randomUUID()}@example.it`;
      const { story, letterId } = await letterFor(world, to);
      await story.do('dpo', 'send-letter', { letterId });
      await expect
        .poll(async () => (await letterOf(story, letterId)).dispatch)
        .toMatchObject({ state: 'undelivered', why: 'signature-missing' });
      expect(mailsTo(world, to)).toHaveLength(0);
      const handedOut = await raw(story, `${letterId}/file?form=rendered`);
      const signed = await pades(handedOut.bytes);
      const back = await raw(story, `${letterId}/signed-file`, signed);
      expect([back.status, back.json()]).toEqual([
        201,
        {
          form: 'signed',
          detail: 'pades',
          mediaType: 'application/pdf',
          size: signed.length,
          sha256: sha256(signed),
          signers: [{ signerSubject: 'C=IT, O=Ente di prova, CN=Direzione' }],
        },
      ]);
      expect(JSON.stringify(back.json())).not.toMatch(/trusted|valid/i);
      await story.do('dpo', 'send-letter', { letterId });
      await delivered(story, letterId);
      const [mail] = mailsTo(world, to);
      expect(Buffer.from(mail?.attachments[0] ?? '').equals(signed)).toBe(true);
      expect(await registeredHash(world.world.database('worker'), letterId)).toBe(sha256(signed));
    });

    it('come back in a CAdES envelope too, which leaves as .p7m and opens to the letter', async () => {
      const to = `rosa.${randomUUID()}@example.it`;
      const { story, letterId } = await letterFor(world, to);
      const { bytes: letter } = await raw(story, `${letterId}/file?form=rendered`);
      const envelope = await cades(letter);
      const back = await raw(story, `${letterId}/signed-file`, envelope, 'application/pkcs7-mime');
      expect(back.json()).toMatchObject({
        detail: 'cades',
        signers: [
          { signerSubject: 'C=IT, O=Ente di prova, CN=Direzione', claimedSigningTime: expect.stringMatching(/Z$/) },
        ],
      });
      await story.do('dpo', 'send-letter', { letterId });
      await delivered(story, letterId);
      const [mail] = mailsTo(world, to);
      expect(mail?.source).toMatch(/\.pdf\.p7m/);
      await writeFile(inFolder('sent.p7m'), Buffer.from(mail?.attachments[0] ?? ''));
      await run('openssl', [
        ...['cms', '-verify', '-binary', '-inform', 'DER', '-purpose', 'any', '-CAfile', inFolder('own.pem')],
        ...['-in', inFolder('sent.p7m'), '-out', inFolder('opened.pdf')],
      ]);
      expect((await readFile(inFolder('opened.pdf'))).equals(letter)).toBe(true);
    });

    it('are refused with the reason, and change nothing, where they are another letter, altered, or signed by nobody', async () => {
      const one = await letterFor(world, `rosa.${randomUUID()}@example.it`);
      const other = await letterFor(world, `rosa.${randomUUID()}@example.it`);
      const { bytes: letter } = await raw(one.story, `${one.letterId}/file?form=rendered`);
      const { bytes: foreign } = await raw(other.story, `${other.letterId}/file?form=rendered`);
      const hash = await registeredHash(world.world.database('worker'), one.letterId);
      const altered = await pades(letter);
      altered.write('/Rexson', altered.lastIndexOf('/Reason'), 'latin1');
      const within = await pades(letter);
      within.writeUInt8((within[letter.length >> 1] ?? 0) ^ 1, letter.length >> 1);
      const envelope = await cades(letter);
      envelope.writeUInt8((envelope.at(-1) ?? 0) ^ 1, envelope.length - 1);
      const cases: readonly (readonly [string, Buffer])[] = [
        ['not-signed', letter],
        ['other-document', await pades(foreign)],
        ['other-document', await cades(foreign)],
        ['other-document', within],
        ['signature-broken', altered],
        ['signature-broken', envelope],
        ['not-covered', Buffer.concat([await pades(letter), Buffer.from('\n% more\n')])],
        ['not-signed', Buffer.from('firmato')],
      ];
      for (const [reason, body] of cases) {
        const answer = await raw(one.story, `${one.letterId}/signed-file`, body);
        expect({ status: answer.status, ...answer.json() }).toMatchObject({
          status: 422,
          code: 'signed-file-refused',
          reason,
        });
      }
      const { files } = (await raw(one.story, `${one.letterId}/files`)).json();
      expect(files).toMatchObject([{ form: 'rendered' }]);
      expect(await registeredHash(world.world.database('worker'), one.letterId)).toBe(hash);
    });
  });
});
