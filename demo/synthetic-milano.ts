// Records of the Comune di Milano's contact centre 020202: bookings, enquiries, and the addresses that survey invitations were sent to.

import { days } from '../domain/time/duration.ts';
import { type Instant, instantPlus } from '../domain/time/instant.ts';
import type { Person } from './synthetic-people.ts';
import type { Chance } from './synthetic-random.ts';
import { daytime, type SyntheticInput, type SyntheticRecord, spreadDays } from './synthetic-records.ts';

const channels = [
  'phone-020202',
  'phone-020202',
  'web-chat',
  'whatsapp-chatbot',
  'online-form',
  'facebook',
  'instagram',
];

const services = [
  ['Carta d’identità elettronica', 'registry', 'Anagrafe di via Larga 12'],
  ['Cambio di residenza', 'registry', 'Anagrafe di via Padova 118'],
  ['Pubblicazioni di matrimonio', 'civil-status', 'Stato civile, via Larga 12'],
  ['Dichiarazione di nascita', 'civil-status', 'Stato civile, via Larga 12'],
  ['Consulenza TARI e IMU', 'tax-advice', 'Sportello tributi, via Silvio Pellico 16'],
] as const;

/** Kind, and the conversation; `Op` is the operator of 020202. */
const enquiries: readonly (readonly ['generic' | 'personal', readonly string[]])[] = [
  [
    'generic',
    [
      'Cittadino: Buongiorno, domani Area B è attiva? C’è sciopero dei mezzi.',
      'Op: Buongiorno! In caso di sciopero Area B e Area C possono essere sospese: trova l’avviso sulla home del Comune.',
      'Cittadino: Ok, e per l’Euro 5 diesel quanti ingressi ho?',
      'Op: Dipende dalla registrazione al servizio Move-In: sul portale vede gli ingressi o i chilometri residui.',
    ],
  ],
  [
    'personal',
    [
      'Cittadina: Ciao, la mia carta d’identità è scaduta e parto il 12, posti liberi solo fra un mese 😩',
      'Op: Buongiorno {nome}, per partenze imminenti c’è l’open day del sabato, con biglietto di viaggio alla mano.',
      'Cittadina: Posso venire anche se la residenza l’ho appena cambiata in {via}?',
      'Op: Sì, basta che la pratica di cambio di residenza risulti presentata. Porti una fototessera e la vecchia carta.',
      'Cittadina: Perfetto, grazie!!',
    ],
  ],
  [
    'personal',
    [
      'Cittadino: Salve, sono {nome} {cognome}. Ho ricevuto due volte la TARI per {via}.',
      'Op: Buongiorno, verifico. Una è l’acconto e l’altra il saldo dello stesso anno.',
      'Cittadino: Sulla seconda però siamo in 4 e invece siamo in 3 da gennaio.',
      'Op: Allora può chiedere la rettifica del nucleo allo sportello tributi, anche online: il numero di richiesta è {numero}.',
    ],
  ],
  [
    'generic',
    [
      'Cittadina: Le iscrizioni ai nidi quando aprono?',
      'Op: Di solito tra gennaio e febbraio, le date escono sul sito nella sezione Servizi educativi.',
      'Cittadina: e se il bimbo nasce a marzo?',
      'Op: Può fare domanda anche per i nascituri entro i termini, allegando il certificato di gravidanza.',
    ],
  ],
  [
    'personal',
    [
      'Cittadino: mi serve un certificato di stato di famiglia per il notaio, lo posso avere subito?',
      'Op: Con SPID o CIE lo scarica da solo dal Fascicolo del cittadino, con il timbro digitale.',
      'Cittadino: non ho lo spid',
      'Op: Allora le prenoto lo sportello di via Larga; le scrivo al numero {telefono} con giorno e ora.',
      'Cittadino: va bene, grazie',
    ],
  ],
];

const numbered = (run: string, what: string, index: number): string =>
  `${what}-${run}-${String(index + 1).padStart(4, '0')}`;

/** Days from the start of the story: the first weeks, then a few in each year. */
const daysOfLife = (chance: Chance, first: readonly [number, number], counts: readonly [number, number]) => [
  ...spreadDays(chance, counts[0], first[0], first[1]),
  ...spreadDays(chance, counts[1], first[1] + 40, 1_600),
];

const notBefore = (startAt: Instant, at: Instant): Instant => (at < startAt ? startAt : at);

const bookings = ({ chance, people, startAt, run }: SyntheticInput): readonly SyntheticRecord[] =>
  daysOfLife(chance, [-160, 21], [10, 8]).map((day, index) => {
    const person = chance.pick(people);
    const [service, , office] = chance.pick(services);
    const appointmentAt = daytime(chance, startAt, day);
    return {
      controller: 'comune-di-milano',
      recordClass: 'booking',
      sourceId: numbered(run, 'booking', index),
      handedInAt: notBefore(startAt, instantPlus(appointmentAt, -days(chance.whole(2, 15)))),
      triggerAt: appointmentAt,
      identifiers: [
        { kind: 'codice-fiscale', value: person.codiceFiscale },
        { kind: 'phone', value: person.phone },
      ],
      fields: { channel: chance.pick(channels), service, bookingNumber: `MI-${chance.whole(100000, 999999)}` },
      text: `${person.givenName} ${person.familyName}, ${person.street}, 201${chance.whole(21, 61)} Milano. Tel. ${person.phone}. ${service}, ${office}.`,
      objects: [],
    };
  });

const enquiryRecords = ({ chance, people, startAt, run }: SyntheticInput): readonly SyntheticRecord[] =>
  daysOfLife(chance, [-150, -1], [8, 6]).map((day, index) => {
    const person = chance.pick(people);
    const [enquiryKind, lines] = chance.pick(enquiries);
    const enquiryNumber = `R-${chance.whole(100000, 999999)}`;
    const values: Readonly<Record<string, string>> = {
      nome: person.givenName,
      cognome: person.familyName,
      via: person.street,
      telefono: person.phone,
      numero: enquiryNumber,
    };
    const closedAt = daytime(chance, startAt, day);
    return {
      controller: 'comune-di-milano',
      recordClass: 'enquiry',
      sourceId: numbered(run, 'enquiry', index),
      handedInAt: notBefore(startAt, closedAt),
      triggerAt: closedAt,
      identifiers: enquiryKind === 'personal' ? [{ kind: 'phone', value: person.phone }] : [],
      fields: { channel: chance.pick(channels), enquiryKind, enquiryNumber },
      text: lines.join('\n').replaceAll(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole),
      objects: [],
    };
  });

const invitation = (chance: Chance, person: Person, at: Instant) => {
  const bySms = chance.next() < 0.35;
  const channel = bySms ? { channel: 'sms', smsAuthorisedAt: instantPlus(at, -600_000) } : { channel: 'email' };
  const identifier = bySms
    ? { kind: 'phone' as const, value: person.phone }
    : { kind: 'email' as const, value: person.email };
  return { channel, identifier };
};

const surveys = ({ chance, people, startAt, run }: SyntheticInput): readonly SyntheticRecord[] =>
  daysOfLife(chance, [-1, 20], [10, 10]).map((day, index) => {
    const person = chance.pick(people);
    const at = daytime(chance, startAt, day);
    const { channel, identifier } = invitation(chance, person, at);
    // Purpose 2 in turn with purpose 3, whose three days run from the appointment.
    const infoline = index % 2 === 0;
    const [, bookedService] = chance.pick(services);
    return {
      controller: 'comune-di-milano',
      recordClass: 'survey-invitation',
      sourceId: numbered(run, 'survey', index),
      handedInAt: notBefore(startAt, at),
      triggerAt: at,
      identifiers: [identifier],
      fields: infoline
        ? { purpose: 'infoline-quality', sentAt: at, ...channel }
        : { purpose: 'booked-service-experience', appointmentAt: at, bookedService, ...channel },
      objects: [],
    };
  });

/** Everything the contact centre's systems hand in. */
export const milanoRecords = (input: SyntheticInput): readonly SyntheticRecord[] => {
  const part = (name: string): SyntheticInput => ({ ...input, chance: input.chance.for(name) });
  return [...bookings(part('bookings')), ...enquiryRecords(part('enquiries')), ...surveys(part('surveys'))];
};
