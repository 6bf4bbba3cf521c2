/** The command line for deadlines and retention bounds, run as a process on files. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oblio-deadline-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

type Run = { readonly code: number; readonly output: string; readonly errors: string };

const run = async (argument: string | undefined): Promise<Run> =>
  new Promise((resolve) => {
    const child = execFile(
      join(root, 'node_modules/.bin/node'),
      ['commands/deadline.ts', ...(argument === undefined ? [] : [argument])],
      { cwd: root },
      (_error, output, errors) => resolve({ code: child.exitCode ?? -1, output, errors }),
    );
  });

const runCases = async (cases: unknown): Promise<Run> => {
  const file = join(folder, 'cases.json');
  await writeFile(file, typeof cases === 'string' ? cases : JSON.stringify(cases));
  return run(file);
};

const inps = { controller: 'inps' };
const milano = { controller: 'comune-di-milano' };

describe('deadline command', () => {
  test('prints the last day and its exclusive end in UTC for each case, and null while the clock stands still', async () => {
    const at = '2026-03-05T10:00:00+01:00';
    const { code, output, errors } = await runCases([
      { id: 'easter', kind: 'answer', ...inps, receivedAt: at, pauses: [] },
      {
        id: 'paused',
        kind: 'answer',
        ...inps,
        receivedAt: at,
        pauses: [{ from: '2026-03-10T09:00:00+01:00', to: '2026-04-01T09:00:00+02:00' }],
      },
      {
        id: 'overlap',
        kind: 'answer',
        ...inps,
        receivedAt: at,
        pauses: [
          { from: '2026-03-10', to: '2026-03-25' },
          { from: '2026-03-20', to: '2026-04-01' },
        ],
      },
      { id: 'open', kind: 'answer', ...inps, receivedAt: at, pauses: [{ from: '2026-03-10', to: null }] },
      { id: 'same day', kind: 'answer', ...inps, receivedAt: at, pauses: [{ from: '2026-03-05', to: '2026-03-06' }] },
      { id: 'rome', kind: 'answer', ...inps, receivedAt: '2026-05-29T10:00:00+02:00', pauses: [] },
      { id: 'milan', kind: 'answer', ...milano, receivedAt: '2026-05-29T10:00:00+02:00', pauses: [] },
      { id: 'abroad', kind: 'answer', ...milano, receivedAt: '2026-03-09T19:30:00-04:00', pauses: [] },
      {
        id: 'extended',
        kind: 'extended',
        ...milano,
        receivedAt: '2026-01-31T10:00:00+01:00',
        pauses: [],
        extendedAt: '2026-02-20T10:00:00+01:00',
        extendedBy: 'P2M',
      },
      {
        id: 'void',
        kind: 'extended',
        ...milano,
        receivedAt: '2026-01-31T10:00:00+01:00',
        pauses: [],
        extendedAt: '2026-03-03',
        extendedBy: 'P2M',
      },
      {
        id: 'recording',
        kind: 'retention',
        ...inps,
        receivedAt: '2026-08-31T10:00:00+02:00',
        pauses: [],
        recordClass: 'call-recording',
      },
      {
        id: 'invitation',
        kind: 'retention',
        ...milano,
        receivedAt: '2026-08-31T10:00:00+02:00',
        pauses: [],
        recordClass: 'survey-invitation',
      },
      { id: 'third', kind: 'retention', ...milano, receivedAt: '2026-12-24T10:00:00+01:00', rule: 'third-day-after' },
      { id: 'five years', kind: 'retention', ...inps, receivedAt: '2024-02-29T10:00:00+01:00', rule: 'P5Y' },
    ]);
    expect(errors).toBe('');
    expect(code).toBe(0);
    expect(JSON.parse(output)).toEqual({
      easter: { lastDay: '2026-04-07', instant: '2026-04-07T22:00:00Z' },
      paused: { lastDay: '2026-04-27', instant: '2026-04-27T22:00:00Z' },
      overlap: { lastDay: '2026-04-27', instant: '2026-04-27T22:00:00Z' },
      open: { lastDay: null, instant: null },
      'same day': { lastDay: '2026-04-07', instant: '2026-04-07T22:00:00Z' },
      rome: { lastDay: '2026-06-30', instant: '2026-06-30T22:00:00Z' },
      milan: { lastDay: '2026-06-29', instant: '2026-06-29T22:00:00Z' },
      abroad: { lastDay: '2026-04-10', instant: '2026-04-10T22:00:00Z' },
      extended: { lastDay: '2026-04-30', instant: '2026-04-30T22:00:00Z' },
      void: { lastDay: '2026-03-02', instant: '2026-03-02T23:00:00Z' },
      recording: { lastDay: '2027-02-28', instant: '2027-02-28T23:00:00Z' },
      invitation: { lastDay: '2026-09-03', instant: '2026-09-03T22:00:00Z' },
      third: { lastDay: '2026-12-27', instant: '2026-12-27T23:00:00Z' },
      'five years': { lastDay: '2029-02-28', instant: '2029-02-28T23:00:00Z' },
    });
  });

  const good = { id: 'x', kind: 'answer', ...inps, receivedAt: '2026-03-05T10:00:00+01:00', pauses: [] };
  const retention = { ...good, kind: 'retention' };
  test.each([
    ['no JSON', '{', 'the file is no JSON'],
    ['no array', {}, 'the file must hold an array'],
    ['an impossible date', [{ ...good, receivedAt: '2026-02-30T10:00:00+01:00' }], 'case "x", receivedAt: 2026-02-30'],
    [
      'a receipt without offset',
      [{ ...good, receivedAt: '2026-03-05T10:00:00' }],
      'case "x", receivedAt: a time is written',
    ],
    ['no id', [{ ...good, id: undefined }], 'case 1, id: is missing'],
    ['an id twice', [good, good], 'case "x", id: is there twice'],
    ['an unknown kind', [{ ...good, kind: 'reply' }], 'case 1, kind: must be answer, extended, retention'],
    [
      'an unknown controller',
      [{ ...good, controller: 'comune-di-roma' }],
      'case "x", controller: there is a policy for',
    ],
    ['a pause without its end', [{ ...good, pauses: [{ from: '2026-03-10' }] }], 'case "x", pauses[0].to: is missing'],
    [
      'a pause before receipt',
      [{ ...good, pauses: [{ from: '2026-03-01', to: null }] }],
      'case "x", pauses[0].from: is a day before',
    ],
    [
      'a pause that ends before it begins',
      [{ ...good, pauses: [{ from: '2026-03-10', to: '2026-03-09' }] }],
      'case "x", pauses[0].to: is a day before',
    ],
    [
      'an extension without its date',
      [{ ...good, kind: 'extended', extendedBy: 'P1M' }],
      'case "x", extendedAt: is missing',
    ],
    [
      'an extension by three months',
      [{ ...good, kind: 'extended', extendedAt: '2026-03-10', extendedBy: 'P3M' }],
      'case "x", extendedBy: must be P1M, P2M',
    ],
    [
      'an extension before receipt',
      [{ ...good, kind: 'extended', extendedAt: '2026-03-01', extendedBy: 'P1M' }],
      'case "x", extendedAt: is a day before',
    ],
    ['retention with neither class nor rule', [retention], 'case "x", rule: is missing'],
    [
      'a class the controller does not have',
      [{ ...retention, recordClass: 'booking' }],
      'case "x", recordClass: inps has',
    ],
    ['a rule nobody knows', [{ ...retention, rule: 'forever' }], 'case "x", rule: must be'],
  ])('I12: %s: says which case and field, prints nothing, exits with 2', async (_what, cases, expected) => {
    const { code, output, errors } = await runCases(cases);
    expect(errors).toContain(expected);
    expect(output).toBe('');
    expect(code).toBe(2);
  });

  test('I12: tells every fault at once, and says how to call it', async () => {
    const { errors } = await runCases([
      { ...good, receivedAt: 'yesterday' },
      { ...retention, id: 'y' },
    ]);
    expect(errors.trim().split('\n')).toHaveLength(2);
    expect(await run(undefined)).toMatchObject({ code: 2, output: '', errors: expect.stringContaining('usage') });
    expect(await run(join(folder, 'absent.json'))).toMatchObject({
      code: 2,
      output: '',
      errors: expect.stringContaining('ENOENT'),
    });
  });

  test('says on the side which fields a kind does not use, and answers all the same', async () => {
    const { code, output, errors } = await runCases([{ ...good, extendedAt: '2026-03-10', pausess: [1] }]);
    expect(errors).toContain('case "x", extendedAt: ignored');
    expect(errors).toContain('case "x", pausess: ignored');
    expect(code).toBe(0);
    expect(Object.keys(JSON.parse(output))).toEqual(['x']);
  });
});
