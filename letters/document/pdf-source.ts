/** Values written the way PDF writes them, for objects that this layer serialises itself. */

/** An object's source, for `PdfReference.data`: pdfkit writes what is no plain object by its string. */
export function pdfSource(source: string): object {
  return { [Symbol.toStringTag]: 'PdfSource', toString: () => source };
}

/** What PDF/A allows a string to hold (ISO 19005-3, 6.1.13). */
const LONGEST_STRING = 32_767;

/**
 * Text string: ASCII as it is, anything else as UTF-16 with its mark; in hexadecimal, so nothing needs escaping.
 * Throws when it is longer than PDF/A allows.
 */
export function pdfText(text: string): string {
  if (text.length * 2 + 2 > LONGEST_STRING)
    throw new Error(`A text of ${text.length} characters is too long for a label.`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
  if (/^[\x00-\x7f]*$/.test(text)) return `<${Buffer.from(text, 'latin1').toString('hex')}>`;
  return `<feff${Buffer.from(text, 'utf16le').swap16().toString('hex')}>`;
}

/** Number with at most two decimals: a hundredth of a point is less than any printer resolves. */
export function pdfNumber(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Reference to an indirect object. */
export function pdfPointer(id: number): string {
  return `${id} 0 R`;
}
