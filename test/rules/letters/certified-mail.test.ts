/** Receipts of certified mail: read where they are what they should be, refused where they could say two things. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { letterMessageId, letterOfMessageId } from '../../../domain/request/course/delivery.ts';
import { readReceipt } from '../../../letters/receipt/read-receipt.ts';

const letterId = '01890000-0000-7000-8000-00000000cccc';
const own = `&lt;letter.${letterId}@oblio&gt;`;
const daticert = (kind: string, { messageId = own, zone = '+0200', more = '' } = {}): string =>
  `<?xml version="1.0" encoding="UTF-8"?><postacert tipo="${kind}" errore="nessuno"><intestazione><mittente>a@pec.example</mittente></intestazione><dati><data zona="${zone}"><giorno>05/07/2027</giorno><ora>12:13:14</ora></data><msgid>${messageId}</msgid>${more}</dati></postacert>`;
const read = (text: string) => readReceipt(Buffer.from(text, 'utf8'));

describe('a receipt', () => {
  it.each([
    ['accettazione', 'acceptance'],
    ['avvenuta-consegna', 'delivery'],
    ['errore-consegna', 'failure'],
    ['preavviso-errore-consegna', 'failure'],
    ['non-accettazione', 'failure'],
    ['rilevazione-virus', 'failure'],
  ])('that says %s proves: %s', async (said, kind) => {
    expect(await read(daticert(said))).toEqual({
      kind,
      said,
      messageId: `<letter.${letterId}@oblio>`,
      at: '2027-07-05T10:13:14.000Z',
    });
  });

  it.each(['posta-certificata', 'presa-in-carico', ''])('that says "%s" proves nothing', async (said) => {
    expect(await read(daticert(said))).toBe('not-a-receipt');
  });

  it('is not believed when it could say two things, or hide what it says', async () => {
    expect(await read(daticert('avvenuta-consegna', { more: `<msgid>${own}</msgid>` }))).toBe('unreadable');
    expect(await read(daticert('avvenuta-consegna', { messageId: '' }))).toBe('unreadable');
    expect(await read(daticert('avvenuta-consegna', { zone: 'x' }))).toBe('unreadable');
    const declared = daticert('avvenuta-consegna').replace('<postacert', '<!DOCTYPE p [<!ENTITY x "y">]><postacert');
    expect(await read(declared)).toBe('unreadable');
  });

  it('is read behind a document type without declarations, and where a text stands in CDATA', async () => {
    const typed = daticert('avvenuta-consegna').replace(
      '<postacert',
      '<!DOCTYPE postacert PUBLIC "posta certificata" "https://gestore.example/postacert.dtd"><postacert',
    );
    expect(await read(typed)).toMatchObject({ kind: 'delivery' });
    const quoted = daticert('avvenuta-consegna', { more: '<oggetto><![CDATA[Riscontro & saluti]]></oggetto>' });
    expect(await read(quoted)).toMatchObject({ kind: 'delivery' });
  });

  it("is read where the provider's mail was forwarded as an attachment, and never from the message that it carries", async () => {
    const part = (kind: string): string =>
      `--x\r\nContent-Type: application/xml; name="daticert.xml"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${daticert(kind)}\r\n`;
    const mail = (inner: string, boundary = 'x'): string =>
      `From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n${inner}--${boundary}--\r\n`;
    const attached = (message: string, boundary: string): string =>
      `--${boundary}\r\nContent-Type: message/rfc822; name="m.eml"\r\nContent-Disposition: attachment; filename="m.eml"\r\n\r\n${message}\r\n`;
    expect(await read(mail(attached(mail(part('avvenuta-consegna')), 'f'), 'f'))).toMatchObject({ kind: 'delivery' });
    const forged = mail(part('avvenuta-consegna')).replaceAll('--x', '--y').replace('boundary="x"', 'boundary="y"');
    expect(await read(mail(`${attached(forged, 'x')}${part('errore-consegna')}`))).toMatchObject({ kind: 'failure' });
    expect(await read(mail(`${part('avvenuta-consegna')}${part('errore-consegna')}`))).toBe('unreadable');
  });

  it.each(['base64', 'quoted-printable', '8bit'])('is found inside the mail of the provider (%s)', async (encoding) => {
    const xml = daticert('avvenuta-consegna');
    const encoded =
      encoding === 'base64'
        ? Buffer.from(xml).toString('base64')
        : encoding === 'quoted-printable'
          ? xml.replaceAll('=', '=3D').replace('<dati>', '<da=\r\nti>')
          : xml;
    const mail = `From: a\r\nContent-Type: multipart/mixed;\r\n boundary="b.(1)"\r\n\r\n--b.(1)\r\n\r\ntesto\r\n--b.(1)\r\nContent-Type: application/xml; name="daticert.xml"\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${encoded}\r\n--b.(1)--\r\n`;
    expect(await read(mail)).toMatchObject({ kind: 'delivery', at: '2027-07-05T10:13:14.000Z' });
  });

  it('is looked for in anything without failing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        const found = await readReceipt(bytes);
        expect(typeof found === 'string' || found.kind !== undefined).toBe(true);
      }),
    );
    expect(
      await read(
        `Content-Type: multipart/mixed; boundary=a\n\n${'--a\nContent-Type: multipart/mixed; boundary=a\n\n'.repeat(50)}`,
      ),
    ).toBe('no-daticert');
  });
});

it('a message id names its letter, and no other message id does', () => {
  expect(letterOfMessageId(letterMessageId(letterId))).toBe(letterId);
  for (const other of ['', '<transcript.01890000-0000-7000-8000-00000000cccc@oblio>', `<letter.${letterId}@elsewhere>`])
    expect(letterOfMessageId(other)).toBeUndefined();
});
