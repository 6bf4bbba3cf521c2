/**
 * Outgoing protocol (DPR 445/2000 arts. 53, 57) as a port. By default Oblio keeps a register of its own: per controller and year, seven
 * digits, without gaps, reserved before a letter is rendered so that it can be printed, with the hash of the final file afterwards.
 */
import { sql } from 'kysely';
import type { ControllerId } from '../../domain/ids.ts';
import type { Protocol } from '../../domain/letter/letter-content.ts';
import { type LocalDate, localDate } from '../../domain/time/local-date.ts';
import type { DatabaseTransaction } from '../database/database.ts';

/** The letter that a number is reserved for; the same letter gets the same number again. */
export type ReserveInput = {
  readonly controller: ControllerId;
  readonly letterId: string;
  /** Local date of the controller. */
  readonly today: LocalDate;
};

/**
 * Gives a letter its number: always the same one for the same letter, also after a crash (I9). A register elsewhere is asked with the
 * letter's id as its key for repetitions; the transaction is for registers that stand in this database.
 */
export type ProtocolRegister = {
  readonly reserve: (tx: DatabaseTransaction, input: ReserveInput) => Promise<Protocol>;
};

const asProtocol = (number: number, date: string): Protocol => ({
  number: String(number).padStart(7, '0'),
  date: localDate(date),
});

/** The register in Oblio's own database: number and letter are one transaction, so that none is lost. */
export const ownProtocolRegister: ProtocolRegister = {
  reserve: async (tx, { controller, letterId, today }) => {
    const before = await tx
      .selectFrom('protocol_entry')
      .selectAll()
      .where('letter_id', '=', letterId)
      .executeTakeFirst();
    if (before !== undefined) return asProtocol(before.number, before.registered_on);
    const year = Number(today.slice(0, 4));
    const { rows } = await sql<{ last_number: number }>`
      INSERT INTO protocol_register (controller, year, last_number) VALUES (${controller}, ${year}, 1)
      ON CONFLICT (controller, year) DO UPDATE SET last_number = protocol_register.last_number + 1 RETURNING last_number`.execute(
      tx,
    );
    const number = rows[0]?.last_number;
    if (number === undefined) throw new Error('A letter was left without a protocol number');
    await tx
      .insertInto('protocol_entry')
      .values({ letter_id: letterId, controller, year, number, registered_on: today, file_sha256: null })
      .execute();
    return asProtocol(number, today);
  },
};
