/** What staff wrote about a notification: how the recipient was notified by hand, or why it could not be. Sealed, bound to the notification. */
import type { Sealing } from '../sealing/sealing.ts';

const place = (notificationId: string): string => `recipient-notification/${notificationId}`;

/** Seals them so that they open with their own notification only. */
export const sealRecipientWords = (sealing: Sealing, notificationId: string, text: string): Buffer =>
  sealing.seal(Buffer.from(text, 'utf8'), place(notificationId));

/** Opens them; throws a `SealingError` if they were changed or belong to another notification. */
export const openRecipientWords = (sealing: Sealing, notificationId: string, sealed: Uint8Array): string =>
  sealing.open(sealed, place(notificationId)).toString('utf8');
