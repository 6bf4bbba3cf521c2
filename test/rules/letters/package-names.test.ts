/** File names of a package: safe on all systems, whatever somebody called a file. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { localDate } from '../../../domain/time/local-date.ts';
import { extensionOf, filePath, safeName } from '../../../letters/package/names.ts';

const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom(
    '..',
    '.',
    '',
    '../../etc/passwd',
    'C:\\x',
    'con',
    'NUL.txt',
    'aux',
    'LPT1',
    'a/b',
    '-rf',
    '\u202egpj.exe',
  ),
);
const mediaTypes = fc.oneof(
  fc.constantFrom('audio/wav', 'audio/mpeg; codecs=x', 'text/html', 'application/x-msdownload', 'image/svg+xml', ''),
  fc.string({ maxLength: 30 }),
);
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

const path = (name: string, mediaType: string, number = 1, place = 1) =>
  filePath({ language: 'it', recordClass: 'chat', number, day: localDate('2026-03-01'), place, name, mediaType });

describe('whatever a file was called', () => {
  test('its name is of plain characters, bounded, never reserved and never empty', () => {
    fc.assert(
      fc.property(anything, (name) => {
        const safe = safeName(name);
        expect(safe).toMatch(/^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/);
        expect(safe.length).toBeLessThanOrEqual(66);
        expect(safe).not.toMatch(reserved);
      }),
      { numRuns: 3000 },
    );
  });

  test('its path stays in its folder and has an extension of the list', () => {
    fc.assert(
      fc.property(anything, mediaTypes, (name, mediaType) => {
        const parts = path(name, mediaType).split('/');
        expect(parts).toHaveLength(3);
        for (const part of parts) {
          expect(part).toMatch(/^[a-z0-9_][a-z0-9_.-]*$/);
          expect(part).not.toMatch(/\.$|^\.|\.\./);
          expect(part).not.toMatch(reserved);
          expect(part.length).toBeLessThan(120);
        }
        expect(parts[2]).toMatch(
          /\.(?:wav|mp3|m4a|aac|ogg|opus|flac|webm|amr|au|txt|csv|json|pdf|zip|png|jpg|gif|tif|mp4|bin)$/,
        );
      }),
      { numRuns: 3000 },
    );
  });

  test('no two files have one path, also where names become the same and case does not count', () => {
    fc.assert(
      fc.property(fc.array(anything, { minLength: 2, maxLength: 8 }), (names) => {
        const paths = names.flatMap((name, index) => [
          path(name, 'audio/wav', 1, index + 1),
          path(name, 'audio/wav', 2, index + 1),
        ]);
        expect(new Set(paths.map((one) => one.toLowerCase())).size).toBe(paths.length);
      }),
    );
  });
});

test('programs and pages get an extension that opens nothing', () => {
  for (const mediaType of ['text/html', 'application/javascript', 'application/x-msdownload', 'image/svg+xml', 'x']) {
    expect(extensionOf(mediaType)).toBe('bin');
  }
  expect(extensionOf('audio/wav; rate=8000')).toBe('wav');
});

test('people recognise their file', () => {
  expect(path('Chiamata di Giosuè.WAV', 'audio/wav', 12, 2)).toBe(
    'registrazioni/chat/2026-03-01-000012-2-chiamata-di-giosue.wav',
  );
});
