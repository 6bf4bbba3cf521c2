/**
 * Receipts of certified mail (DPR 68/2005; technical rules of D.M. 2 November 2005): what a provider says became of a message. Reads
 * `daticert.xml`, alone or inside the receipt's mail, just enough to know which message it is about, what it says and since when. The
 * provider's own signature on a receipt is kept with the file for whoever verifies it; it is not verified here.
 */
import { type Instant, parseInstant } from '../../time/instant.ts';
import { findPart } from './mime.ts';

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

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The one text of an element that occurs once; an element that occurs twice says nothing. */
const textOf = (xml: string, name: string): string | undefined => {
  const found = [...xml.matchAll(new RegExp(`<${name}(?:\\s[^<>]*)?>([^<]*)</${name}>`, 'g'))];
  const [only] = found;
  return found.length === 1
    ? only?.[1]?.replaceAll(/&(lt|gt|amp|quot|apos);/g, (_whole, entity: string) => entities[entity] ?? '').trim()
    : undefined;
};

const instantOf = (xml: string): Instant | undefined => {
  const zone = /<data\s+zona="([+-]\d{2}):?(\d{2})"\s*>/.exec(xml);
  const day = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(textOf(xml, 'giorno') ?? '');
  const time = /^\d{2}:\d{2}:\d{2}$/.exec(textOf(xml, 'ora') ?? '');
  if (zone === null || day === null || time === null) return undefined;
  const parsed = parseInstant(`${day[3]}-${day[2]}-${day[1]}T${time[0]}${zone[1]}:${zone[2]}`);
  return parsed.ok ? parsed.value : undefined;
};

const readDaticert = (xml: string): Receipt | ReceiptFault => {
  // No declarations: a receipt has none, and with them an XML can say what its bytes do not show.
  if (/<!(DOCTYPE|ENTITY|\[CDATA\[)/i.test(xml)) return 'unreadable';
  const said = /<postacert\s[^<>]*\btipo="([a-z-]+)"/.exec(xml)?.[1];
  const kind = said === undefined ? undefined : kinds[said];
  if (said === undefined || kind === undefined) return 'not-a-receipt';
  const messageId = textOf(xml, 'msgid');
  const at = instantOf(xml);
  if (messageId === undefined || messageId === '' || at === undefined) return 'unreadable';
  return { kind, said, messageId, at };
};

/** Reads a receipt: `daticert.xml`, or the provider's mail that holds it. */
export const readReceipt = (bytes: Uint8Array): Receipt | ReceiptFault => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  if (/^\s*(\u00ef\u00bb\u00bf)?\s*<(\?xml|postacert)/.test(text)) return readDaticert(text);
  const part = findPart(text, 'daticert.xml');
  return part === undefined ? 'no-daticert' : readDaticert(part);
};
