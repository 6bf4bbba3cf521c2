// INPS's records of the demonstration: years of portal interactions, chats and text messages that its systems hand over on the first day, and
// the calls that its contact centre goes on recording.

import { hours } from '../domain/time/duration.ts';
import { type Instant, instantPlus } from '../domain/time/instant.ts';
import { chatWithInps } from './synthetic-inps-chats.ts';
import type { Person } from './synthetic-people.ts';
import type { Chance } from './synthetic-random.ts';
import { daytime, type SyntheticInput, type SyntheticRecord, spreadDays } from './synthetic-records.ts';
import { recordCall } from './synthetic-sound.ts';

const portalServices = [
  ['Fascicolo previdenziale del cittadino', 'Consultazione estratto conto contributivo'],
  ['Cedolino pensione', 'Scaricato il cedolino in PDF'],
  ['Domanda NASpI', 'Domanda inviata, ricevuta emessa'],
  ['Assegno unico e universale', 'Modificato l’IBAN di accredito'],
  ['ISEE precompilato', 'DSU confermata e sottoscritta'],
  ['Certificazione unica', 'Scaricata la Certificazione unica'],
  ['Bonus asilo nido', 'Caricata la fattura di una mensilità'],
  ['Delega identità digitale', 'Registrata una delega'],
  ['Simulazione pensione: Pensami', 'Eseguita una simulazione'],
  ['Permessi legge 104', 'Consultato lo stato della domanda'],
] as const;
const authentications = ['spid', 'spid', 'spid', 'cie', 'cns', 'pin'] as const;

const messages = [
  [
    'automated',
    'INPS: la sua domanda di NASpI è stata accolta. Primo pagamento previsto entro 30 giorni. Info su MyINPS.',
  ],
  ['automated', 'INPS: è disponibile il cedolino della pensione. Acceda a MyINPS con SPID, CIE o CNS.'],
  ['automated', 'INPS: il pagamento dell’Assegno unico è in corso. Valuta il 20 del mese.'],
  ['automated', 'INPS: la sua DSU è stata acquisita. L’ISEE sarà disponibile entro 10 giorni.'],
  ['automated', 'INPS: promemoria appuntamento in sede il giorno indicato, sportello 4. Per disdire usi INPS Mobile.'],
  ['operator', 'INPS: gentile utente, manca il documento di identità alla sua domanda. Può inviarlo dall’area MyINPS.'],
  ['operator', 'INPS: abbiamo provato a contattarla per la sua pratica. La richiameremo domani tra le 9 e le 12.'],
] as const;

const subject = (person: Person) => ({ kind: 'codice-fiscale' as const, value: person.codiceFiscale });
const numbered = (run: string, what: string, index: number): string =>
  `${what}-${run}-${String(index + 1).padStart(4, '0')}`;

const portalInteractions = ({ chance, people, startAt, run }: SyntheticInput): readonly SyntheticRecord[] =>
  // A visit is several interactions on one day, so days share units as they do in life.
  spreadDays(chance, 30, -1_815, -2).flatMap((day, visit) =>
    Array.from({ length: chance.whole(1, 3) }, (_, step) => {
      const [service, done] = chance.pick(portalServices);
      return {
        controller: 'inps' as const,
        recordClass: 'portal-interaction',
        sourceId: numbered(run, 'myinps', visit * 4 + step),
        handedInAt: startAt,
        triggerAt: daytime(chance, startAt, day),
        identifiers: [subject(chance.pick(people))],
        fields: { service, authentication: chance.pick(authentications) },
        text: done,
        objects: [],
      };
    }),
  );

const chats = ({ chance, people, startAt, run }: SyntheticInput): readonly SyntheticRecord[] =>
  spreadDays(chance, 26, -1_810, -1).map((day, index) => {
    const person = chance.pick(people);
    const chat = chatWithInps(chance, person);
    // Chats of the last days end while Oblio is there: a few come with an address, and their transcripts are sent.
    const withAddress = day > -150;
    return {
      controller: 'inps',
      recordClass: 'chat',
      sourceId: numbered(run, 'chat', index),
      handedInAt: startAt,
      triggerAt: daytime(chance, startAt, day),
      identifiers: [subject(person), ...(withAddress ? [{ kind: 'email' as const, value: person.email }] : [])],
      fields: {
        counterpart: chat.counterpart,
        ...(chat.counterpart === 'operator' ? { claimNumber: `INPS.${chat.protocol}` } : {}),
      },
      text: chat.text,
      objects: [],
    };
  });

const textMessages = ({ chance, people, startAt, run }: SyntheticInput): readonly SyntheticRecord[] => {
  const days = spreadDays(chance, 30, -1_820, -1);
  // An old gateway turns up a message that should have been gone for three weeks: it is erased at once, and its certificate says how late.
  return [-1_848, ...days].map((day, index) => {
    const person = chance.pick(people);
    const [senderKind, text] = chance.pick(messages);
    return {
      controller: 'inps',
      recordClass: 'sms',
      sourceId: numbered(run, 'sms', index),
      handedInAt: startAt,
      triggerAt: daytime(chance, startAt, day),
      identifiers: [subject(person), { kind: 'phone', value: person.phone }],
      fields: { senderKind },
      text,
      objects: [],
    };
  });
};

type CallInput = SyntheticInput & {
  readonly callChance: Chance;
  readonly triggerAt: Instant;
  readonly handedInAt: Instant;
};

/** A recorded call of a random person, with the evidence that the caller was told and its sound. */
const call = ({ callChance, people, run, triggerAt, handedInAt }: CallInput, index: number): SyntheticRecord => {
  const person = callChance.pick(people);
  const claim = callChance.next() < 0.5;
  return {
    controller: 'inps',
    recordClass: 'call-recording',
    sourceId: numbered(run, 'call', index),
    handedInAt,
    triggerAt,
    identifiers: [subject(person), { kind: 'phone', value: person.phone }],
    fields: {
      purpose: claim ? 'claim-processing' : 'quality-monitoring',
      toldAt: triggerAt,
      announcementVersion: '2026-03',
      ...(claim ? { claimNumber: `INPS.${callChance.whole(1000, 9999)}.${callChance.whole(100000, 999999)}` } : {}),
    },
    objects: [
      {
        name: 'recording.wav',
        mediaType: 'audio/wav',
        bytes: recordCall(callChance.for(`sound/${index}`), callChance.whole(3, 6)),
      },
    ],
  };
};

const callRecordings = (input: SyntheticInput): readonly SyntheticRecord[] => {
  const { chance, startAt } = input;
  const before = spreadDays(chance, 8, -170, -1).map((day) => ({
    triggerAt: daytime(chance, startAt, day),
    at: startAt,
  }));
  // The contact centre goes on recording through the years.
  const later = spreadDays(chance, 10, 30, 1_600).map((day) => {
    const triggerAt = daytime(chance, startAt, day);
    return { triggerAt, at: instantPlus(triggerAt, hours(6)) };
  });
  return [...before, ...later].map(({ triggerAt, at }, index) =>
    call({ ...input, callChance: chance.for(`call/${index}`), triggerAt, handedInAt: at }, index),
  );
};

/** Everything INPS's systems hand in. */
export const inpsRecords = (input: SyntheticInput): readonly SyntheticRecord[] => {
  const part = (name: string): SyntheticInput => ({ ...input, chance: input.chance.for(name) });
  return [
    ...portalInteractions(part('portal')),
    ...chats(part('chats')),
    ...textMessages(part('sms')),
    ...callRecordings(part('calls')),
  ];
};
