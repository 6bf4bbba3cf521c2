/** The words of the letters of a case other than the answer, in Italian and English. */
import type { LetterLanguage } from '../../domain/letter/letter-content.ts';
import { dal, del, il } from './writing.ts';

const it = {
  subjects: {
    acknowledgement: 'conferma di ricevimento della richiesta',
    'identification-request': 'richiesta di informazioni necessarie per rispondere',
    extension: 'proroga del termine per rispondere',
    answer: 'risposta alla richiesta',
    'restriction-to-be-lifted': 'prossima revoca della limitazione del trattamento',
    'closed-unidentified': 'chiusura della richiesta',
    'not-a-request': 'esito del Suo messaggio',
    'request-withdrawn': 'presa d’atto del ritiro della richiesta',
    'recipients-report': 'destinatari informati',
  },
  acknowledged:
    'abbiamo ricevuto la Sua richiesta e risponderemo senza ingiustificato ritardo, al più tardi entro questi termini:',
  receiptCorrected: (wrong: string, right: string) =>
    `in una comunicazione precedente avevamo indicato ${il(wrong)} come giorno di ricevimento della Sua richiesta. L’abbiamo invece ricevuta ${il(right)}: i termini che seguono sostituiscono quelli già comunicati.`,
  answerBy: 'Risponderemo senza ingiustificato ritardo, al più tardi entro questi termini:',
  until: (right: string, date: string) => `${right}: entro ${il(date)}`,
  caseFileTitle: 'Dati del fascicolo',
  caseFile: (kept: string) =>
    `Per rispondere trattiamo i dati contenuti nella richiesta, perché la legge lo impone (art. 6, par. 1, lett. c), e art. 12 del Regolamento); senza quelli che permettono di sapere chi scrive non potremo dare seguito alla richiesta. Il fascicolo è conservato ${kept}. Anche su questi dati Lei può esercitare i diritti previsti dagli artt. da 15 a 18 del Regolamento (informativa ai sensi dell’art. 13).`,
  caseFileRecipients: (names: string) =>
    names === ''
      ? 'I dati del fascicolo non sono comunicati ad altri.'
      : `I dati del fascicolo possono essere comunicati a: ${names}.`,
  restrictedMeanwhile: (right: string, article: string) =>
    `Mentre valutiamo la richiesta di ${right}, il trattamento dei dati a cui si riferisce è limitato (${article}): sono conservati e, salvo i casi previsti dalla legge, non sono usati. La informeremo prima che la limitazione cessi.`,
  others: 'Alle altre parti della richiesta rispondiamo con lettere separate, al più tardi entro questi termini:',
  about: {
    identity:
      'per rispondere alla Sua richiesta dobbiamo prima accertare la Sua identità (art. 12, par. 6, del Regolamento).',
    authority:
      'per rispondere alla Sua richiesta dobbiamo prima verificare che Lei possa agire per la persona interessata.',
    specification:
      'per rispondere alla Sua richiesta Le chiediamo di precisare a quali dati si riferisce (considerando 63 del Regolamento).',
  },
  doubt: 'Il motivo è questo: ',
  asked: 'È sufficiente uno dei seguenti elementi, e nulla di più:',
  items: {
    'digital-identity': 'l’accesso con identità digitale (SPID, CIE o CNS)',
    'signed-pec': 'un messaggio da una PEC a Suo nome o firmato digitalmente',
    'visit-with-document': 'una visita ai nostri uffici con un documento d’identità',
    'document-copy':
      'la copia di un documento d’identità in cui siano oscurati i dati non necessari (la elimineremo dopo la verifica)',
    'answer-to-question': 'la risposta a una domanda sui rapporti già intercorsi con noi',
    'contact-used': 'l’indirizzo e-mail o il numero di telefono usato per contattarci',
    mandate: 'la delega o il mandato firmato dalla persona interessata',
    'proof-of-parenthood': 'una dichiarazione sostitutiva che attesti la responsabilità genitoriale',
    'proof-of-kinship': 'una dichiarazione sostitutiva che attesti la parentela con la persona deceduta',
    'proof-of-representation':
      'il provvedimento che conferisce la rappresentanza (tutela, curatela, amministrazione di sostegno)',
    'period-or-service': 'il periodo o il servizio a cui si riferisce la richiesta',
  },
  clock: (from: string) => `Il termine per rispondere è sospeso ${dal(from)} fino alla Sua risposta. `,
  closedUnanswered: (by: string) =>
    `Se non la riceviamo entro ${il(by)}, chiuderemo la richiesta dandoLene comunicazione; potrà ripresentarla in qualsiasi momento.`,
  answeredInFull: (by: string) =>
    `Se non la riceviamo entro ${il(by)}, il termine riprenderà a decorrere e risponderemo per tutti i dati a cui la richiesta può riferirsi.`,
  extended: (months: number) =>
    `il termine per rispondere alla Sua richiesta è prorogato di ${months === 1 ? 'un mese' : 'due mesi'} (art. 12, par. 3, del Regolamento). I nuovi termini sono:`,
  newTerm: (right: string, until: string, before: string) => `${right}: entro ${il(until)} (prima: ${before})`,
  extensionReasons: {
    complexity: 'La proroga è necessaria per la complessità della richiesta. ',
    'number-of-requests': 'La proroga è necessaria per il numero delle richieste. ',
  },
  outcome: 'Di seguito l’esito della Sua richiesta: ',
  authorityOfDeceased: {
    own: '',
    other:
      'per rispondere alla Sua richiesta dobbiamo prima verificare che Lei possa esercitare i diritti sui dati di {name} (art. 2-terdecies del Codice).',
  },
  dataOf: { own: 'dei Suoi dati', other: 'dei dati di {name}' },
  lifting: (date: string, right: string, data: string) =>
    `la limitazione del trattamento ${data}, applicata per la richiesta di ${right}, sarà revocata non prima ${del(date)} (art. 18, par. 3, del Regolamento).`,
  reason: 'Il motivo è questo: ',
  thenErased: 'Le registrazioni il cui periodo di conservazione è già terminato saranno poi cancellate.',
  notErased: 'Le registrazioni torneranno a essere trattate come prima e saranno cancellate entro le date indicate.',
  closed: (date: string) =>
    `la Sua richiesta è chiusa senza esito, perché non abbiamo ricevuto quanto Le avevamo chiesto ${il(date)}`,
  closedUnder: {
    identity: ' (art. 12, parr. 2 e 6, del Regolamento).',
    authority:
      '. I diritti spettano alla persona a cui si riferiscono i dati: chi agisce per lei deve dimostrare di poterlo fare.',
  },
  closedAbout: {
    identity: 'Senza quegli elementi non abbiamo potuto accertare la Sua identità. Avevamo chiesto:',
    authority: 'Senza quegli elementi non abbiamo potuto verificare il Suo titolo ad agire. Avevamo chiesto:',
  },
  reopen: 'Se ci farà avere quanto chiesto, riprenderemo l’esame della richiesta.',
  notARequest:
    'il Suo messaggio non riguarda il trattamento di dati personali e perciò non è stato trattato come richiesta ai sensi degli artt. da 15 a 22 del Regolamento.',
  passedOn: 'Lo abbiamo trasmesso, per competenza, a: ',
  notPassedOn:
    'Se invece intendeva esercitare uno di questi diritti, basta che ce lo scriva, anche con parole semplici.',
  withdrawn: (date: string, rights: string) =>
    `abbiamo preso atto che ${il(date)} Lei ha ritirato la richiesta di ${rights}. Non daremo dunque seguito a questa parte; potrà ripresentarla in qualsiasi momento.`,
  deferredNotErased:
    'La cancellazione che avevamo rinviato non sarà eseguita: le registrazioni ancora conservate restano fino al termine del loro periodo di conservazione, o più a lungo se un obbligo o la tutela di un diritto lo impone.',
  erasedBefore: (records: number) =>
    records === 1
      ? 'Una registrazione era già stata cancellata e non può essere ripristinata.'
      : `${records} registrazioni erano già state cancellate e non possono essere ripristinate.`,
  recipients: 'come ha chiesto, Le indichiamo i destinatari che abbiamo informato (art. 19 del Regolamento).',
};
const en: typeof it = {
  subjects: {
    acknowledgement: 'acknowledgement of your request',
    'identification-request': 'information we need in order to answer',
    extension: 'extension of the time for our answer',
    answer: 'answer to your request',
    'restriction-to-be-lifted': 'restriction of processing about to be lifted',
    'closed-unidentified': 'your request is closed',
    'not-a-request': 'your message',
    'request-withdrawn': 'withdrawal of your request',
    'recipients-report': 'recipients informed',
  },
  acknowledged: 'We have received your request and will answer without undue delay, at the latest by these dates:',
  receiptCorrected: (wrong, right) =>
    `In an earlier letter we gave ${wrong} as the day on which we received your request. We received it on ${right}: the dates below take the place of those we gave before.`,
  answerBy: 'We will answer without undue delay, at the latest by these dates:',
  until: (right, date) => `${right}: by ${date}`,
  caseFileTitle: 'Data in the case file',
  caseFile: (kept) =>
    `To answer, we process the data in your request because the law obliges us to (Art. 6(1)(c) and Art. 12 GDPR). Without what tells us who is writing we cannot act on the request. We keep the case file for ${kept}. You have the rights of Arts. 15 to 18 GDPR over these data too (information under Art. 13).`,
  caseFileRecipients: (names) =>
    names === ''
      ? 'The data in the file are not disclosed to others.'
      : `The data in the file may be disclosed to: ${names}.`,
  restrictedMeanwhile: (right, article) =>
    `While we consider your request concerning ${right}, the processing of the data it relates to is restricted (${article}): they are stored and, save where the law provides otherwise, not used. We will tell you before the restriction ends.`,
  others: 'We answer the other parts of your request in separate letters, at the latest by these dates:',
  about: {
    identity: 'Before answering your request we have to establish your identity (Art. 12(6) GDPR).',
    authority: 'Before answering your request we have to check that you may act for the person concerned.',
    specification: 'To answer your request, we ask you to specify which data it relates to (recital 63 GDPR).',
  },
  doubt: 'The reason is this: ',
  asked: 'One of the following is enough, and nothing more:',
  items: {
    'digital-identity': 'signing in with a digital identity (SPID, CIE or CNS)',
    'signed-pec': 'a message from a certified e-mail address (PEC) in your name, or digitally signed',
    'visit-with-document': 'a visit to our offices with an identity document',
    'document-copy':
      'a copy of an identity document with unnecessary data blacked out (we will delete it after the check)',
    'answer-to-question': 'the answer to a question about your earlier dealings with us',
    'contact-used': 'the e-mail address or telephone number you used to contact us',
    mandate: 'a mandate signed by the person concerned',
    'proof-of-parenthood': 'a self-declaration of parental responsibility',
    'proof-of-kinship': 'a self-declaration of kinship with the person who has died',
    'proof-of-representation': 'the decision that appointed you (guardianship or support administration)',
    'period-or-service': 'the period or the service to which the request relates',
  },
  clock: (from) => `The time for our answer is suspended from ${from} until you reply. `,
  closedUnanswered: (by) =>
    `If we do not receive a reply by ${by}, we will close the request and tell you; you may submit it again at any time.`,
  answeredInFull: (by) =>
    `If we do not receive a reply by ${by}, time runs again and we will answer for all the data to which your request may relate.`,
  extended: (months) =>
    `The time for our answer to your request is extended by ${months === 1 ? 'one month' : 'two months'} (Art. 12(3) GDPR). The new dates are:`,
  newTerm: (right, until, before) => `${right}: by ${until} (before: ${before})`,
  extensionReasons: {
    complexity: 'The extension is necessary because the request is complex. ',
    'number-of-requests': 'The extension is necessary because of the number of requests. ',
  },
  outcome: 'This is the outcome of your request: ',
  authorityOfDeceased: {
    own: '',
    other:
      'Before answering your request we have to check that you may exercise the rights over the data of {name} (Art. 2-terdecies of the Italian Privacy Code).',
  },
  dataOf: { own: 'your data', other: 'the data of {name}' },
  lifting: (date, right, data) =>
    `The restriction of the processing of ${data}, applied for your request concerning ${right}, will be lifted no earlier than ${date} (Art. 18(3) GDPR).`,
  reason: 'The reason is this: ',
  thenErased: 'Records whose storage period has already ended will then be erased.',
  notErased: 'The records will again be processed as before and will be erased by the dates shown.',
  closed: (date) => `Your request is closed without a result, because we did not receive what we asked for on ${date}`,
  closedUnder: {
    identity: ' (Art. 12(2) and (6) GDPR).',
    authority:
      '. The rights belong to the person to whom the data relate: a person who acts for them has to show the authority to do so.',
  },
  closedAbout: {
    identity: 'Without it we could not establish your identity. We had asked for:',
    authority: 'Without it we could not check your authority to act. We had asked for:',
  },
  reopen: 'If you send it to us, we will take up the request again.',
  notARequest:
    'Your message does not concern the processing of personal data and was therefore not treated as a request under Arts. 15 to 22 GDPR.',
  passedOn: 'We have passed it on to the competent office: ',
  notPassedOn: 'If you did mean to exercise one of these rights, just write to us, in plain words.',
  withdrawn: (date, rights) =>
    `We have noted that on ${date} you withdrew your request concerning ${rights}. We will therefore take no further action on it; you may submit it again at any time.`,
  deferredNotErased:
    'The erasure that we had deferred will not be carried out: the records that are still there stay until the end of their storage period, or longer where a legal duty or legal claims require it.',
  erasedBefore: (records) =>
    records === 1
      ? 'One record had already been erased and cannot be restored.'
      : `${records} records had already been erased and cannot be restored.`,
  recipients: 'As you asked, these are the recipients we have informed (Art. 19 GDPR).',
};

/** The words, by language. */
export const caseLetterWords: Readonly<Record<LetterLanguage, typeof it>> = { it, en };
