/** Cuts a stream of bytes into lines without ever holding more than one of them, however long the stream is. */

/** A line of the stream, counted from 1; empty ones are counted and left out. */
export type Line =
  | { readonly number: number; readonly bytes: Uint8Array }
  | { readonly number: number; readonly tooLong: true };

const newline = 0x0a;
const carriageReturn = 0x0d;

const trimmed = (bytes: Uint8Array): Uint8Array =>
  bytes.at(-1) === carriageReturn ? bytes.subarray(0, bytes.length - 1) : bytes;

/**
 * The lines of a stream, a few at a time and never those of two chunks together. The last one needs no newline at its end, unless the stream breaks off: then
 * this throws what the stream threw, and the unfinished line is dropped. A line longer than the limit is skipped, not kept.
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  { longestLine, linesAtOnce }: { readonly longestLine: number; readonly linesAtOnce: number },
): AsyncGenerator<readonly Line[]> {
  let number = 1;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  const take = (rest: Uint8Array): Line | undefined => {
    const length = pendingBytes + rest.length;
    const whole = pendingBytes === 0 ? rest : Buffer.concat([...pending, rest]);
    pending = [];
    pendingBytes = 0;
    const line: Line = length > longestLine ? { number, tooLong: true } : { number, bytes: trimmed(whole) };
    number += 1;
    return 'bytes' in line && line.bytes.length === 0 ? undefined : line;
  };
  for await (const chunk of chunks) {
    let lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const line = take(chunk.subarray(start, end));
      if (line !== undefined) lines.push(line);
      start = end + 1;
      if (lines.length >= linesAtOnce) {
        yield lines;
        lines = [];
      }
    }
    const rest = chunk.subarray(start);
    pendingBytes += rest.length;
    // Of a line that is too long already only the length is kept.
    if (pendingBytes > longestLine) pending = [];
    else if (rest.length > 0) pending.push(rest);
    if (lines.length > 0) yield lines;
  }
  if (pendingBytes > 0) {
    const line = take(new Uint8Array(0));
    if (line !== undefined) yield [line];
  }
}
