/** Articles and prepositions before a date written out in Italian: `il 7 marzo`, but `l’8 marzo` and `l’11 marzo`. */

/** A day whose name begins with a vowel when it is read out: otto, undici. */
const elides = (date: string): boolean => /^(8|11) /.test(date);

const joined =
  (whole: string, elided: string) =>
  (date: string): string =>
    elides(date) ? `${elided}’${date}` : `${whole} ${date}`;

/** The date with its article. */
export const il = joined('il', 'l');

/** From this date on. */
export const dal = joined('dal', 'dall');

/** Of this date. */
export const del = joined('del', 'dell');

/** Up to this date. */
export const al = joined('al', 'all');
