/** What the tests of packages share: people and their words, a package made and opened, what its data files hold. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ControllerId } from '../../../domain/ids.ts';
import { type Instant, instant } from '../../../domain/time/instant.ts';
import { inps } from '../records.ts';
import type { World } from '../world.ts';
import { openPackage, packageActivities, packageBytes } from './packages.ts';

export const now: Instant = instant('2026-03-10T09:00:00Z');
export const when: Instant = instant('2026-03-01T23:30:00Z');

let people = 0;
/** A person of one test: nobody else shares the identifier. */
export const newPerson = () => {
  people += 1;
  return { kind: 'controller-subject-id', value: `person-${people}-${randomUUID()}` } as const;
};

/** A file of the package's data as JSON. */
export const dataSchema = z.array(
  z.object({
    recordId: z.string(),
    status: z.string(),
    text: z.string().optional(),
    certificate: z.string().optional(),
    files: z.array(
      z.looseObject({
        name: z.string(),
        status: z.string(),
        path: z.string().optional(),
        sha256: z.string().optional(),
      }),
    ),
    withheld: z.array(z.object({ what: z.string(), ground: z.string(), where: z.string() })),
  }),
);

/** Words that would run, calculate or turn around in what opens them. */
export const hostile = [
  '<script>alert(1)</script>',
  '=HYPERLINK("http://example.org","x")',
  '👩‍👩‍👧 שלום مرحبا 你好',
  'exe\u202etxt. bell\u0007',
  'parola '.repeat(1500),
].join('\n');

/** Builds the package of a case, now, and opens it with standard tools. */
export const packed = async (world: World, caseId: string, controller: ControllerId = inps) => {
  const packageId = randomUUID();
  const result = await packageActivities(world).buildPackage({ caseId, controller, now, packageId });
  return { result, opened: openPackage(await packageBytes(world, packageId)) };
};
