/**
 * Receipts of certified mail (DPR 68/2005; technical rules of D.M. 2 November 2005): what a provider says became of a message. Reads
 * `daticert.xml`, alone or inside the receipt's mail, just enough to know which message it is about, what it says and since when. The
 * provider's own signature on a receipt is kept with the file for those who verify it; it is not verified here.
 */
import { XMLParser } from 'fast-xml-parser';
import PostalMime from 'postal-mime';
import { type Instant, parseInstant } from '../../domain/time/instant.ts';

/** What a receipt proves. */
export type ReceiptKind = 'acceptance' | 'delivery' | 'failure';

/** What a receipt says, with the provider's time: the instant that counts for the deadline. */
export type Receipt = {
  readonly kind: ReceiptKind;
  /** The provider's word for it. */
  readonly said: string;
  /** Message id of the message that the receipt is about. */
  readonly messageId: string;
  readonly at: Instant;
};

/** Why a file is no receipt that could be followed. */
export type ReceiptFault = 'no-daticert' | 'not-a-receipt' | 'unreadable';

const kinds: Readonly<Record<string, ReceiptKind>> = {
  accettazione: 'acceptance',
  'non-accettazione': 'failure',
  'avvenuta-consegna': 'delivery',
  'errore-consegna': 'failure',
  'preavviso-errore-consegna': 'failure',
  'rilevazione-virus': 'failure',
};

const xmlParser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
});

/** A receipt forwarded inside a receipt inside a mail is read; deeper nesting is not how people forward. */
const deepestForward = 3;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member, where it stands there once: the parser makes an array of an element that is repeated, which says two things. */
const fieldsOf = (parent: unknown, name: string): Fields | undefined => {
  const value = isFields(parent) ? parent[name] : undefined;
  return isFields(value) ? value : undefined;
};

const textOf = (parent: unknown, name: string): string | undefined => {
  const value = isFields(parent) ? parent[name] : undefined;
  const text = isFields(value) ? value['#text'] : value;
  return typeof text === 'string' ? text : undefined;
};

const instantOf = (data: unknown): Instant | undefined => {
  const zone = /^([+-]\d{2}):?(\d{2})$/.exec(textOf(data, '@zona') ?? '');
  const day = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(textOf(data, 'giorno') ?? '');
  const time = /^\d{2}:\d{2}:\d{2}$/.exec(textOf(data, 'ora') ?? '');
  if (zone === null || day === null || time === null) return undefined;
  const parsed = parseInstant(`${day[3]}-${day[2]}-${day[1]}T${time[0]}${zone[1]}:${zone[2]}`);
  return parsed.ok ? parsed.value : undefined;
};

const parseXml = (xml: string): unknown => {
  // An internal subset may declare entities, with which an XML says what its bytes do not show; an external one is never fetched.
  if (/<!ENTITY|<!DOCTYPE[^>]*\[/i.test(xml)) return undefined;
  try {
    return xmlParser.parse(xml, true);
  } catch {
    return undefined;
  }
};

const readDaticert = (xml: string): Receipt | ReceiptFault => {
  const parsed = parseXml(xml);
  if (parsed === undefined) return 'unreadable';
  const postacert = fieldsOf(parsed, 'postacert');
  const said = textOf(postacert, '@tipo');
  const kind = said === undefined || !Object.hasOwn(kinds, said) ? undefined : kinds[said];
  if (said === undefined || kind === undefined) return 'not-a-receipt';
  const dati = fieldsOf(postacert, 'dati');
  const messageId = textOf(dati, 'msgid');
  const at = instantOf(fieldsOf(dati, 'data'));
  if (messageId === undefined || messageId === '' || at === undefined) return 'unreadable';
  return { kind, said, messageId, at };
};

type MailPart = { readonly name: string; readonly mediaType: string; readonly bytes: Uint8Array };

const partsOf = async (mail: Uint8Array): Promise<readonly MailPart[]> => {
  try {
    const { attachments } = await PostalMime.parse(mail, { forceRfc822Attachments: true, maxNestingDepth: 16 });
    return attachments.flatMap(({ filename, mimeType, content }) =>
      typeof content === 'string'
        ? []
        : [{ name: filename?.toLowerCase() ?? '', mediaType: mimeType, bytes: new Uint8Array(content) }],
    );
  } catch {
    return [];
  }
};

/**
 * What the mail's own parts say; only where they hold no `daticert.xml`, what the mails attached to it say. A receipt of delivery
 * carries the message it is about, and what a stranger wrote there is never read before the provider's own part.
 */
const readMail = async (mail: Uint8Array, depth: number): Promise<Receipt | ReceiptFault> => {
  const parts = await partsOf(mail);
  const [daticert, second] = parts.filter(({ name }) => name === 'daticert.xml');
  if (second !== undefined) return 'unreadable';
  if (daticert !== undefined) return readDaticert(Buffer.from(daticert.bytes).toString('utf8'));
  if (depth === deepestForward) return 'no-daticert';
  for (const { mediaType, bytes } of parts) {
    if (mediaType !== 'message/rfc822') continue;
    const inner = await readMail(bytes, depth + 1);
    if (inner !== 'no-daticert') return inner;
  }
  return 'no-daticert';
};

/** Reads a receipt: `daticert.xml`, the provider's mail that holds it, or that mail forwarded as an attachment. */
export const readReceipt = async (bytes: Uint8Array): Promise<Receipt | ReceiptFault> => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  return /^\s*<(\?xml|postacert|!DOCTYPE)/.test(text) ? readDaticert(text) : readMail(bytes, 0);
};
