/**
 * What the file says of itself: conformance to PDF/A-3a and PDF/UA-1, title, author, dates. pdfkit writes titles into the XMP
 * packet without escaping them, so this writes the packet's content in its place.
 */

import { given } from '../../domain/given.ts';
import { cleanLine } from './clean-text.ts';
import type { PdfDocument, PdfOptions } from './libraries.ts';
import type { LetterDocument } from './model.ts';

const LANGUAGE_TAG = /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i;

const PRODUCER = 'Oblio (PDFKit 0.20.2)';

/** ISO 14289-1 identification, and the description that PDF/A asks for of any schema it does not know. */
const PDF_UA = `
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
  <pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
    xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
  <pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
    <pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
    <pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
    <pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
    <pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
      <pdfaProperty:name>part</pdfaProperty:name>
      <pdfaProperty:valueType>Integer</pdfaProperty:valueType>
      <pdfaProperty:category>internal</pdfaProperty:category>
      <pdfaProperty:description>Part of ISO 14289</pdfaProperty:description>
    </rdf:li></rdf:Seq></pdfaSchema:property>
  </rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>`;

/** What the file says of itself, checked: title and author not empty, the language a tag, the date an instant. */
export type DocumentInformation = {
  readonly title: string;
  readonly author: string;
  readonly subject: string | undefined;
  readonly language: string;
  readonly createdAt: Date;
};

/** Reads and checks what a letter says of itself. Throws on an empty title or author, on a bad language tag or date. */
export function readInformation(letter: LetterDocument): DocumentInformation {
  const title = cleanLine(letter.title);
  const author = cleanLine(letter.author);
  if (!title || !author) throw new Error('A letter needs a title and an author.');
  const createdAt = new Date(letter.createdAt);
  if (Number.isNaN(createdAt.getTime())) throw new Error(`The letter's date is no instant: ${letter.createdAt}`);
  return {
    title,
    author,
    subject: cleanLine(letter.subject ?? '') || undefined,
    language: checkedLanguage(letter.language),
    createdAt,
  };
}

/** A BCP 47 tag in its usual spelling. Throws on anything else. */
export function checkedLanguage(tag: string): string {
  const [language] = LANGUAGE_TAG.test(tag) ? Intl.getCanonicalLocales(tag) : [];
  if (!language) throw new Error(`Not a language tag: ${tag.slice(0, 100)}`);
  return language;
}

/** The options with which a letter's document is opened: tagged PDF/A-3a on A4. */
export function documentOptions({ title, author, subject, language, createdAt }: DocumentInformation): PdfOptions {
  return {
    pdfVersion: '1.7',
    subset: 'PDF/A-3a',
    tagged: true,
    lang: language,
    displayTitle: true,
    size: 'A4',
    margin: 0,
    autoFirstPage: false,
    // Without this pdfkit embeds Helvetica, which PDF/A forbids.
    font: null,
    info: {
      Title: title,
      Author: author,
      ...given({ Subject: subject }),
      Creator: 'Oblio',
      Producer: PRODUCER,
      CreationDate: createdAt,
    },
  };
}

/** Takes the place of pdfkit's own writing of the information into the XMP packet. */
export function describeDocument(pdf: PdfDocument, information: DocumentInformation): void {
  pdf._addInfo = () => {
    pdf.appendXML(informationXml(information));
    pdf.appendXML(PDF_UA);
  };
}

function informationXml({ title, author, subject, language, createdAt }: DocumentInformation): string {
  const date = `${createdAt.toISOString().slice(0, 19)}Z`;
  const description = subject === undefined ? '' : `<dc:description>${alternative(subject)}</dc:description>`;
  return `
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
  <xmp:CreateDate>${date}</xmp:CreateDate>
  <xmp:CreatorTool>Oblio</xmp:CreatorTool>
  <pdf:Producer>${escapeXml(PRODUCER)}</pdf:Producer>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
  <dc:title>${alternative(title)}</dc:title>
  <dc:creator><rdf:Seq><rdf:li>${escapeXml(author)}</rdf:li></rdf:Seq></dc:creator>
  ${description}
  <dc:language><rdf:Bag><rdf:li>${escapeXml(language)}</rdf:li></rdf:Bag></dc:language>
</rdf:Description>`;
}

function alternative(text: string): string {
  return `<rdf:Alt><rdf:li xml:lang="x-default">${escapeXml(text)}</rdf:li></rdf:Alt>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
