/**
 * Where the sound lies in a WAV file: by that, seconds become bytes. Understands what telephone systems write (PCM, floating point,
 * A-law, mu-law, the extensible form of them); of everything else it says that it does not, and never guesses: a file that is not
 * wholly understood may say in another place what is withheld in one.
 */

/** The sound of a WAV file. */
export type WavSound = {
  /** Bytes before the first frame. */
  readonly start: number;
  readonly frames: number;
  /** Bytes of one frame: a sample of each channel. */
  readonly frameBytes: number;
  readonly framesPerSecond: number;
  /** The byte of which silence is made. */
  readonly silence: number;
};

type Format = Omit<WavSound, 'start' | 'frames'>;

/** What the walk asks for next: bytes to look at, bytes to pass over, or bytes that must all be zero. */
type Step = { readonly kind: 'look' | 'pass' | 'empty'; readonly bytes: number };

const encodings = { pcm: 1, float: 3, aLaw: 6, muLaw: 7, extensible: 0xfffe } as const;

/** The encodings and the sample sizes in which each is understood, with the byte of their silence. */
const silenceOf = (encoding: number, bits: number): number | undefined => {
  switch (encoding) {
    case encodings.pcm:
      // Samples of a byte are unsigned: their silence is in the middle.
      return bits === 8 ? 0x80 : [16, 24, 32].includes(bits) ? 0 : undefined;
    case encodings.float:
      return [32, 64].includes(bits) ? 0 : undefined;
    case encodings.aLaw:
      return bits === 8 ? 0xd5 : undefined;
    case encodings.muLaw:
      return bits === 8 ? 0xff : undefined;
    default:
      return undefined;
  }
};

/** The end of the ids by which the extensible form names an encoding. */
const encodingSuffix = '000000001000800000aa00389b71';

const extensibleEncoding = (chunk: Buffer): number | undefined => {
  const extra = chunk.readUInt16LE(16);
  const validBits = chunk.readUInt16LE(18);
  const known = extra === 22 && validBits > 0 && validBits <= chunk.readUInt16LE(14);
  return known && chunk.subarray(26, 40).toString('hex') === encodingSuffix ? chunk.readUInt16LE(24) : undefined;
};

const encodingOf = (chunk: Buffer): number | undefined => {
  const encoding = chunk.readUInt16LE(0);
  switch (chunk.length) {
    case 16:
      return encoding;
    case 18:
      return chunk.readUInt16LE(16) === 0 ? encoding : undefined;
    default:
      return encoding === encodings.extensible ? extensibleEncoding(chunk) : undefined;
  }
};

const formatOf = (chunk: Buffer): Format | undefined => {
  const encoding = encodingOf(chunk);
  const channels = chunk.readUInt16LE(2);
  const framesPerSecond = chunk.readUInt32LE(4);
  const frameBytes = chunk.readUInt16LE(12);
  const bits = chunk.readUInt16LE(14);
  const silence = encoding === undefined ? undefined : silenceOf(encoding, bits);
  const agrees =
    channels > 0 &&
    framesPerSecond > 0 &&
    frameBytes === (channels * bits) / 8 &&
    chunk.readUInt32LE(8) === framesPerSecond * frameBytes;
  return silence === undefined || !agrees ? undefined : { frameBytes, framesPerSecond, silence };
};

const formatSizes: readonly number[] = [16, 18, 40];
/** Chunks that say nothing of what is heard. */
const harmless: ReadonlySet<string> = new Set(['fact', 'PEAK', 'cue ']);
/** Room that was kept free; what is left in it may be anything, unless it is empty. */
const fillers: ReadonlySet<string> = new Set(['JUNK', 'junk', 'PAD ', 'FLLR']);

const look = (bytes: number): Step => ({ kind: 'look', bytes });

/** Walks through the chunks of a file; answers with its sound, or with nothing where a single one is not understood. */
function* walk(size: number): Generator<Step, WavSound | undefined, Buffer> {
  const head = size < 12 ? undefined : yield look(12);
  if (head?.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 12) !== 'WAVE') return undefined;
  if (head.readUInt32LE(4) + 8 !== size) return undefined;
  let format: Format | undefined;
  let sound: WavSound | undefined;
  for (let at = 12; at < size; ) {
    if (size - at < 8) return undefined;
    const opening: Buffer = yield look(8);
    at += 8;
    const id = opening.toString('latin1', 0, 4);
    const bytes = opening.readUInt32LE(4);
    if (at + bytes > size) return undefined;
    if (id === 'fmt ') {
      if (format !== undefined || sound !== undefined || !formatSizes.includes(bytes)) return undefined;
      format = formatOf(yield look(bytes));
      if (format === undefined) return undefined;
    } else if (id === 'data') {
      if (format === undefined || sound !== undefined || bytes % format.frameBytes !== 0) return undefined;
      sound = { ...format, start: at, frames: bytes / format.frameBytes };
      yield { kind: 'pass', bytes };
    } else if (id === 'LIST') {
      // Lists of title, artist and the like; others may hold sound, or what is said in it.
      if (bytes < 4 || (yield look(4)).toString('latin1') !== 'INFO') return undefined;
      yield { kind: 'pass', bytes: bytes - 4 };
    } else if (harmless.has(id)) {
      yield { kind: 'pass', bytes };
    } else if (fillers.has(id)) {
      yield { kind: 'empty', bytes };
    } else {
      return undefined;
    }
    at += bytes;
    if (bytes % 2 === 1 && at < size) {
      yield { kind: 'empty', bytes: 1 };
      at += 1;
    }
  }
  return sound;
}

/** Reads a file of known size chunk by chunk, without keeping it. */
export type WavReader = {
  readonly push: (chunk: Uint8Array) => void;
  /** After the last chunk: the sound, or `undefined` where the file is not understood from its first to its last byte. */
  readonly sound: () => WavSound | undefined;
};

/**
 * A reader for a file of so many bytes, to be fed from its first byte on. What it does not understand to the last byte
 * it says nothing of.
 */
export const createWavReader = (size: number): WavReader => {
  const walking = walk(size);
  let step = walking.next();
  /** Of the step: what was looked at, and how many bytes went by. */
  let seen: Uint8Array[] = [];
  let passed = 0;
  const advance = (): void => {
    while (step.done !== true && passed === step.value.bytes) {
      const looked = Buffer.concat(seen);
      seen = [];
      passed = 0;
      step = walking.next(looked);
    }
  };
  return {
    push: (chunk) => {
      let rest = chunk;
      while (rest.length > 0 && step.done !== true) {
        const { kind, bytes } = step.value;
        const those = rest.subarray(0, bytes - passed);
        if (kind === 'look') seen.push(Uint8Array.from(those));
        if (kind === 'empty' && those.some((byte) => byte !== 0)) {
          step = { done: true, value: undefined };
          return;
        }
        passed += those.length;
        rest = rest.subarray(those.length);
        advance();
      }
    },
    sound: () => (step.done === true ? step.value : undefined),
  };
};
