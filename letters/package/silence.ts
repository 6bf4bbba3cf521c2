/**
 * Silence in the place of what a review withheld of a recording (Art. 15(4)): the recording stays as long as it is, and outside of
 * the seconds that are withheld every byte stays what it is.
 *
 * A place is written `<from>-<to>` or `<name of the file> <from>-<to>`, in seconds (`12-15`, `12.5-15.25`) or as a clock shows them
 * (`1:02-1:07`, `00:01:02-00:01:07`). Both ends are withheld: `12-15` up to where second 16 begins, `12.5-15.25` up to 15.26.
 * What is not written so, or lies outside of the recording, is no place: then all of the recording is withheld.
 */
import type { WavSound } from './wav.ts';

/** Milliseconds of a recording, the end excluded. */
export type Segment = { readonly from: number; readonly to: number };

/** Bytes of a file, the end excluded. */
export type ByteRange = { readonly from: number; readonly to: number };

const time = String.raw`(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6})(?:[.,](\d{1,3}))?`;
const segmentForm = new RegExp(String.raw`^\s*${time}\s*[-–]\s*${time}\s*s?\s*$`, 'u');

type Moment = { readonly at: number; readonly unit: number };

/** A time in milliseconds, and the smallest unit in which it is written. */
const momentOf = (parts: readonly (string | undefined)[]): Moment | undefined => {
  const [hours, minutes, seconds = '', decimals = ''] = parts;
  // On a clock seconds end at 59, and minutes where there are hours.
  if (minutes !== undefined && (seconds.length !== 2 || Number(seconds) > 59)) return undefined;
  if (hours !== undefined && Number(minutes) > 59) return undefined;
  const whole = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds);
  return { at: whole * 1000 + Number(decimals.padEnd(3, '0')), unit: 10 ** (3 - decimals.length) };
};

const segmentOf = (written: string): Segment | undefined => {
  const match = segmentForm.exec(written);
  if (match === null) return undefined;
  const from = momentOf(match.slice(1, 5));
  const to = momentOf(match.slice(5, 9));
  return from === undefined || to === undefined || from.at > to.at ? undefined : { from: from.at, to: to.at + to.unit };
};

/**
 * The segment that a place names in a file, or `undefined` where it is not written in the form above, or may be read in two ways
 * because the file is called like a time.
 */
export const readSegment = (where: string, fileName: string): Segment | undefined => {
  const place = where.trim();
  const bare = segmentOf(place);
  const isNamed = place.startsWith(`${fileName} `) || place.startsWith(`${fileName}:`);
  const named = isNamed ? segmentOf(place.slice(fileName.length + 1)) : undefined;
  return bare === undefined ? named : named === undefined ? bare : undefined;
};

/** The bytes of the segments, in order and without overlaps, or `undefined` where one of them begins after the end of the sound. */
export const silentRanges = (
  { start, frames, frameBytes, framesPerSecond }: WavSound,
  segments: readonly Segment[],
): readonly ByteRange[] | undefined => {
  const ranges: { from: number; to: number }[] = [];
  for (const { from, to } of segments.toSorted((one, other) => one.from - other.from)) {
    const first = Math.floor((from * framesPerSecond) / 1000);
    if (first >= frames) return undefined;
    const end = Math.min(frames, Math.ceil((to * framesPerSecond) / 1000));
    const range = { from: start + first * frameBytes, to: start + end * frameBytes };
    const before = ranges.at(-1);
    if (before !== undefined && range.from <= before.to) before.to = Math.max(before.to, range.to);
    else ranges.push(range);
  }
  return ranges;
};

/** The bytes of a file with silence in some ranges of it. */
export async function* silenced(
  content: AsyncIterable<Uint8Array>,
  ranges: readonly ByteRange[],
  silence: number,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of content) {
    const end = at + chunk.length;
    const touched = ranges.filter(({ from, to }) => from < end && to > at);
    if (touched.length === 0) yield chunk;
    else {
      const changed = Uint8Array.from(chunk);
      for (const { from, to } of touched) changed.fill(silence, Math.max(0, from - at), to - at);
      yield changed;
    }
    at = end;
  }
}
