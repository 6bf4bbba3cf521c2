/**
 * What a letter says for each ground of a decision (law.md sections 5 and 6): one sentence that a person without legal training
 * can follow; the article and the reasons of the single case stand beside it. A hold is stated without naming any matter.
 */
import type { LetterLanguage } from '../../domain/letter/letter-content.ts';
import type { GroundCode } from '../../domain/request/course/grounds.ts';

const it = {
  '15.1': 'Lei ha diritto di sapere quali dati La riguardano e di averne copia',
  '16.inaccurate': 'i dati erano inesatti',
  '16.incomplete': 'i dati erano incompleti',
  '17.1.a': 'i dati non sono più necessari per le finalità per cui erano stati raccolti',
  '17.1.b': 'il consenso è stato revocato e non c’è un’altra base giuridica',
  '17.1.c': 'l’opposizione al trattamento è stata accolta',
  '17.1.d': 'i dati erano trattati in modo illecito',
  '17.1.e': 'la cancellazione è imposta da un obbligo di legge',
  '17.1.f': 'i dati erano stati raccolti offrendo un servizio online a una persona minorenne',
  '18.1.a': 'l’esattezza dei dati è contestata e deve essere verificata',
  '18.1.b': 'il trattamento è illecito e Lei preferisce la limitazione alla cancellazione',
  '18.1.c': 'i dati Le servono per far valere o difendere un diritto in giudizio, mentre a noi non servono più',
  '18.1.d': 'è in corso la valutazione della Sua opposizione',
  '20.1': 'i dati, forniti da Lei, sono trattati con mezzi automatizzati in base al consenso o a un contratto',
  '21.1.not-shown': 'non risultano motivi legittimi cogenti che prevalgano sui Suoi interessi, diritti e libertà',
  '7.3': 'il consenso può essere revocato in qualsiasi momento, senza indicarne i motivi',
  notice: 'l’informativa riconosce questa facoltà senza condizioni',
  'not-held': 'non conserviamo dati che La riguardano',
  'erased-when-due': 'i dati sono stati cancellati alla fine del periodo di conservazione',
  '15.4': 'la copia non deve ledere i diritti e le libertà di altre persone',
  '16.accurate': 'i dati risultano esatti',
  '17.1.none': 'non ricorre nessuno dei casi in cui il Regolamento impone la cancellazione',
  '17.3.a': 'i dati sono necessari per la libertà di espressione e di informazione',
  '17.3.b': 'i dati sono necessari per adempiere un obbligo di legge o svolgere un compito di interesse pubblico',
  '17.3.c': 'i dati sono necessari per motivi di interesse pubblico nella sanità pubblica',
  '17.3.d': 'i dati sono necessari per archiviazione nel pubblico interesse, ricerca o statistica (art. 89)',
  '17.3.e': 'i dati sono necessari per accertare, esercitare o difendere un diritto in sede giudiziaria',
  '18.2': 'il trattamento dei dati è limitato, e finché dura la limitazione i dati si possono soltanto conservare',
  '18.1.none': 'non ricorre nessuno dei casi in cui il Regolamento prevede la limitazione',
  '20.3': 'il diritto alla portabilità non si applica ai trattamenti svolti per un compito di interesse pubblico',
  '20.1.not-consent-or-contract':
    'il diritto alla portabilità vale soltanto per i dati trattati in base al consenso o a un contratto',
  '20.4': 'la portabilità non deve ledere i diritti e le libertà di altre persone',
  '21.1.compelling':
    'esistono motivi legittimi cogenti per proseguire, che prevalgono sui Suoi interessi, diritti e libertà',
  '21.1.legal-claims': 'i dati sono necessari per accertare, esercitare o difendere un diritto in sede giudiziaria',
  '21.1.other-basis':
    'ci si può opporre ai trattamenti fondati su un compito di interesse pubblico o sul legittimo interesse, e questo ha un’altra base',
  '21.6.public-task-statistics': 'il trattamento statistico è necessario per un compito di interesse pubblico',
  '11.2': 'con le informazioni disponibili non è possibile identificare chi ha presentato la richiesta',
  '12.5.unfounded': 'la richiesta è manifestamente infondata',
  '12.5.excessive': 'la richiesta è eccessiva, in particolare perché ripetitiva',
  '2-terdecies.no-standing':
    'i diritti su dati di persone decedute spettano a chi ha un interesse proprio, ha ricevuto un mandato o agisce per ragioni familiari meritevoli di protezione',
  '2-terdecies.forbidden-by-the-person':
    'la persona deceduta ha vietato per iscritto l’esercizio di questi diritti per i servizi online, e la richiesta non riguarda diritti patrimoniali derivanti dalla morte né la difesa in giudizio',
  '2-undecies.1.a':
    'l’esercizio del diritto recherebbe un pregiudizio effettivo e concreto al contrasto del riciclaggio',
  '2-undecies.1.b':
    'l’esercizio del diritto recherebbe un pregiudizio effettivo e concreto al sostegno delle vittime di richieste estorsive',
  '2-undecies.1.c':
    'l’esercizio del diritto recherebbe un pregiudizio effettivo e concreto all’attività di una Commissione parlamentare d’inchiesta',
  '2-undecies.1.d':
    'l’esercizio del diritto recherebbe un pregiudizio effettivo e concreto alla politica monetaria, al controllo dei mercati o alla loro stabilità',
  '2-undecies.1.e':
    'l’esercizio del diritto recherebbe un pregiudizio effettivo e concreto a indagini difensive o all’esercizio di un diritto in sede giudiziaria',
  '2-undecies.1.f':
    'l’esercizio del diritto recherebbe un pregiudizio effettivo e concreto alla riservatezza dell’identità di chi ha segnalato un illecito nell’ambito del proprio lavoro',
  '2-undecies.1.f-bis':
    'l’esercizio del diritto recherebbe un pregiudizio effettivo e concreto agli interessi tutelati in materia tributaria e al contrasto dell’evasione fiscale',
} satisfies Record<GroundCode, string>;

const en = {
  '15.1': 'you have the right to know which data concern you and to have a copy of them',
  '16.inaccurate': 'the data were inaccurate',
  '16.incomplete': 'the data were incomplete',
  '17.1.a': 'the data are no longer necessary for the purposes for which they were collected',
  '17.1.b': 'consent was withdrawn and there is no other legal basis',
  '17.1.c': 'the objection to the processing was upheld',
  '17.1.d': 'the data were processed unlawfully',
  '17.1.e': 'the law obliges us to erase them',
  '17.1.f': 'the data were collected in offering an online service to a child',
  '18.1.a': 'the accuracy of the data is contested and has to be verified',
  '18.1.b': 'the processing is unlawful and you prefer restriction to erasure',
  '18.1.c': 'you need the data to establish, exercise or defend a legal claim, while we no longer need them',
  '18.1.d': 'your objection is being considered',
  '20.1': 'you provided the data, and they are processed by automated means on the basis of consent or a contract',
  '21.1.not-shown': 'there are no compelling legitimate grounds that override your interests, rights and freedoms',
  '7.3': 'consent can be withdrawn at any time, without giving reasons',
  notice: 'the privacy notice grants this without conditions',
  'not-held': 'we hold no data concerning you',
  'erased-when-due': 'the data were erased at the end of their storage period',
  '15.4': 'the copy must not adversely affect the rights and freedoms of others',
  '16.accurate': 'the data prove to be accurate',
  '17.1.none': 'none of the cases applies in which the Regulation requires erasure',
  '17.3.a': 'the data are necessary for freedom of expression and information',
  '17.3.b': 'the data are necessary to comply with a legal obligation or to perform a task in the public interest',
  '17.3.c': 'the data are necessary for reasons of public interest in public health',
  '17.3.d': 'the data are necessary for archiving in the public interest, research or statistics (Art. 89)',
  '17.3.e': 'the data are necessary to establish, exercise or defend legal claims',
  '18.2': 'the processing of the data is restricted, and while that lasts they may only be stored',
  '18.1.none': 'none of the cases applies in which the Regulation provides for restriction',
  '20.3': 'the right to portability does not apply to processing for a task in the public interest',
  '20.1.not-consent-or-contract':
    'the right to portability covers only data processed on the basis of consent or a contract',
  '20.4': 'portability must not adversely affect the rights and freedoms of others',
  '21.1.compelling':
    'there are compelling legitimate grounds for going on, which override your interests, rights and freedoms',
  '21.1.legal-claims': 'the data are necessary to establish, exercise or defend legal claims',
  '21.1.other-basis':
    'one can object to processing based on a task in the public interest or on legitimate interests, and this processing has another basis',
  '21.6.public-task-statistics': 'the statistical processing is necessary for a task in the public interest',
  '11.2': 'with the information available, the person making the request cannot be identified',
  '12.5.unfounded': 'the request is manifestly unfounded',
  '12.5.excessive': 'the request is excessive, in particular because it is repetitive',
  '2-terdecies.no-standing':
    'rights over the data of persons who have died belong to those with an interest of their own, a mandate, or family reasons worth protecting',
  '2-terdecies.forbidden-by-the-person':
    'the person who has died prohibited in writing the exercise of these rights for online services, and the request concerns neither property rights arising from the death nor defence in court',
  '2-undecies.1.a': 'exercising the right would cause real and concrete harm to the fight against money laundering',
  '2-undecies.1.b': 'exercising the right would cause real and concrete harm to the support of victims of extortion',
  '2-undecies.1.c': 'exercising the right would cause real and concrete harm to a parliamentary committee of inquiry',
  '2-undecies.1.d':
    'exercising the right would cause real and concrete harm to monetary policy or to the supervision or stability of markets',
  '2-undecies.1.e':
    'exercising the right would cause real and concrete harm to defence investigations or to the exercise of a right in court',
  '2-undecies.1.f':
    'exercising the right would cause real and concrete harm to the confidentiality of the identity of a person who reported wrongdoing in the course of their work',
  '2-undecies.1.f-bis':
    'exercising the right would cause real and concrete harm to interests protected in tax matters and to the fight against tax evasion',
} satisfies Record<GroundCode, string>;

/** A ground in one sentence, without capital and full stop. */
export const groundTexts: Readonly<Record<LetterLanguage, Readonly<Record<GroundCode, string>>>> = { it, en };

/** The same where the data are another person's, as far as the words differ; `{name}` stands for whose they are. */
export const groundTextsOfOthers: Readonly<Record<LetterLanguage, Readonly<Partial<Record<GroundCode, string>>>>> = {
  it: {
    '15.1': 'Lei ha diritto di sapere quali dati riguardano {name} e di averne copia',
    '18.1.b': 'il trattamento è illecito e alla cancellazione è preferita la limitazione',
    '18.1.c': 'i dati servono per far valere o difendere un diritto in giudizio, mentre a noi non servono più',
    '20.1': 'i dati, forniti da {name}, sono trattati con mezzi automatizzati in base al consenso o a un contratto',
    '21.1.not-shown':
      'non risultano motivi legittimi cogenti che prevalgano sugli interessi, sui diritti e sulle libertà di {name}',
    'not-held': 'non conserviamo dati che riguardano {name}',
    '21.1.compelling':
      'esistono motivi legittimi cogenti per proseguire, che prevalgono sugli interessi, sui diritti e sulle libertà di {name}',
  },
  en: {
    '15.1': 'you have the right to know which data concern {name} and to have a copy of them',
    '18.1.b': 'the processing is unlawful and restriction is preferred to erasure',
    '18.1.c': 'the data are needed to establish, exercise or defend a legal claim, while we no longer need them',
    '20.1':
      'the data were provided by {name} and are processed by automated means on the basis of consent or a contract',
    '21.1.not-shown':
      'there are no compelling legitimate grounds that override the interests, rights and freedoms of {name}',
    'not-held': 'we hold no data concerning {name}',
    '21.1.compelling':
      'there are compelling legitimate grounds for going on, which override the interests, rights and freedoms of {name}',
  },
};
