/**
 * The readable index of a package: HTML that any browser opens without a network, accessible (landmarks, headings, captions, header
 * cells, language of the page), and without scripts: a policy in the page itself forbids the browser to run or load any.
 */

import type { LetterLanguage } from '../../domain/letter/letter-content.ts';
import { localDateAt } from '../../domain/time/calendar.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { dateInWords } from '../texts/writing.ts';
import type { PackagedClass, PackagedFile, PackagedRecord, PackageFacts } from './model.ts';
import { dataPath, pagePath, placesOf } from './names.ts';
import { type PackageTexts, packageTexts, withheldSentence } from './texts.ts';
import { htmlText as h } from './visible-text.ts';

/** Records on one page: short enough for a browser and for a reader. */
export const recordsOnPage = 250;

const style = `body{font-family:"Titillium Web",Arial,sans-serif;line-height:1.5;color:#17324d;background:#fff;margin:0 auto;max-width:75rem;padding:1rem}
a{color:#0059b3}a:focus{outline:3px solid #ff9900}table{border-collapse:collapse;width:100%}caption{text-align:left;font-weight:bold;padding:.5rem 0}
th,td{border:1px solid #5c6f82;padding:.5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}thead th{background:#ebeef0}
.words{white-space:pre-wrap}.skip{position:absolute;left:-999rem}.skip:focus{position:static}dt{font-weight:bold}dd{margin:0 0 .5rem}`;

const opening = (language: LetterLanguage, title: string): string => `<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${h(title)}</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#content">${h(packageTexts[language].skip)}</a>
`;

const closing = `</body>
</html>
`;

const page = (language: LetterLanguage, title: string, body: string): string =>
  `${opening(language, title)}${body}${closing}`;

/** What people wrote stands in an element of its own, in its own direction. */
const own = (text: string): string => `<bdi dir="auto">${h(text)}</bdi>`;

const link = (path: string, text: string): string => `<a href="${h(path)}">${h(text)}</a>`;

// One for each zone: making one costs far more than using it, in time and in memory that is freed late.
const timeFormats = new Map<string, Intl.DateTimeFormat>();
const timesIn = (timeZone: string): Intl.DateTimeFormat => {
  const known = timeFormats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone, hourCycle: 'h23' });
  timeFormats.set(timeZone, made);
  return made;
};

/** An instant as people say it, in a time zone. */
export const whenInWords = (language: LetterLanguage, at: Instant, timeZone: string): string => {
  const time = timesIn(timeZone).format(new Date(at));
  return `${dateInWords(language, localDateAt(at, timeZone))}, ${time}`;
};

const row = (label: string, value: string): string => `<dt>${h(label)}</dt><dd>${value}</dd>\n`;

const classRow = (facts: PackageFacts, one: PackagedClass, t: PackageTexts): string => {
  const { language } = facts;
  const { recordClass, title, description, records, included } = one;
  const files =
    records === 0
      ? ''
      : [
          link(pagePath(language, recordClass, 1), t.asPages),
          link(dataPath(language, recordClass, 'csv'), t.asTable),
          link(dataPath(language, recordClass, 'json'), t.asData),
        ].join('<br>');
  return `<tr><th scope="row">${h(title[language])}</th><td>${h(description[language])}</td><td>${records}</td><td>${included}</td><td>${files}</td></tr>\n`;
};

/** The first page. */
export const indexPage = (facts: PackageFacts): string => {
  const { language, variant, controllerName, contact, reference, frozenAt, timeZone, classes, erasedBefore } = facts;
  const t = packageTexts[language];
  const places = placesOf[language];
  const erased =
    erasedBefore.length === 0
      ? ''
      : `<h2>${h(t.erasedBefore)}</h2>
<table>
<caption>${h(t.erasedBefore)}</caption>
<thead><tr><th scope="col">${h(t.record)}</th><th scope="col">${h(t.recordClass)}</th><th scope="col">${h(t.erasedOn)}</th><th scope="col">${h(t.certificate)}</th></tr></thead>
<tbody>
${erasedBefore
  .map(
    ({ recordId, recordClass, erasedAt, certificate }) =>
      `<tr><th scope="row">${h(recordId)}</th><td>${h(classes.find((one) => one.recordClass === recordClass)?.title[language] ?? recordClass)}</td><td>${h(erasedAt === undefined ? '' : dateInWords(language, localDateAt(erasedAt, timeZone)))}</td><td>${h(certificate ?? '')}</td></tr>`,
  )
  .join('\n')}
</tbody>
</table>
`;
  return page(
    language,
    `${t.title[variant]} – ${reference}`,
    `<header>
<h1>${h(t.title[variant])}</h1>
<p>${h(t.article[variant])}</p>
</header>
<main id="content">
<dl>
${row(t.controller, h(controllerName))}${row(t.contact, h(contact))}${row(t.reference, h(reference))}${row(t.frozenAt, h(whenInWords(language, frozenAt, timeZone)))}</dl>
<ul>
${facts.withLetter ? `<li>${link(places.letter, t.letter)}</li>\n` : ''}<li>${link(places.readme, t.readme)}</li>
</ul>
<h2>${h(t.contents)}</h2>
<table>
<caption>${h(t.contents)}</caption>
<thead><tr><th scope="col">${h(t.recordClass)}</th><th scope="col">${h(t.words)}</th><th scope="col">${h(t.records)}</th><th scope="col">${h(t.included)}</th><th scope="col">${h(t.files)}</th></tr></thead>
<tbody>
${classes.map((one) => classRow(facts, one, t)).join('')}</tbody>
</table>
${classes.length === 0 ? `<p>${h(t.nothing)}</p>\n` : ''}${erased}<p>${h(t.check)}</p>
</main>
`,
  );
};

/** Pages lie one folder below the top. */
const fileLink = ({ path, name, size }: Extract<PackagedFile, { readonly path: string }>): string =>
  `${link(`../${path}`, path.split('/').at(-1) ?? path)} (${own(name)}, ${size} byte)`;

const fileItem = (file: PackagedFile, language: LetterLanguage, t: PackageTexts): string => {
  switch (file.status) {
    case 'included':
      return `<li>${fileLink(file)}</li>`;
    case 'redacted':
      return `<li>${fileLink(file)}, ${h(t.silenced)}: ${file.withheld.map((each) => own(withheldSentence(language, each))).join('; ')}</li>`;
    case 'withheld':
      return `<li>${own(file.name)}: ${h(t.withheld)}${file.withheld.what === 'segment-of-recording' ? ` (${h(t.wholeRecording)})` : ''}: ${own(withheldSentence(language, file.withheld))}</li>`;
    case 'earlier-copy':
      return `<li>${own(file.name)} (${file.size} byte): ${h(t.earlierCopy)}</li>`;
    case 'not-held':
      return `<li>${own(file.name)}: ${h(t.notHeld)}</li>`;
  }
};

const wordsCell = (one: PackagedClass, record: PackagedRecord, language: LetterLanguage, t: PackageTexts): string => {
  const { words, status } = record;
  if (status === 'erased-since-search') return '';
  if (words === undefined) return `<p>${h(t.wordsWithheld)}</p>`;
  const described = new Map(one.fields.map(({ name, description }) => [name, description[language]]));
  const rows = [
    ...(words.identifiers.length === 0
      ? []
      : [row(t.identifiers, words.identifiers.map(({ kind, value }) => `${h(kind)}: ${own(value)}`).join('<br>'))]),
    ...Object.entries(words.fields).map(([name, value]) => row(described.get(name) ?? name, own(String(value)))),
    ...(words.text === undefined ? [] : [`<dt>${h(t.text)}</dt><dd class="words" dir="auto">${h(words.text)}</dd>\n`]),
    ...(words.statements ?? []).map(
      ({ text }) => `<dt>${h(t.statement)}</dt><dd class="words" dir="auto">${h(text)}</dd>\n`,
    ),
  ];
  return rows.length === 0 ? '' : `<dl>${rows.join('')}</dl>`;
};

const recordRow = (facts: PackageFacts, one: PackagedClass, record: PackagedRecord, t: PackageTexts): string => {
  const { language, timeZone, variant } = facts;
  const { number, recordId, triggerAt, boundDay, keptLonger, status, certificate, transcript, files, withheld } =
    record;
  const kept =
    variant === 'access'
      ? `<td>${h(dateInWords(language, boundDay))}${keptLonger ? ` (${h(t.keptLonger)})` : ''}</td>`
      : '';
  const listed = [
    ...(transcript === undefined ? [] : [`<li>${link(`../${transcript}`, t.transcript)}</li>`]),
    ...files.map((file) => fileItem(file, language, t)),
  ];
  const said = [
    `<p>${h(t.statuses[status])}${certificate === undefined ? '' : ` (${h(t.certificate)} ${h(certificate)})`}</p>`,
    ...(withheld.length === 0
      ? []
      : [
          `<p>${h(t.withheld)}:</p><ul>${withheld.map((each) => `<li>${own(withheldSentence(language, each))}</li>`).join('')}</ul>`,
        ]),
  ];
  return `<tr><th scope="row" id="r${number}">${number}<br>${h(recordId)}</th><td>${h(whenInWords(language, triggerAt, timeZone))}</td>${kept}<td>${wordsCell(one, record, language, t)}</td><td>${listed.length === 0 ? '' : `<ul>${listed.join('')}</ul>`}</td><td>${said.join('')}</td></tr>\n`;
};

/** Which page of which class is made. */
export type RecordsPageInput = {
  readonly facts: PackageFacts;
  readonly one: PackagedClass;
  /** From 1. */
  readonly page: number;
  readonly pages: number;
};

/** The parts of a page of records, so that it can be written row by row. */
export const recordsPage = ({ facts, one, page: at, pages }: RecordsPageInput) => {
  const { language, variant } = facts;
  const t = packageTexts[language];
  const title = `${one.title[language]} – ${t.page(at, pages)}`;
  const around = [
    link(`../${placesOf[language].index}`, t.back),
    ...(at > 1 ? [link(`../${pagePath(language, one.recordClass, at - 1)}`, t.previous)] : []),
    ...(at < pages ? [link(`../${pagePath(language, one.recordClass, at + 1)}`, t.next)] : []),
  ].map((each) => `<li>${each}</li>`);
  const heads = [t.number, t.when, ...(variant === 'access' ? [t.keptUntil] : []), t.words, t.files, t.status];
  const head = `${opening(language, title)}<header>
<h1>${h(title)}</h1>
</header>
<nav aria-label="${h(t.asPages)}"><ul>${around.join('')}</ul></nav>
<main id="content">
<table>
<caption>${h(one.description[language])}</caption>
<thead><tr>${heads.map((each) => `<th scope="col">${h(each)}</th>`).join('')}</tr></thead>
<tbody>
`;
  const tail = `</tbody>
</table>
</main>
${closing}`;
  return { head, row: (record: PackagedRecord): string => recordRow(facts, one, record, t), tail };
};
