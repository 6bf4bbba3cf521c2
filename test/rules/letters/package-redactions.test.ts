/** What a review withholds never shows, and what it does not withhold always does; where a place cannot be found, more is withheld. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { certificateId, recordClassId, recordId } from '../../../domain/ids.ts';
import type { AccessRedaction } from '../../../domain/request/decision/manifest.ts';
import { instant } from '../../../domain/time/instant.ts';
import { localDate } from '../../../domain/time/local-date.ts';
import type { FrozenRecord, RecordWords } from '../../../letters/package/model.ts';
import { type PackageRecordInput, packageRecord, withheldSegments } from '../../../letters/package/package-record.ts';
import { jsonLine } from '../../../letters/package/record-data.ts';
import { readPlace, redactWords } from '../../../letters/package/redact-words.ts';

const id = recordId('01980000-0000-7000-8000-000000000001');
const chat = recordClassId('chat');
const redaction = (what: AccessRedaction['what'], where: string): AccessRedaction => ({
  recordId: id,
  recordClass: chat,
  what,
  ground: '15.4',
  where,
});
const mark = () => '[#]';
const words = (text: string): RecordWords => ({
  identifiers: [{ kind: 'phone', value: '+39020202' }],
  fields: { service: 'carta di Lucia', places: 3 },
  text,
});

describe('a passage', () => {
  test('is replaced by a mark, both ends included', () => {
    expect(redactWords(words('0123456789'), [redaction('passage', 'text 2-4')], mark)?.text).toBe('01[#]56789');
  });

  test('of any text and range never shows again, and the rest stays', () => {
    const unit = fc.constantFrom('a', 'è', '👩‍👩‍👧', 'ש', '漢', '\u0301', '\n', '🇮🇹');
    fc.assert(
      fc.property(fc.string({ unit, minLength: 1, maxLength: 40 }), fc.nat(60), fc.nat(60), (text, one, other) => {
        const [from, to] = one < other ? [one, other] : [other, one];
        const left = redactWords(words(text), [redaction('passage', `text ${from}-${to}`)], mark)?.text ?? '';
        expect(left.isWellFormed()).toBe(true);
        const [before = '', after = '', ...more] = left.split('[#]');
        expect(more).toEqual([]);
        expect(text.startsWith(before)).toBe(true);
        expect(text.endsWith(after)).toBe(true);
        if (from < text.length) {
          expect(before.length).toBeLessThanOrEqual(from);
          expect(text.length - after.length).toBeGreaterThan(Math.min(to, text.length - 1));
        } else expect(left).toBe('[#]');
      }),
      { numRuns: 2000 },
    );
  });

  test('may overlap another one: nothing of either shows', () => {
    const both = [redaction('passage', 'text 2-5'), redaction('passage', 'text 4-7')];
    expect(redactWords(words('0123456789'), both, mark)?.text).toBe('01[#][#]89');
  });

  test('inside a field, a whole field, and identifiers', () => {
    const left = redactWords(
      words('ciao'),
      [redaction('passage', 'service 9-13'), redaction('passage', 'places'), redaction('passage', 'identifiers')],
      mark,
    );
    expect(left).toEqual({
      identifiers: [{ kind: 'phone', value: '[#]' }],
      fields: { service: 'carta di [#]', places: '[#]' },
      text: 'ciao',
    });
  });

  test.each(['text 5-2', 'text 90-99'])('that lies nowhere (%s) withholds the whole text', (where) => {
    expect(redactWords(words('ciao'), [redaction('passage', where)], mark)?.text).toBe('[#]');
  });

  test.each(['nowhere 1-2', 'the second line', '', 'text 1-2 and more', '__proto__'])(
    'whose place nobody can read (%j) withholds all words',
    (where) => {
      expect(redactWords(words('ciao'), [redaction('passage', where)], mark)).toBeUndefined();
    },
  );

  test('places are read in the forms of the review', () => {
    expect(readPlace('text 10-20')).toEqual({ field: 'text', range: [10, 20] });
    expect(readPlace('fields.service: 1 - 2')).toEqual({ field: 'service', range: [1, 2] });
    expect(readPlace('text')).toEqual({ field: 'text' });
  });
});

const file = (name: string, mediaType: string) => ({ name, mediaType, size: 4, sha256: 'ab'.repeat(32) });
const frozen: FrozenRecord = {
  recordId: id,
  recordClass: chat,
  triggerAt: instant('2026-03-01T09:00:00Z'),
  boundDay: localDate('2031-03-01'),
  keptLonger: false,
  files: [file('call', 'audio/wav'), file('call-2', 'audio/wav'), file('note', 'application/pdf')],
};
const asked = (
  redactions: readonly AccessRedaction[],
  kind: 'unchanged' | 'changed' = 'unchanged',
  silenced: PackageRecordInput['silenced'] = () => undefined,
): PackageRecordInput => ({
  language: 'it',
  record: frozen,
  number: 7,
  day: localDate('2026-03-01'),
  now: { kind, words: words('0123456789') },
  redactions,
  isConversation: true,
  isEarlierCopy: false,
  isHeld: ({ name }) => name !== 'note',
  silenced,
});
const made = (...input: Parameters<typeof asked>) => packageRecord(asked(...input));
const statuses = (record: ReturnType<typeof made>) => record.files.map(({ status }) => status);

describe('a record', () => {
  test('shows everything that nobody withholds, and says what is no longer held', () => {
    const record = made([]);
    expect(record.status).toBe('included');
    expect(record.words?.text).toBe('0123456789');
    expect(record.transcript).toBe('conversazioni/chat/2026-03-01-000007.txt');
    expect(statuses(record)).toEqual(['included', 'included', 'not-held']);
  });

  test('withheld as a whole is listed with its ground and without a word or file', () => {
    const record = made([redaction('whole-record', '')]);
    expect(record.status).toBe('withheld');
    expect(record.words).toBeUndefined();
    expect(record.transcript).toBeUndefined();
    expect(statuses(record)).toEqual(['withheld', 'withheld', 'withheld']);
    expect(record.withheld[0]?.ground).toBe('15.4');
  });

  test('withholds the file that a review names, and all files where it names none of them', () => {
    expect(statuses(made([redaction('object', 'call-2')]))).toEqual(['included', 'withheld', 'not-held']);
    expect(statuses(made([redaction('object', 'call-3')]))).toEqual(['withheld', 'withheld', 'withheld']);
  });

  test('shows a recording with silence in it under the digest it then has, and says what is withheld', () => {
    const record = made(
      [redaction('segment-of-recording', 'call 12-15'), redaction('segment-of-recording', 'call 20-21')],
      'unchanged',
      ({ name }) => (name === 'call' ? 'ab'.repeat(32) : undefined),
    );
    expect(statuses(record)).toEqual(['redacted', 'included', 'not-held']);
    expect(record.files[0]).toMatchObject({
      sha256: 'ab'.repeat(32),
      withheld: [{ where: 'call 12-15' }, { where: 'call 20-21' }],
    });
    expect(JSON.parse(jsonLine(record, 'access'))).toMatchObject({
      files: [
        { status: 'redacted', sha256: 'ab'.repeat(32), withheld: [{ ground: '15.4' }, { ground: '15.4' }] },
        {},
        {},
      ],
    });
  });

  test('asks for silence only where a review says which seconds of which file', () => {
    const files = [
      { name: 'call', mediaType: 'audio/wav' },
      { name: 'call 1-2', mediaType: 'audio/wav' },
    ];
    const segments = (redactions: readonly AccessRedaction[], at = 0) =>
      withheldSegments(files[at] ?? { name: '', mediaType: '' }, { record: { files }, redactions });
    expect(segments([redaction('segment-of-recording', 'call 5-6')])).toEqual([{ from: 5000, to: 7000 }]);
    expect(segments([redaction('segment-of-recording', '5-6')], 1)).toEqual([{ from: 5000, to: 7000 }]);
    expect(segments([])).toBeUndefined();
    expect(segments([redaction('segment-of-recording', 'call')])).toBeUndefined();
    expect(segments([redaction('segment-of-recording', 'call, at the beginning')])).toBeUndefined();
    // Both files may be meant.
    expect(segments([redaction('segment-of-recording', 'call 1-2')])).toBeUndefined();
    expect(segments([redaction('segment-of-recording', 'call 1-2')], 1)).toBeUndefined();
    // The rest of it is withheld for another reason.
    expect(segments([redaction('segment-of-recording', 'call 5-6'), redaction('object', 'call')])).toBeUndefined();
  });

  test('of an earlier package is told of, and the package is not repeated', () => {
    const record = packageRecord({ ...asked([]), isEarlierCopy: true, isHeld: () => true });
    expect(statuses(record)).toEqual(['earlier-copy', 'earlier-copy', 'earlier-copy']);
    expect(record.status).toBe('included');
  });

  test('withholds a whole recording where a segment of it is withheld and no silence can be made', () => {
    expect(statuses(made([redaction('segment-of-recording', 'call 12-15')]))).toEqual([
      'withheld',
      'included',
      'not-held',
    ]);
    expect(statuses(made([redaction('segment-of-recording', '12-15')]))).toEqual(['withheld', 'withheld', 'not-held']);
  });

  test('that changed since the search is told so, and withholds all words where a passage was meant for others', () => {
    expect(made([], 'changed').status).toBe('changed-since-search');
    expect(made([], 'changed').words?.text).toBe('0123456789');
    expect(made([redaction('passage', 'text 1-2')], 'changed').words).toBeUndefined();
  });

  test('that was erased since the search is told with its certificate', () => {
    const certificate = certificateId('01980000-0000-7000-8000-000000000009');
    const record = packageRecord({
      language: 'en',
      record: frozen,
      number: 1,
      day: localDate('2026-03-01'),
      now: { kind: 'erased', certificate },
      redactions: [],
      isConversation: true,
      isEarlierCopy: false,
      isHeld: () => true,
    });
    expect(record).toMatchObject({ status: 'erased-since-search', certificate, files: [] });
    expect(record.words).toBeUndefined();
  });
});
