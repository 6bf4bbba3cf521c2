// Records for benchmarks: as many text messages, bookings or recordings as wanted, about invented people, as lines of the bulk route.

import { z } from 'zod';
import type { Api, Caller } from '../../demo/api-calls.ts';
import { inventPeople } from '../../demo/synthetic-people.ts';
import { type Chance, chanceFrom } from '../../demo/synthetic-random.ts';
import { instantFromEpoch } from '../../domain/time/instant.ts';

/** One record as a line of the bulk route, with the address it has on the single one. */
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

/** Documents of the made-up controller in bench-archive.yaml: units of a day, an object each. */
export const documentLines = (input: LinesInput): readonly BenchLine[] =>
  make(input, 'document', (chance) => ({
    triggerAt: input.triggerAt,
    identifiers: [{ kind: 'codice-fiscale', value: chance.pick(people).codiceFiscale }],
    text: `Documento ${chance.whole(100000, 999999)}`,
  }));

/** The bulk route's body. */
const asBody = (lines: readonly BenchLine[]): string => lines.map(({ line }) => `${line}\n`).join('');

/** A source that hands in everything of its controller. */
export const sourceOfAll = (controller: string): Caller => ({
  actor: 'source:bench',
  role: 'source',
  controllers: [controller],
  classes: ['*'],
});

const answersSchema = z.array(z.object({ status: z.number(), unitId: z.string().optional() }));

/** Hands lines in through the bulk route, in streams of 20,000; answers the units they joined. Throws if one is refused. */
export const handInLines = async (api: Api, controller: string, lines: readonly BenchLine[]): Promise<Set<string>> => {
  const units = new Set<string>();
  for (let from = 0; from < lines.length; from += 20_000) {
    const part = lines.slice(from, from + 20_000);
    const answers = await api.expect(answersSchema, {
      method: 'POST',
      path: `/controllers/${controller}/records`,
      caller: sourceOfAll(controller),
      at: instantFromEpoch(Date.now()),
      body: asBody(part),
      headers: { 'content-type': 'application/x-ndjson' },
    });
    const good = answers.filter(({ status }) => status === 201);
    if (good.length !== part.length) throw new Error(`${good.length} of ${part.length} lines were registered`);
    for (const { unitId } of good) if (unitId !== undefined) units.add(unitId);
  }
  return units;
};
