/** From a letter's content to a letter in the person's hands: rendered once, seen before, released by a person, sent once, proven. */
import { createHash, randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hours } from '../../domain/time/duration.ts';
import { type Instant, instant, instantPlus } from '../../domain/time/instant.ts';
import { createFontLibrary } from '../../letters/document/font-library.ts';
import { renderLetter } from '../../letters/render-letter.ts';
import { registeredHash } from '../../storage/letters/files.ts';
import { composedAt, readLetter } from '../../storage/letters/letters.ts';
import { requestWorkflowId } from '../../workflows/request/contract.ts';
import { readPdf } from '../rules/letters/support/read-pdf.ts';
import { mailsTo } from '../support/requests/mails.ts';
import { createRightsWorld, type RightsWorld } from '../support/requests/rights-world.ts';
import { call, message, type Person, Story, signatory } from '../support/requests/story.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('rights-delivery');
});
afterAll(() => world.close());

const received = instant('2027-03-05T09:30:00+01:00');

type Letter = { letterId: string; kind: string; state: string; dispatch?: { state: string; why?: string } };

const raw = async (
  story: Story,
  as: Person,
  path: string,
  init: { readonly method?: string; readonly body?: string | Uint8Array; readonly type?: string } = {},
): Promise<{ status: number; bytes: Buffer; headers: Headers }> => {
  const response = await world.app.request(`/controllers/${story.controller}/requests/${story.caseId}/${path}`, {
    method: init.method ?? 'GET',
    headers: {
      authorization: `Bearer ${as}.${as}-person.${story.controller}`,
      'oblio-now': story.now,
      ...(init.type === undefined ? {} : { 'content-type': init.type }),
    },
    ...(init.body === undefined ? {} : { body: init.body }),
  });
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()), headers: response.headers };
};
const textIn = async (bytes: Buffer): Promise<string> => (await readPdf(bytes)).pageTexts.join('\n');
const jsonOf = ({ bytes }: { bytes: Buffer }): Record<string, unknown> => JSON.parse(bytes.toString('utf8'));

const recognised = async (change: Readonly<Record<string, unknown>>): Promise<{ story: Story; letterId: string }> => {
  const story = await Story.begin(world, 'inps', message(received, change));
  await story.do('dpo', 'triage', { verdict: 'rights-request', rights: ['access'], signatory });
  const [letter] = await story.letters();
  if (letter === undefined) throw new Error('no letter');
  return { story, letterId: letter.letterId };
};
const byMail = (address: string) => ({ requester: { name: 'Rosa Planted-Marker', email: address } });
const byPec = (address: string) => ({ requester: { name: 'Rosa Planted-Marker', pec: address } });
const address = (domain = 'example.it'): string => `rosa.planted-marker.${randomUUID()}@${domain}`;

const letterOf = async (story: Story, letterId: string): Promise<Letter> => {
  const found = (await story.letters()).find((one) => one.letterId === letterId);
  if (found === undefined) throw new Error('no such letter');
  return found;
};
const dispatched = async (story: Story, letterId: string, state: string): Promise<Letter> => {
  await expect.poll(async () => (await letterOf(story, letterId)).dispatch?.state).toBe(state);
  return letterOf(story, letterId);
};

const daticert = (kind: string, messageId: string, at: Instant): string => {
  const local = new Date(Date.parse(at) + hours(1)).toISOString();
  const [year, month, day] = local.slice(0, 10).split('-');
  return `<?xml version="1.0" encoding="UTF-8"?>
<postacert tipo="${kind}" errore="nessuno"><intestazione><mittente>ufficio@pec.example</mittente>
<destinatari tipo="certificato">rosa@pec.example</destinatari><risposte>ufficio@pec.example</risposte><oggetto>o</oggetto></intestazione>
<dati><gestore-emittente>GESTORE</gestore-emittente><data zona="+0100"><giorno>${day}/${month}/${year}</giorno><ora>${local.slice(11, 19)}</ora></data>
<identificativo>opec1.x@pec.example</identificativo><msgid>${messageId.replace('<', '&lt;').replace('>', '&gt;')}</msgid></dati></postacert>`;
};
const receiptMail = (xml: string): string =>
  [
    'From: posta-certificata@pec.example',
    'Subject: CONSEGNA: comunicazione',
    'MIME-Version: 1.0',
    'Content-Type: multipart/signed; protocol="application/x-pkcs7-signature";',
    ' boundary="----outer"',
    '',
    '------outer',
    'Content-Type: multipart/mixed; boundary="inner"',
    '',
    '--inner',
    'Content-Type: text/plain',
    '',
    'Ricevuta di avvenuta consegna',
    '--inner',
    'Content-Type: application/xml; name="daticert.xml"',
    'Content-Transfer-Encoding: base64',
    'Content-Disposition: inline; filename="daticert.xml"',
    '',
    (
      Buffer.from(xml)
        .toString('base64')
        .match(/.{1,76}/g) ?? []
    ).join('\r\n'),
    '--inner--',
    '------outer',
    'Content-Type: application/x-pkcs7-signature; name="smime.p7s"',
    '',
    'x',
    '------outer--',
    '',
  ].join('\r\n');

describe('the file of a letter', () => {
  it('is the same bytes whenever it is rendered, and its hash stands in the protocol register', async () => {
    const { story, letterId } = await recognised(byMail(address()));
    const db = world.world.database('worker');
    const file = await raw(story, 'dpo', `letters/${letterId}/file`);
    expect(file.status).toBe(200);
    expect(file.headers.get('cache-control')).toBe('no-store');
    const sha256 = createHash('sha256').update(file.bytes).digest('hex');
    expect(await registeredHash(db, letterId)).toBe(sha256);
    const content = await readLetter({ db, sealing: world.world.sealing }, letterId);
    const policy = world.policies.get('inps');
    if (content === undefined || policy === undefined) throw new Error('no letter');
    const writtenAt = await composedAt(db, letterId);
    const target = new Writable({ write: (_chunk, _encoding, done) => done() });
    const again = await renderLetter({ library: createFontLibrary() }, { content, policy, writtenAt }, target);
    expect(again.sha256).toBe(sha256);
    expect(await textIn(file.bytes)).toContain('Planted-Marker');
  });

  it('is for the DPO and the officer, each reading on file', async () => {
    const { story, letterId } = await recognised(byMail(address()));
    for (const as of ['legal', 'auditor', 'operator', 'source'] as const) {
      expect((await raw(story, as, `letters/${letterId}/file`)).status).toBe(403);
    }
    expect((await raw(story, 'officer', `letters/${letterId}/file`)).status).toBe(200);
    const entries = await world.world
      .database('api')
      .selectFrom('audit_entry')
      .select(['actor', 'why'])
      .where('target_id', '=', story.caseId)
      .where('action', '=', 'case-letter-read')
      .execute();
    expect(entries).toContainEqual({ actor: 'officer-person', why: 'file' });
  });
});

describe('sending', () => {
  it('waits for a person, sends the registered file once, and counts as delivered when the mail server took it', async () => {
    const to = address();
    const { story, letterId } = await recognised(byMail(to));
    expect(mailsTo(world, to)).toHaveLength(0);
    expect((await story.send('legal', 'send-letter', { letterId })).body.code).toBe('role-not-allowed');
    await story.do('dpo', 'send-letter', { letterId });
    await expect.poll(async () => (await letterOf(story, letterId)).state).toBe('delivered');
    const [mail, second] = mailsTo(world, to);
    expect(second).toBeUndefined();
    expect(mail?.messageId).toBe(`<letter.${letterId}@oblio>`);
    const [attachment] = mail?.attachments ?? [];
    const sent = createHash('sha256')
      .update(attachment ?? '')
      .digest('hex');
    expect(sent).toBe(await registeredHash(world.world.database('worker'), letterId));
    // The mail itself says nothing of the person or of what was asked.
    expect(mail?.source.slice(0, mail.source.indexOf('application/pdf')).replaceAll(to, '')).not.toMatch(/planted/i);
    const { history } = await story.read();
    expect(history).toContainEqual(
      expect.objectContaining({ event: expect.objectContaining({ kind: 'letter-delivered', proof: 'email-sent' }) }),
    );
    expect((await story.send('dpo', 'send-letter', { letterId })).body.code).toBe('already-delivered');
  });

  it('gives a letter back to staff when the mailbox does not exist', async () => {
    const to = address('refused.example');
    const { story, letterId } = await recognised(byMail(to));
    await story.do('dpo', 'send-letter', { letterId });
    expect(await dispatched(story, letterId, 'undelivered')).toMatchObject({
      state: 'composed',
      dispatch: { why: 'refused' },
    });
    await story.deliver('acknowledgement');
    expect(await letterOf(story, letterId)).toMatchObject({ state: 'delivered' });
  });

  it('sends nothing by itself that goes by post or by hand', async () => {
    const { story, letterId } = await recognised({
      channel: 'post',
      requester: { name: 'Rosa Planted-Marker', postalLines: ['Via Prova 1', '00100 Roma RM'] },
    });
    expect((await story.send('dpo', 'send-letter', { letterId })).body.code).toBe('not-by-mail');
    expect((await raw(story, 'dpo', `letters/${letterId}/file?form=rendered`)).status).toBe(200);
  });

  it('I7: nothing that names a person reaches Temporal on the way', async () => {
    const { story, letterId } = await recognised(byMail(address()));
    await story.do('dpo', 'send-letter', { letterId });
    await expect.poll(async () => (await letterOf(story, letterId)).state).toBe('delivered');
    const history = await world.client.workflow.getHandle(requestWorkflowId(story.caseId)).fetchHistory();
    const payloads = JSON.stringify(history, (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
    );
    expect(payloads).toContain(letterId);
    expect(payloads).not.toMatch(/planted|example\.it|Ufficiale/i);
    expect(world.logged()).not.toMatch(/planted/i);
  });
});

describe('certified mail', () => {
  it('is delivered when the receipt says so, with its time and as proof', async () => {
    const to = address('pec.example');
    const { story, letterId } = await recognised(byPec(to));
    await story.do('officer', 'send-letter', { letterId });
    expect(await dispatched(story, letterId, 'sent')).toMatchObject({ state: 'composed' });
    const own = `<letter.${letterId}@oblio>`;
    const at = instantPlus(story.now, 61_000);
    await story.days(1);
    const attach = (body: string, type: string) =>
      raw(story, 'dpo', `letters/${letterId}/receipts`, { method: 'POST', body, type });
    const accepted = await attach(daticert('accettazione', own, at), 'application/xml');
    expect(jsonOf(accepted)).toEqual({ receipt: 'acceptance', recorded: false });
    const foreign = await attach(
      daticert('avvenuta-consegna', `<letter.${randomUUID()}@oblio>`, at),
      'application/xml',
    );
    expect({ status: foreign.status, ...jsonOf(foreign) }).toMatchObject({ status: 422, reason: 'other-message' });
    for (const nothing of [
      '',
      '<a/>',
      '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><postacert tipo="accettazione"/>',
    ]) {
      expect((await attach(nothing, 'application/xml')).status).toBe(422);
    }
    expect(await letterOf(story, letterId)).toMatchObject({ state: 'composed' });
    const delivery = receiptMail(daticert('avvenuta-consegna', own, at));
    const delivered = await attach(delivery, 'message/rfc822');
    expect(jsonOf(delivered)).toEqual({ receipt: 'delivery', recorded: true });
    expect((await attach(delivery, 'message/rfc822')).status).toBe(200);
    expect(await letterOf(story, letterId)).toMatchObject({
      state: 'delivered',
      deliveredAt: `${at.slice(0, 19)}.000Z`,
    });
    const files = jsonOf(await raw(story, 'dpo', `letters/${letterId}/files`)).files as { detail?: string }[];
    expect(files.map(({ detail }) => detail)).toEqual([undefined, 'acceptance', 'delivery']);
  });

  it('goes back to staff when it did not arrive, and is sent again only when a person says so', async () => {
    const to = address('pec.example');
    const { story, letterId } = await recognised(byPec(to));
    await story.do('dpo', 'send-letter', { letterId });
    await dispatched(story, letterId, 'sent');
    expect((await story.send('dpo', 'send-letter', { letterId })).body.code).toBe('letter-on-its-way');
    const body = daticert('errore-consegna', `<letter.${letterId}@oblio>`, story.now);
    const failed = await raw(story, 'dpo', `letters/${letterId}/receipts`, {
      method: 'POST',
      body,
      type: 'application/xml',
    });
    expect(jsonOf(failed)).toEqual({ receipt: 'failure', recorded: true });
    expect(await dispatched(story, letterId, 'undelivered')).toMatchObject({ dispatch: { why: 'bounced' } });
    expect(mailsTo(world, to)).toHaveLength(1);
    await story.do('dpo', 'send-letter', { letterId });
    await dispatched(story, letterId, 'sent');
    const ids = mailsTo(world, to).map(({ messageId }) => messageId);
    expect(ids).toEqual([`<letter.${letterId}@oblio>`, `<letter.${letterId}@oblio>`]);
  });
});

describe('a preview', () => {
  it('shows a letter before it exists, marked as a draft, and changes nothing', async () => {
    const { story } = await recognised(byMail(address()));
    const before = await story.read();
    const register = () => world.world.database('api').selectFrom('protocol_entry').select('number').execute();
    const numbers = await register();
    const preview = (as: Person, body: unknown) =>
      raw(story, as, 'letter-previews', { method: 'POST', body: JSON.stringify(body), type: 'application/json' });
    const withdrawal = {
      command: 'withdraw',
      body: { rights: ['access'], text: 'rinuncia', signatory, addedParagraphs: ['PARAGRAFO AGGIUNTO'] },
    };
    const seen = await preview('officer', withdrawal);
    expect({ status: seen.status, logged: seen.status === 500 ? world.logged() : '' }).toEqual({
      status: 200,
      logged: '',
    });
    expect(seen.headers.get('content-type')).toBe('application/pdf');
    const text = await textIn(seen.bytes);
    expect(text).toContain('ANTEPRIMA / BOZZA');
    expect(text).toContain('PARAGRAFO AGGIUNTO');
    expect(text).toContain('Ufficiale');
    expect(await register()).toEqual(numbers);
    expect((await story.read()).revision).toBe(before.revision);
    const asked = await preview('dpo', {
      command: 'ask-requester',
      body: { about: 'identity', asked: ['answer-to-question'], doubt: 'DUBBIO MOTIVATO', signatory },
    });
    expect(await textIn(asked.bytes)).toContain('DUBBIO MOTIVATO');
    expect((await preview('legal', withdrawal)).status).toBe(403);
    expect(jsonOf(await preview('dpo', { command: 'add-note', body: { text: 'n' } })).code).toBe(
      'command-orders-no-letter',
    );
    expect(jsonOf(await preview('dpo', { command: 'withdraw', body: { rights: ['access'] } })).code).toBe(
      'invalid-command',
    );
    expect(
      jsonOf(
        await preview('dpo', {
          command: 'decide',
          body: { right: 'access', decision: { outcome: 'granted', grounds: ['15.1'] } },
        }),
      ).code,
    ).toBe('identity-open');
  });

  it('shows the answer of a decision before it is final', async () => {
    const { story } = await recognised(byMail(address()));
    await story.do('dpo', 'confirm-identity', { level: 'digital-identity', capacity: 'self' });
    const decision = { outcome: 'no-data', grounds: ['not-held'] };
    const seen = await raw(story, 'dpo', 'letter-previews', {
      method: 'POST',
      body: JSON.stringify({ command: 'prepare-decision', body: { right: 'access', decision } }),
      type: 'application/json',
    });
    expect({ status: seen.status, told: seen.status === 200 ? '' : seen.bytes.toString() }).toEqual({
      status: 200,
      told: '',
    });
    expect(await textIn(seen.bytes)).toContain('ANTEPRIMA / BOZZA');
    expect(await story.right('access')).toMatchObject({ state: 'open' });
  });
});

describe('a letter signed elsewhere', () => {
  it('is refused with the reason where it is another document, and the register keeps the hash it had', async () => {
    const { story, letterId } = await recognised(byMail(address()));
    const db = world.world.database('worker');
    const hash = await registeredHash(db, letterId);
    const original = await raw(story, 'dpo', `letters/${letterId}/file`);
    const back = (body: Uint8Array, type: string) =>
      raw(story, 'dpo', `letters/${letterId}/signed-file`, { method: 'POST', body, type });
    expect(jsonOf(await back(original.bytes, 'application/pdf'))).toMatchObject({
      code: 'signed-file-refused',
      reason: 'not-signed',
    });
    expect(jsonOf(await back(Buffer.from('%PDF-1.7 other'), 'application/pdf'))).toMatchObject({
      reason: 'other-document',
    });
    expect(await registeredHash(db, letterId)).toBe(hash);
    await story.do('dpo', 'send-letter', { letterId });
    await expect.poll(async () => (await letterOf(story, letterId)).state).toBe('delivered');
    expect(jsonOf(await back(original.bytes, 'application/pdf')).code).toBe('letter-left-already');
  });

  it('does not belong to another case', async () => {
    const [one, other] = [await recognised(byMail(address())), await recognised(byMail(address()))];
    expect((await raw(one.story, 'dpo', `letters/${other.letterId}/file`)).status).toBe(404);
    const { status } = await call(world, {
      as: 'dpo',
      controller: 'comune-di-milano',
      method: 'GET',
      path: `/controllers/comune-di-milano/requests/${one.story.caseId}/letters/${one.letterId}/files`,
    });
    expect(status).toBe(404);
  });
});
