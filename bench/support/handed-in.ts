// Records for benchmarks: as many text messages, bookings or recordings as wanted, about invented people, as lines of the bulk route.

import type { Caller } from '../../demo/api-calls.ts';
import { inventPeople } from '../../demo/synthetic-people.ts';
import { type Chance, chanceFrom } from '../../demo/synthetic-random.ts';

export type BenchLine = { readonly recordClass: string; readonly sourceId: string; readonly line: string };

type LinesInput = { readonly count: number; readonly label: string; readonly triggerAt: string };

const people = inventPeople(chanceFrom('bench').for('people'), 500);

const make = (
  { count, label }: LinesInput,
  recordClass: string,
  rest: (chance: Chance, index: number) => Readonly<Record<string, unknown>>,
): readonly BenchLine[] => {
  const chance = chanceFrom(`bench/${recordClass}/${label}`);
  return Array.from({ length: count }, (_, index) => {
    const sourceId = `${label}-${index}`;
    return { recordClass, sourceId, line: JSON.stringify({ recordClass, sourceId, ...rest(chance, index) }) };
  });
};

/** INPS's text messages: units of a day, so that all of one trigger day are one unit. */
export const smsLines = (input: LinesInput): readonly BenchLine[] =>
  make(input, 'sms', (chance) => {
    const person = chance.pick(people);
    return {
      triggerAt: input.triggerAt,
      identifiers: [
        { kind: 'codice-fiscale', value: person.codiceFiscale },
        { kind: 'phone', value: person.phone },
      ],
      fields: { senderKind: 'automated' },
      text: `INPS: gentile ${person.givenName} ${person.familyName}, la sua domanda n. ${chance.whole(100000, 999999)} è stata accolta. Info su MyINPS.`,
    };
  });

/** Bookings of the Comune di Milano: a unit each. */
export const bookingLines = (input: LinesInput): readonly BenchLine[] =>
  make(input, 'booking', (chance) => {
    const person = chance.pick(people);
    return {
      triggerAt: input.triggerAt,
      identifiers: [{ kind: 'codice-fiscale', value: person.codiceFiscale }],
      fields: { channel: 'phone-020202', service: 'Carta d’identità elettronica' },
      text: `${person.givenName} ${person.familyName}, ${person.street}, Milano. Tel. ${person.phone}.`,
    };
  });

/** INPS's call recordings: a unit each, their sound is handed in as an object. */
export const recordingLines = (input: LinesInput): readonly BenchLine[] =>
  make(input, 'call-recording', (chance) => {
    const person = chance.pick(people);
    return {
      triggerAt: input.triggerAt,
      identifiers: [{ kind: 'phone', value: person.phone }],
      fields: { purpose: 'quality-monitoring', toldAt: input.triggerAt, announcementVersion: '2026-03' },
    };
  });

/** The bulk route's body. */
export const asBody = (lines: readonly BenchLine[]): string => lines.map(({ line }) => `${line}\n`).join('');

/** A source that hands in everything of its controller. */
export const sourceOfAll = (controller: string): Caller => ({
  actor: 'source:bench',
  role: 'source',
  controllers: [controller],
  classes: ['*'],
});
