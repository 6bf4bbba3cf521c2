/**
 * The page on which a person enters the code of a link, in Italian and English: plain HTML that screen readers and old browsers read.
 * The same for every address, so that opening it, or a mail scanner doing so, says nothing and uses nothing up.
 */
import { createHash } from 'node:crypto';

const style =
  'body{font:1.125rem/1.5 "Titillium Web",sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}input,button{font:inherit;padding:.5rem;min-height:2.75rem}.fault{border-left:.25rem solid #b30000;padding-left:1rem}';

/** Headers of the page: nothing is loaded, framed, kept or indexed, and the form may go nowhere else. */
export const linkPageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex, nofollow',
};

/** Why a try opened nothing. */
export type LinkFault = 'wrong-code' | 'locked' | 'closed' | 'too-many';

const faults: Readonly<Record<LinkFault, { readonly it: string; readonly en: string }>> = {
  'wrong-code': { it: 'Il codice non è corretto.', en: 'The code is not right.' },
  locked: {
    it: 'Il codice è stato sbagliato troppe volte. Chieda un nuovo codice all’ufficio.',
    en: 'A wrong code was entered too often. Please ask the office for a new code.',
  },
  closed: {
    it: 'Questo indirizzo non apre nulla: è scaduto, è stato sostituito oppure non è completo. Si rivolga all’ufficio.',
    en: 'This address opens nothing: it has expired, was replaced or is not complete. Please contact the office.',
  },
  'too-many': {
    it: 'Troppe richieste: riprovi tra un minuto.',
    en: 'Too many requests: please try again in a minute.',
  },
};

const faultNotice = (fault: LinkFault | undefined): string =>
  fault === undefined
    ? ''
    : `<div role="alert" class="fault"><p>${faults[fault].it}</p><p lang="en">${faults[fault].en}</p></div>\n`;

/** The page, with what went wrong if something did. */
export const linkPage = (fault?: LinkFault): string => `<!doctype html>
<html lang="it">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${fault === undefined ? '' : 'Errore – '}Apertura di un documento</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Apertura di un documento <span lang="en">/ Opening a document</span></h1>
${faultNotice(fault)}<p>Inserisca il codice che ha ricevuto per altra via dall’ufficio che Le ha scritto.</p>
<p lang="en">Enter the code that you received another way from the office that wrote to you.</p>
<form method="post">
<p><label for="code">Codice <span lang="en">/ Code</span></label><br>
<input id="code" name="code" required maxlength="40" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false"></p>
<p><button type="submit">Apri <span lang="en">/ Open</span></button></p>
</form>
</main>
</body>
</html>
`;
