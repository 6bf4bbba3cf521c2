/** What a rectification changes: the part that is named, from what stands there, and nothing that is not certain. */
import { describe, expect, it } from 'vitest';
import type { FieldDefinition, RecordClassPolicy } from '../../domain/policy/policy.ts';
import { type DecidedChange, isArchive, rectifyContent } from '../../domain/request/decision/rectify-content.ts';
import { instant } from '../../domain/time/instant.ts';

const field = (name: string, kind: FieldDefinition['kind'], more: Partial<FieldDefinition> = {}): FieldDefinition => ({
  name,
  kind,
  required: false,
  holdScope: false,
  description: { it: name, en: name },
  ...more,
});

const rule: Pick<RecordClassPolicy, 'fields' | 'trigger'> = {
  fields: [
    field('purpose', 'code', { required: true, values: ['quality', 'experience'] }),
    field('sentAt', 'instant'),
    field('appointmentAt', 'instant'),
    field('urgent', 'boolean'),
    field('pages', 'number'),
    field('note', 'text'),
  ],
  trigger: {
    event: 'sending',
    byField: { field: 'purpose', events: { quality: 'sending', experience: 'appointment' } },
    timeFields: { sending: 'sentAt', appointment: 'appointmentAt' },
  },
};

const content = {
  triggerAt: instant('2026-10-01T10:00:00Z'),
  identifiers: [
    { kind: 'phone', value: '333 1234567' },
    { kind: 'email', value: 'Ada@example.it' },
  ],
  fields: { purpose: 'quality', sentAt: '2026-10-01T10:00:00.000Z', urgent: false, pages: 3 },
  text: 'lives in Roma',
};

const change = (what: string, before: string, after: string): DecidedChange => ({ what, before, after });
const rectify = (...what: [string, string, string]) => rectifyContent(rule, content, change(...what));

describe('a change that fits', () => {
  it.each([
    ['text', 'Roma', 'Torino', { text: 'lives in Torino' }],
    ['pages', '3', '4', { fields: { ...content.fields, pages: 4 } }],
    ['fields.urgent', 'false', 'true', { fields: { ...content.fields, urgent: true } }],
    ['note', '-', 'added', { fields: { ...content.fields, note: 'added' } }],
    [
      'identifiers.phone',
      '+393331234567',
      '333 7654321',
      { identifiers: [{ kind: 'phone', value: '333 7654321' }, content.identifiers[1]] },
    ],
    ['identifiers.email', 'ada@EXAMPLE.it', '-', { identifiers: [content.identifiers[0]] }],
    [
      'identifiers.email',
      '-',
      'new@example.it',
      { identifiers: [...content.identifiers, { kind: 'email', value: 'new@example.it' }] },
    ],
  ])('of %s from %s to %s changes that and nothing else', (what, before, after, expected) => {
    expect(rectify(what, before, after)).toEqual({ ...content, ...expected });
  });

  it('of the time the period runs from moves the trigger time, whichever of the two is named', () => {
    const at = '2026-10-03T10:00:00.000Z';
    const expected = { ...content, triggerAt: at, fields: { ...content.fields, sentAt: at } };
    expect(rectify('sentAt', '2026-10-01T12:00:00+02:00', at)).toEqual(expected);
    expect(rectify('triggerAt', '2026-10-01T10:00:00Z', '2026-10-03T12:00:00+02:00')).toEqual(expected);
  });

  it('of the field that chooses the event dates the record by the other event', () => {
    const appointmentAt = '2026-10-09T08:00:00.000Z';
    const both = { ...content, fields: { ...content.fields, appointmentAt } };
    expect(rectifyContent(rule, both, change('purpose', 'quality', 'experience'))?.triggerAt).toBe(appointmentAt);
  });
});

describe('a change that does not fit is not forced', () => {
  it.each([
    ['text', 'Milano', 'Torino', 'another text stands there'],
    ['text', 'i', 'y', 'the passage occurs more than once'],
    ['text', '-', 'x', 'there is a text already'],
    ['pages', '2', '4', 'another number stands there'],
    ['pages', '3', 'four', 'it is no number'],
    ['purpose', 'quality', 'curiosity', 'the class has no such code'],
    ['purpose', 'quality', '-', 'the field is required'],
    ['purpose', 'quality', 'experience', 'nothing says when the other event was'],
    ['sentAt', '2026-10-01T10:00:00Z', '-', 'the period would run from nothing'],
    ['identifiers.phone', '333 0000000', '333 7654321', 'no such number stands there'],
    ['identifiers.email', 'ada@example.it', 'no address', 'it is no address'],
    ['identifiers.name', 'Ada', 'Eva', 'names are no identifiers'],
    ['colour', 'red', 'blue', 'the class has no such field'],
    ['__proto__', '-', 'x', 'the class has no such field'],
  ])('%s from %s to %s: %s', (what, before, after) => {
    expect(rectify(what, before, after)).toBeUndefined();
  });
});

it.each([
  ['sealed-text', false],
  ['objects', true],
  ['both', true],
] as const)('a class that keeps its content as %s is an archive: %s', (place, expected) => {
  expect(isArchive({ content: place })).toBe(expected);
});
