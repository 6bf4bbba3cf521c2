/** What speaks against a letter that was handed back as signed. */

/** Why a returned file is refused. */
export const returnedFileFaults = {
  'not-signed': 'The file carries no signature.',
  'signature-broken': 'The signature is not one of this content.',
  'other-document': 'The file is not the letter that was handed out.',
  'not-covered': 'The signature does not cover the whole file.',
  'content-changed': 'Something besides the signature was added to or changed in the letter.',
  'cannot-be-checked': 'The file has a form in which it cannot be checked that nothing else was changed.',
} as const;

/** The code of a reason, as callers may test for it. */
export type ReturnedFileFault = keyof typeof returnedFileFaults;
