/** WAV files byte by byte, as recorders of calls write them. */

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

/** A chunk with its padding. */
export const chunk = (id: string, content: Buffer): Buffer => {
  const head = Buffer.alloc(8);
  head.write(id, 0, 'latin1');
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
};

/** A file of chunks. */
export const riff = (...chunks: readonly Buffer[]): Buffer => {
  const body = Buffer.concat([ascii('WAVE'), ...chunks]);
  const head = Buffer.alloc(8);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
};

export type FormatOf = {
  readonly encoding?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
};

export const formatChunk = ({ encoding = 1, channels = 1, rate = 8000, bits = 16 }: FormatOf = {}): Buffer => {
  const format = Buffer.alloc(16);
  format.writeUInt16LE(encoding, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(rate, 4);
  format.writeUInt32LE((rate * channels * bits) / 8, 8);
  format.writeUInt16LE((channels * bits) / 8, 12);
  format.writeUInt16LE(bits, 14);
  return chunk('fmt ', format);
};

/** The extensible form; `suffix` ends the id of the encoding. */
export const extensibleChunk = (
  { encoding = 1, ...format }: FormatOf,
  suffix = '000000001000800000aa00389b71',
): Buffer => {
  const basic = formatChunk({ ...format, encoding: 0xfffe }).subarray(8);
  const extension = Buffer.alloc(10);
  extension.writeUInt16LE(22, 0);
  extension.writeUInt16LE(format.bits ?? 16, 2);
  extension.writeUInt32LE(0, 4);
  extension.writeUInt16LE(encoding, 8);
  return chunk('fmt ', Buffer.concat([basic, extension, Buffer.from(suffix, 'hex')]));
};

/** Sound without a single silent byte, whatever the encoding: what is silent afterwards was made so. */
export const noise = (bytes: number): Buffer =>
  Buffer.from(Array.from({ length: bytes }, (_, index) => 1 + (index % 97)));

/** Seconds of it as a plain file: one channel, 8,000 frames a second, 16 bits. */
export const plainWav = (seconds: number): Buffer => riff(formatChunk(), chunk('data', noise(seconds * 16_000)));
