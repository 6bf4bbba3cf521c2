// Leaves every letter of the story's rights requests in a folder, as PDF: what a person would hold in their hands.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Instant } from '../domain/time/instant.ts';
import type { Api, Caller } from './api-calls.ts';

const listSchema = z.object({
  requests: z.array(z.object({ caseId: z.string(), reference: z.string() })),
  nextCursor: z.string().optional(),
});
const caseSchema = z.object({
  letters: z.array(z.object({ letterId: z.string(), kind: z.string(), state: z.string() })),
});

/** Whose letters are read, and when in the story. */
export type WriteLettersInput = {
  readonly api: Api;
  readonly controllers: readonly string[];
  /** The time of the reading in the story. */
  readonly at: Instant;
};

const officeOf = (controller: string): Caller => ({ actor: 'demo-dpo-office', role: 'dpo', controllers: [controller] });

/** Writes the letters of all rights requests into a folder and answers with the files' names; a letter not rendered yet is left out. */
export const writeLettersTo = async (
  { api, controllers, at }: WriteLettersInput,
  folder: string,
): Promise<readonly string[]> => {
  await mkdir(folder, { recursive: true });
  const names: string[] = [];
  for (const controller of controllers) {
    const caller = officeOf(controller);
    const requests = `/controllers/${controller}/requests`;
    let cursor: string | undefined;
    do {
      const page = await api.expect(listSchema, {
        method: 'GET',
        path: `${requests}?includeClosed=true&limit=100${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
        caller,
        at,
      });
      for (const { caseId, reference } of page.requests) {
        const { letters } = await api.expect(caseSchema, { method: 'GET', path: `${requests}/${caseId}`, caller, at });
        for (const [index, { letterId, kind, state }] of letters.entries()) {
          if (state === 'ordered') continue;
          const path = `${requests}/${caseId}/letters/${letterId}/file`;
          const name = `${reference.replaceAll(/[^A-Za-z0-9-]/g, '-')}-${String(index + 1).padStart(2, '0')}-${kind}.pdf`;
          await writeFile(join(folder, name), await api.download({ method: 'GET', path, caller, at }));
          names.push(name);
        }
      }
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }
  return names;
};
