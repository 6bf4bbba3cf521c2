// Call recordings for the demonstration: a ringing tone, then two "voices" that take turns, as a WAV file that any player opens.

import type { Chance } from './synthetic-random.ts';

const samplesPerSecond = 8_000;
const bytesPerSample = 2;
const headerBytes = 44;
/** Ringing tone of Italian exchanges, in hertz. */
const ringingTone = 425;

/** RIFF header of 16-bit mono PCM. */
const wavHeader = (dataBytes: number): Buffer => {
  const header = Buffer.alloc(headerBytes);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(headerBytes - 8 + dataBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(samplesPerSecond, 24);
  header.writeUInt32LE(samplesPerSecond * bytesPerSample, 28);
  header.writeUInt16LE(bytesPerSample, 32);
  header.writeUInt16LE(bytesPerSample * 8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataBytes, 40);
  return header;
};

type Turn = { readonly from: number; readonly pitch: number; readonly loudness: number };

const sampleOf = (turn: Turn, second: number, noise: number): number => {
  const wave = (hertz: number): number => Math.sin(2 * Math.PI * hertz * second);
  // Syllables: a voice swells and fades about four times a second.
  const swell = 0.5 + 0.5 * Math.sin(2 * Math.PI * 4 * second);
  const voice = wave(turn.pitch) + 0.5 * wave(turn.pitch * 2) + 0.3 * wave(turn.pitch * 3);
  return turn.loudness * swell * (0.35 * voice + 0.15 * noise);
};

/** A recording of some seconds; the same chance gives the same bytes. */
export const recordCall = (chance: Chance, seconds: number): Buffer => {
  const samples = Math.round(seconds * samplesPerSecond);
  const data = Buffer.alloc(samples * bytesPerSample);
  const voices = [chance.whole(95, 140), chance.whole(170, 230)] as const;
  let turn: Turn = { from: 0, pitch: ringingTone, loudness: 0.5 };
  let turns = 0;
  for (let index = 0; index < samples; index += 1) {
    const second = index / samplesPerSecond;
    if (second - turn.from > 0.8) {
      turns += 1;
      turn = { from: second, pitch: turns % 2 === 0 ? voices[0] : voices[1], loudness: 0.4 + 0.4 * chance.next() };
    }
    const value = turns === 0 ? turn.loudness * Math.sin(2 * Math.PI * ringingTone * second) : undefined;
    const amplitude = value ?? sampleOf(turn, second, chance.next() * 2 - 1);
    data.writeInt16LE(Math.round(Math.max(-1, Math.min(1, amplitude)) * 0x7fff), index * bytesPerSample);
  }
  return Buffer.concat([wavHeader(data.length), data]);
};
