// What the stack remembers in JSON files of the data folder: written whole or not at all, and named when it is not what was written.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { StackError } from './stack-error.ts';

/** The content of a file, or undefined if there is none. Throws a StackError that ends with what to do when it is damaged; it quotes nothing. */
export function readState<Content>(file: string, schema: z.ZodType<Content>, remedy: string): Content | undefined {
  if (!existsSync(file)) return undefined;
  const damaged = (how: string): StackError => new StackError(`${file} is not what the stack wrote: ${how}\n${remedy}`);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw damaged('it is no JSON.');
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw damaged(z.prettifyError(parsed.error));
  return parsed.data;
}

/** Replaces the content of a file that only its owner may read. */
export function writeState(file: string, content: unknown): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
