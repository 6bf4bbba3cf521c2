/** The tables of letters' files, sendings and links, as Kysely sees them; all of them belong to a case file. */
import type { ColumnType, Generated } from 'kysely';

export type LetterFileForm = 'rendered' | 'signed' | 'receipt';

export type LetterFileTable = {
  id: string;
  letter_id: string;
  case_id: string;
  form: LetterFileForm;
  detail: string | null;
  media_type: string;
  size: number;
  sha256: Buffer;
  created_at: Date;
  added_by: string;
};

export type LetterFilePartTable = { file_id: string; number: number; sealed_part: Buffer };

export type LetterDeliveryTable = {
  release_id: string;
  letter_id: string;
  case_id: string;
  channel: 'pec' | 'email';
  state: 'due' | 'attempting' | 'sent' | 'refused' | 'unknown' | 'given-up';
  attempts: Generated<number>;
  file_sha256: Buffer | null;
  link_id: string | null;
  begun_at: Date;
  settled_at: Date | null;
};

export type DeliveryLinkTable = {
  id: string;
  case_id: string;
  letter_id: string;
  package_id: string | null;
  token_key: Buffer;
  code_key: Buffer | null;
  failures: Generated<number>;
  expires_at: Date;
  revoked_at: Date | null;
  created_at: Date;
  created_by: string;
};

export type DeliveryLinkUseTable = {
  id: ColumnType<number, never, never>;
  link_id: string;
  at: Date;
  outcome: 'opened' | 'wrong-code' | 'locked';
};

/** These tables by name; part of `Tables`. */
export type LetterFileTables = {
  letter_file: LetterFileTable;
  letter_file_part: LetterFilePartTable;
  letter_delivery: LetterDeliveryTable;
  delivery_link: DeliveryLinkTable;
  delivery_link_use: DeliveryLinkUseTable;
};
