/** Silence in recordings: exactly where a review says, nowhere else, and not at all where a file is not wholly understood. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSegment, type Segment, silenced, silentRanges } from '../../../letters/package/silence.ts';
import { createWavReader, type WavSound } from '../../../letters/package/wav.ts';
import { chunk, extensibleChunk, formatChunk, noise, plainWav, riff } from './support/wav-files.ts';

/** A file read in pieces of some size. */
const soundOf = (file: Buffer, piece = 7): WavSound | undefined => {
  const reader = createWavReader(file.length);
  for (let at = 0; at < file.length; at += piece) reader.push(file.subarray(at, at + piece));
  return reader.sound();
};

const silence = async (file: Buffer, segments: readonly Segment[], piece = 1000): Promise<Buffer | undefined> => {
  const sound = soundOf(file);
  const ranges = sound && silentRanges(sound, segments);
  if (sound === undefined || ranges === undefined) return undefined;
  const pieces = (async function* () {
    for (let at = 0; at < file.length; at += piece) yield file.subarray(at, at + piece);
  })();
  const out: Uint8Array[] = [];
  for await (const one of silenced(pieces, ranges, sound.silence)) out.push(one);
  return Buffer.concat(out);
};

/** First and last byte in which two files differ, the end excluded. */
const difference = (one: Buffer, other: Buffer): readonly [number, number] => {
  expect(one).toHaveLength(other.length);
  const differing = [...one.keys()].filter((at) => one[at] !== other[at]);
  return [differing[0] ?? -1, (differing.at(-1) ?? -2) + 1];
};

const seconds = (from: number, to: number): Segment => ({ from: from * 1000, to: to * 1000 });

describe('silence', () => {
  const start = 44;
  test.each([
    ['at the start', [seconds(0, 1)], [start, start + 16_000]],
    ['in the middle', [seconds(1, 2)], [start + 16_000, start + 32_000]],
    ['at the end', [seconds(3, 4)], [start + 48_000, start + 64_000]],
    ['beyond the end', [seconds(3, 99)], [start + 48_000, start + 64_000]],
    ['of parts of a second', [{ from: 1001, to: 1004 }], [start + 16_016, start + 16_064]],
    ['of less than a frame', [{ from: 1000, to: 1001 }], [start + 16_000, start + 16_016]],
    ['that overlaps', [seconds(1, 3), seconds(2, 3), seconds(0.5, 1)], [start + 8_000, start + 48_000]],
  ] as const)('%s is exactly there, and every other byte is what it was', async (_, segments, [from, to]) => {
    const file = plainWav(4);
    for (const piece of [1, 1000, 1_000_000]) {
      const out = await silence(file, segments, piece);
      if (out === undefined) throw new Error('No silence was made');
      expect(difference(out, file)).toEqual([from, to]);
      expect(out.subarray(from, to).every((byte) => byte === 0)).toBe(true);
    }
  });

  test('of two segments leaves what lies between them', async () => {
    const file = plainWav(4);
    const out = await silence(file, [seconds(3, 4), seconds(1, 2)]);
    expect(out?.subarray(start + 32_000, start + 48_000).equals(file.subarray(start + 32_000, start + 48_000))).toBe(
      true,
    );
    expect(out?.subarray(start + 16_000, start + 32_000).every((byte) => byte === 0)).toBe(true);
    expect(out?.subarray(start + 48_000).every((byte) => byte === 0)).toBe(true);
  });

  test.each([
    ['stereo', formatChunk({ channels: 2 }), 32_000, 0],
    ['24 bits at 44,100 Hz', formatChunk({ rate: 44_100, bits: 24 }), 132_300, 0],
    ['samples of one byte', formatChunk({ bits: 8 }), 8_000, 0x80],
    ['A-law', formatChunk({ encoding: 6, bits: 8 }), 8_000, 0xd5],
    ['mu-law in stereo', formatChunk({ encoding: 7, bits: 8, channels: 2 }), 16_000, 0xff],
    ['floating point', formatChunk({ encoding: 3, bits: 32 }), 32_000, 0],
    ['the extensible form', extensibleChunk({ channels: 2 }), 32_000, 0],
    ['the extensible form of mu-law', extensibleChunk({ encoding: 7, bits: 8 }), 8_000, 0xff],
  ])('of %s is in all channels', async (_, format, perSecond, value) => {
    const file = riff(format, chunk('data', noise(perSecond * 3)));
    const first = 12 + format.length + 8;
    const out = await silence(file, [seconds(1, 2)]);
    if (out === undefined) throw new Error('No silence was made');
    expect(difference(out, file)).toEqual([first + perSecond, first + 2 * perSecond]);
    expect(out.subarray(first + perSecond, first + 2 * perSecond).every((byte) => byte === value)).toBe(true);
  });

  test('finds the sound behind and before other chunks, also of odd length', async () => {
    const before = [
      chunk('JUNK', Buffer.alloc(27)),
      formatChunk(),
      chunk('fact', Buffer.from([1, 2, 3, 4])),
      chunk('LIST', Buffer.from('INFOISFT\u0003\0\0\0abc', 'latin1')),
    ];
    const file = riff(...before, chunk('data', noise(32_000)), chunk('cue ', Buffer.alloc(5, 9)));
    const first = 12 + Buffer.concat(before).length + 8;
    const out = await silence(file, [seconds(1, 2)]);
    if (out === undefined) throw new Error('No silence was made');
    expect(difference(out, file)).toEqual([first + 16_000, first + 32_000]);
  });

  test('of any segments leaves every byte outside of them, and none inside', async () => {
    const moment = fc.integer({ min: 0, max: 1999 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(moment, fc.integer({ min: 1, max: 700 })), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 5000 }),
        async (drawn, piece) => {
          const file = plainWav(2);
          const segments = drawn.map(([from, length]) => ({ from, to: from + length }));
          const out = await silence(file, segments, piece);
          if (out === undefined) throw new Error('No silence was made');
          const expected = Buffer.from(file);
          for (const { from, to } of segments)
            expected.fill(0, start + from * 16, Math.min(file.length, start + to * 16));
          expect(out.equals(expected)).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('no silence is made', () => {
  const data = chunk('data', noise(16_000));
  const truncated = plainWav(2).subarray(0, 20_000);
  const relabelled = Buffer.from(plainWav(1));
  relabelled.writeUInt32LE(0xffffffff, 40);
  const otherRate = Buffer.from(formatChunk());
  otherRate.writeUInt32LE(99, 16);
  const claimsLess = Buffer.from(truncated);
  claimsLess.writeUInt32LE(truncated.length - 8, 4);
  test.each([
    ['something else', Buffer.from('ID3 this is an MP3 that calls itself WAV')],
    ['an empty file', Buffer.alloc(0)],
    ['a file that is shorter than its header says', truncated],
    ['sound that is shorter than its chunk says', claimsLess],
    ['sound of unknown length', relabelled],
    ['a file with bytes behind its end', Buffer.concat([plainWav(1), noise(10)])],
    ['big-endian sound', Buffer.concat([Buffer.from('RIFX'), plainWav(1).subarray(4)])],
    ['a compressed encoding', riff(formatChunk({ encoding: 0x11, bits: 4, channels: 2 }), data)],
    ['a format that contradicts itself', riff(otherRate, data)],
    ['an extensible form of another maker', riff(extensibleChunk({}, 'ff0000001000800000aa00389b71'), data)],
    ['no format', riff(data)],
    ['a format behind the sound', riff(data, formatChunk())],
    ['two formats', riff(formatChunk(), formatChunk({ bits: 8 }), data)],
    ['two chunks of sound', riff(formatChunk(), data, data)],
    ['half a frame at the end', riff(formatChunk(), chunk('data', noise(15_999)))],
    ['a chunk that may say what is said', riff(formatChunk(), data, chunk('LIST', Buffer.from('adtllabl words')))],
    ['a chunk that nobody knows', riff(formatChunk(), data, chunk('LEVL', noise(20)))],
    ['a filler that is not empty', riff(formatChunk(), chunk('JUNK', noise(20)), data)],
  ])('in %s', async (_, file) => {
    for (const piece of [1, 11, 1_000_000]) expect(soundOf(file, piece)).toBeUndefined();
    expect(await silence(file, [seconds(0, 1)])).toBeUndefined();
  });

  test('where a segment begins after the end of the sound', async () => {
    expect(await silence(plainWav(2), [seconds(2, 3)])).toBeUndefined();
    expect(await silence(plainWav(2), [seconds(0, 1), seconds(5, 6)])).toBeUndefined();
    expect(await silence(riff(formatChunk(), chunk('data', Buffer.alloc(0))), [seconds(0, 1)])).toBeUndefined();
  });
});

describe('the place of a segment', () => {
  test.each([
    ['12-15', 12_000, 16_000],
    ['call 12-15', 12_000, 16_000],
    ['call: 12 – 15 s', 12_000, 16_000],
    ['12.5-15.25', 12_500, 15_260],
    ['1,5-1,5', 1_500, 1_600],
    ['1:02-01:07', 62_000, 68_000],
    ['call 01:00:02.250-01:00:03.001', 3_602_250, 3_603_002],
  ])('%s is read with both ends withheld', (where, from, to) => {
    expect(readSegment(where, 'call')).toEqual({ from, to });
  });

  test.each([
    '',
    'call',
    '12',
    '15-12',
    'from 12 to 15',
    '1:62-1:70',
    '1:2-1:7',
    '-5-3',
    '12-15 and 20-22',
    'calls 12-15',
    '12-15 min',
  ])('%j is none', (where) => {
    expect(readSegment(where, 'call')).toBeUndefined();
  });

  test('that may be read in two ways, because the file is called like a time, is none', () => {
    expect(readSegment('12:30-12:40', '12')).toBeUndefined();
    expect(readSegment('12 30-40', '12')).toEqual({ from: 30_000, to: 41_000 });
  });
});
