/** The tables of letters, their protocol numbers, files, sendings and links, as Kysely sees them; all of them belong to a case file. */
import type { ColumnType, Generated } from 'kysely';
import type { ControllerId } from '../../domain/ids.ts';

/** What letters say, sealed; written once. */
export type RequestLetterTable = {
  id: string;
  case_id: string;
  kind: string;
  language: string;
  composed_at: Date;
  sealed_content: Buffer;
  content_digest: Buffer;
};

/** The last protocol number given, by controller and year (DPR 445/2000 art. 57). */
export type ProtocolRegisterTable = { controller: ControllerId; year: number; last_number: number };

/** The register of what left: number, local date and the hash of the file (DPR 445/2000 art. 53). */
export type ProtocolEntryTable = {
  letter_id: string;
  controller: ControllerId;
  year: number;
  number: number;
  registered_on: string;
  /** SHA-256 of the file as it leaves; null until it is rendered. */
  file_sha256: Buffer | null;
};

/** What a file of a letter is. */
export type LetterFileForm = 'rendered' | 'signed' | 'receipt';

/** Files of letters, without their bytes. */
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

/** The bytes of a file in order, sealed part by part so that none is ever whole in memory. */
export type LetterFilePartTable = { file_id: string; number: number; sealed_part: Buffer };

/** One line for each release of a letter for mail, with the state of its sending. */
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

/** Links to letters and packages; address and code as keyed hashes only. */
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

/** Every try on a link that stands, with its outcome. */
export type DeliveryLinkUseTable = {
  id: ColumnType<number, never, never>;
  link_id: string;
  at: Date;
  outcome: 'opened' | 'wrong-code' | 'locked';
};

/** These tables by name; part of `Tables`. */
export type LetterTables = {
  request_letter: RequestLetterTable;
  protocol_register: ProtocolRegisterTable;
  protocol_entry: ProtocolEntryTable;
  letter_file: LetterFileTable;
  letter_file_part: LetterFilePartTable;
  letter_delivery: LetterDeliveryTable;
  delivery_link: DeliveryLinkTable;
  delivery_link_use: DeliveryLinkUseTable;
};
