// The failure of the stack that the person at the terminal can do something about.

/** Its message says what went wrong and what to do; it is shown without a stack trace. */
export class StackError extends Error {
  override name = 'StackError';
}

const systemErrors: Readonly<Record<string, string>> = {
  ENOSPC: 'There is no space left on the disk. Free some and start again; what was stored is kept.',
  EDQUOT: "This user's share of the disk is used up. Free some and start again; what was stored is kept.",
  EROFS: 'The file system can only be read. Choose another folder (OBLIO_DATA), or make it writable.',
  EACCES: 'This user may not do that there. Choose another folder (OBLIO_DATA), or change who owns it.',
  EPERM: 'This user may not do that there. Choose another folder (OBLIO_DATA), or change who owns it.',
  EIO: 'The disk failed.',
};

/** What to say to the person at the terminal: a message where it is known what to do, else all there is. */
export function explained(error: unknown, dataFolder: string): unknown {
  if (error instanceof StackError) return error.message;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const advice = systemErrors[code];
  return advice ? `${messageOf(error)}\n${advice}\nThe data folder is ${dataFolder}.` : error;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
