/** The tables of notices to custodians of a hold, as Kysely sees them; they end with the file of the hold. */
import type { SuspensionId } from '../../domain/ids.ts';

/** Notices as they were made. Content and file lie sealed; `sha256` is that of the open PDF. */
export type HoldNoticeTable = {
  id: string;
  suspension_id: SuspensionId;
  kind: 'preservation-notice' | 'release-notice';
  scope_revision: number;
  made_at: Date;
  made_by: string;
  sealed_content: Buffer;
  sealed_file: Buffer;
  size: number;
  sha256: Buffer;
};

/** How notices reached their custodians, as the legal team wrote it down. */
export type HoldNoticeDeliveryTable = {
  id: string;
  notice_id: string;
  suspension_id: SuspensionId;
  channel: 'pec' | 'email' | 'post' | 'counter';
  delivered_on: string;
  sealed_proof: Buffer;
  recorded_at: Date;
  recorded_by: string;
};

/** These tables by name; part of `Tables`. */
export type HoldNoticeTables = { hold_notice: HoldNoticeTable; hold_notice_delivery: HoldNoticeDeliveryTable };
