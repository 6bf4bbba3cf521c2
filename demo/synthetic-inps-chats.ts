// Conversations as citizens have them with INPS, in Italian: pension, NASpI, assegno unico, SPID, contributions. Invented from beginning to end.

import type { Person } from './synthetic-people.ts';
import type { Chance } from './synthetic-random.ts';

/** Who says what: `u` the citizen, `i` the institute. */
type Line = readonly ['u' | 'i', string];

type Topic = { readonly counterpart: 'operator' | 'chatbot'; readonly lines: readonly Line[] };

const topics: readonly Topic[] = [
  {
    counterpart: 'operator',
    lines: [
      ['u', "Buongiorno, ho fatto domanda di NASpI il {data} ma sul sito vedo ancora 'in lavorazione'. È normale?"],
      ['i', 'Buongiorno, sono {operatore} di INPS Risponde. Mi può dare il numero di protocollo della domanda?'],
      ['u', 'Sì, INPS.{protocollo}'],
      ['i', 'Grazie. La domanda è completa, manca solo la comunicazione di cessazione da parte del datore di lavoro.'],
      ['u', "Ma l'azienda mi ha detto di averla mandata due settimane fa..."],
      ['i', 'Risulta trasmessa con una data di fine rapporto diversa dalla sua: loro {data}, lei il giorno dopo.'],
      ['u', 'Ah ecco. Ho sbagliato io, la data giusta è la loro. Posso correggere?'],
      ['i', 'La rettifico io da qui, se mi conferma. Il primo pagamento parte in genere entro 30 giorni.'],
      ['u', 'Confermo, grazie mille. Gentilissimo.'],
    ],
  },
  {
    counterpart: 'operator',
    lines: [
      ['u', 'salve, sono {nome} {cognome}. il cedolino della pensione di questo mese è più basso di {importo} euro'],
      ['i', 'Buongiorno, un attimo che verifico il suo cedolino.'],
      ['i', "La differenza è il conguaglio dell'addizionale regionale, trattenuto in un'unica rata."],
      ['u', 'e perché nessuno mi ha avvisato? io ci pago l’affitto con quella pensione'],
      ['i', 'La capisco. La comunicazione è nella sua area MyINPS, sezione Cedolino pensione, dal {data}.'],
      ['u', 'non so usare il computer, mi aiuta mia nipote la domenica'],
      ['i', 'Se vuole le fisso un appuntamento telefonico con la sede, così rivedete insieme le trattenute.'],
      ['u', 'sì per favore, la mattina se possibile. il numero è {telefono}'],
      ['i', 'Fatto: la chiameranno entro tre giorni lavorativi, tra le 9 e le 12.'],
      ['u', 'va bene grazie arrivederci'],
    ],
  },
  {
    counterpart: 'chatbot',
    lines: [
      ['i', "Ciao, sono l'assistente virtuale dell'INPS. Su cosa posso aiutarti?"],
      ['u', 'assegno unico importo dimezzato da marzo'],
      ['i', "L'importo dell'Assegno unico dipende dall'ISEE in corso di validità. Hai presentato la DSU quest'anno?"],
      ['u', 'no... pensavo fosse automatico'],
      [
        'i',
        "Senza un ISEE valido viene pagato l'importo minimo. Se presenti la DSU entro il 30 giugno ricevi gli arretrati.",
      ],
      ['u', 'quindi i {importo} euro che mancano me li ridate?'],
      [
        'i',
        'Sì, con i conguagli, dopo che il nuovo ISEE è stato attestato. Vuoi il collegamento al servizio ISEE precompilato?',
      ],
      ['u', 'sì, entro con lo spid?'],
      ['i', 'Puoi accedere con SPID di livello 2, CIE 3.0 o CNS. Posso aiutarti in altro?'],
      ['u', 'no ok grazie'],
    ],
  },
  {
    counterpart: 'chatbot',
    lines: [
      ['i', "Ciao, sono l'assistente virtuale dell'INPS. Su cosa posso aiutarti?"],
      ['u', 'ho ancora il PIN ma non mi fa entrare'],
      ['i', 'Il PIN INPS non è più rilasciato ai cittadini residenti in Italia. Puoi accedere con SPID, CIE o CNS.'],
      ['u', 'ho 78 anni, come faccio con lo spid'],
      [
        'i',
        'Puoi delegare una persona di fiducia: la delega si attiva allo sportello o in videochiamata con un documento.',
      ],
      ['u', 'mia figlia {nome} può farlo? abita a Torino e io a Bari'],
      ['i', 'Sì. La delega è personale e vale per tutti i servizi; puoi revocarla quando vuoi.'],
      ['u', 'bene, grazie'],
    ],
  },
  {
    counterpart: 'operator',
    lines: [
      [
        'u',
        "Buongiorno, nel mio estratto conto contributivo mancano i contributi da maggio a dicembre di quell'anno alla {azienda}.",
      ],
      ['i', 'Buongiorno, sono {operatore}. Ha le buste paga o il CUD di quel periodo?'],
      ['u', 'Le buste paga sì, il CUD non lo trovo. La ditta ha chiuso.'],
      ['i', 'Può bastare: faccia una segnalazione contributiva (FASE) allegando le buste paga e il contratto.'],
      ['u', 'E se non risultano mai versati? Mi mancano {mesi} mesi alla pensione.'],
      [
        'i',
        "Per i lavoratori dipendenti vale l'automaticità delle prestazioni entro il termine di prescrizione: la sede valuterà.",
      ],
      ['u', 'Posso avere un riferimento per seguire la pratica?'],
      ['i', 'Certo: INPS.{protocollo}. Le mando la trascrizione della chat a {email}.'],
      ['u', 'Perfetto, buona giornata.'],
    ],
  },
  {
    counterpart: 'operator',
    lines: [
      [
        'u',
        'Salve, mia madre ha la 104 e io uso i tre giorni al mese. Ho cambiato datore di lavoro: devo rifare la domanda?',
      ],
      ['i', 'Buongiorno. Sì, la domanda di permessi va presentata di nuovo per il nuovo datore di lavoro.'],
      ['u', 'Anche il verbale? È rivedibile a {data}.'],
      [
        'i',
        'Il verbale è già agli atti, non serve allegarlo. In attesa della visita di revisione i permessi restano validi.',
      ],
      ['u', 'Meno male. E il codice fiscale di mia madre lo devo rimettere?'],
      ['i', 'Sì, nella domanda va indicata la persona assistita. Le ricordo di non scriverlo qui in chat.'],
      ['u', 'Chiaro. Grazie, è stata molto chiara.'],
    ],
  },
  {
    counterpart: 'operator',
    lines: [
      ['u', 'Buonasera, bonus asilo nido: ho caricato la fattura di {data} ma mi dice allegato non valido'],
      ['i', 'Buonasera, il sistema accetta un solo PDF per mensilità, fino a 3 MB. Il suo file quanto pesa?'],
      ['u', 'ehm 11 MB, l’ho fotografata col telefono 😅'],
      [
        'i',
        'Ecco il motivo. Provi a ricaricarla come scansione in bianco e nero; la scadenza per le mensilità è fine anno.',
      ],
      ['u', 'ok riprovo stasera. se va bene quando arrivano i {importo} euro?'],
      ['i', 'Di solito entro il mese successivo alla validazione, sull’IBAN indicato in domanda.'],
      ['u', 'grazie!'],
    ],
  },
  {
    counterpart: 'operator',
    lines: [
      ['u', 'Ho ricevuto una lettera: indebito di {importo} euro sulla disoccupazione. Non è possibile.'],
      ['i', 'Buongiorno, sono {operatore}. Verifico il provvedimento: mi conferma nome e cognome?'],
      ['u', '{nome} {cognome}'],
      ['i', 'La somma riguarda i giorni in cui risulta una collaborazione, dal {data} in poi.'],
      ['u', 'Era una prestazione occasionale da 300 euro! L’ho anche comunicata!'],
      ['i', 'Se ha la ricevuta della comunicazione può chiedere il riesame in autotutela dalla sua area MyINPS.'],
      ['u', 'Ho la ricevuta. Intanto devo pagare?'],
      [
        'i',
        'La richiesta di riesame non sospende il termine, ma può chiedere la rateizzazione senza perdere il diritto al ricorso.',
      ],
      ['u', 'Va bene. Mi segno tutto. Grazie per la pazienza.'],
    ],
  },
];

const operators = ['Sara', 'Paolo', 'Roberta', 'Fabio'];
const companies = ['Edilnova srl', 'Tessuti Orobici spa', 'Ristorante Il Molo', 'Logistica Padana scarl'];

const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** One invented conversation, as the chat system would hand it in. */
export type Chat = { readonly counterpart: 'operator' | 'chatbot'; readonly protocol: string; readonly text: string };

/** One conversation of this person, with the times at which each line was written. */
export const chatWithInps = (chance: Chance, person: Person): Chat => {
  const { counterpart, lines } = chance.pick(topics);
  const protocol = `${chance.whole(1000, 9999)}.${chance.whole(100000, 999999)}`;
  const values: Readonly<Record<string, string>> = {
    nome: person.givenName,
    cognome: person.familyName,
    email: person.email,
    telefono: person.phone,
    operatore: chance.pick(operators),
    azienda: chance.pick(companies),
    protocollo: protocol,
    importo: `${chance.whole(38, 460)},${chance.whole(10, 99)}`,
    mesi: String(chance.whole(4, 19)),
    data: `${chance.whole(1, 28)}/${chance.whole(1, 12)}`,
  };
  let minute = chance.whole(8 * 60, 18 * 60);
  const written = lines.map(([who, line]) => {
    minute += chance.whole(0, 3);
    const name = who === 'u' ? person.givenName : counterpart === 'operator' ? 'INPS' : 'Assistente';
    return `[${clock(minute)}] ${name}: ${line.replaceAll(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole)}`;
  });
  return { counterpart, protocol, text: written.join('\n') };
};
