/**
 * Makes text that people typed fit to be set: composed, without the invisible characters that can disguise it, and with a
 * visible mark in place of each control character.
 */

/** Every kind of line end there is (Unicode 5.8): they all become a line feed. */
const LINE_ENDS = /\r\n?|[\v\f\u0085\u2028\u2029]/g;

/**
 * Invisible format characters: soft hyphen, zero-width space, word joiner, byte order mark and the bidirectional controls.
 * The last can make `exe.txt` read `txt.exe`; the layer orders the text itself, so none of them is needed.
 */
const INVISIBLE = /[\u00ad\u200b\u200e\u200f\u061c\u2060-\u2064\u202a-\u202e\u2066-\u206f\ufeff]/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROLS = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f]/g;

/** Spaces of other widths, at which a line may break, and those at which it may not. */
const SPACES = /[\u1680\u2000-\u2006\u2008-\u200a\u205f\u3000]/g;
const NO_BREAK_SPACES = /[\u2007\u202f]/g;

const NEEDS_CLEANING = new RegExp(`${LINE_ENDS.source}|${INVISIBLE.source}|${CONTROLS.source}|\\t|[\\u0300-\\uffff]`);

/** The mark that stands for a character that cannot be shown, such as `[U+0007]`. */
export function visibleMark(codePoint: number): string {
  return `[U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}]`;
}

/**
 * @param onMark called with each control character that a mark replaced
 * @returns NFC text; line ends are `\n`, spaces U+0020 or U+00A0, tabs four spaces, unpaired surrogates U+FFFD
 */
export function cleanText(text: string, onMark: (codePoint: number) => void): string {
  if (!NEEDS_CLEANING.test(text)) return text;
  return text
    .toWellFormed()
    .normalize('NFC')
    .replace(LINE_ENDS, '\n')
    .replaceAll('\t', '    ')
    .replace(SPACES, ' ')
    .replace(NO_BREAK_SPACES, '\u00a0')
    .replace(INVISIBLE, '')
    .replace(CONTROLS, (control) => {
      const codePoint = control.charCodeAt(0);
      onMark(codePoint);
      return visibleMark(codePoint);
    });
}

/** Text for a place that holds one line only: document title, alternative text, link description. */
export function cleanLine(text: string): string {
  return cleanText(text, () => {})
    .replace(/[\ufdd0-\ufdef\ufffe\uffff]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
