import { days } from '../../domain/time/duration.ts';
// The call that `npm start` offers for pasting: an appointment handed in as the booking system would do it.

/** The path of the record that the call registers. */
export const firstCallPath = '/controllers/comune-di-milano/record-classes/booking/records/appointment-1';

/** What the booking system hands in: synthetic data, an appointment a week after `now`. */
export function firstCallBody(now: Date): object {
  const appointment = new Date(now.getTime() + days(7)).toISOString().slice(0, 16);
  return {
    triggerAt: `${appointment}:00Z`,
    identifiers: [{ kind: 'codice-fiscale', value: 'RSSMRA80A01H501U' }],
    fields: { channel: 'online-form', service: 'carta di identita elettronica' },
    text: 'Appuntamento di Mario Rossi per la carta di identita elettronica',
  };
}

/** A shell command that registers one booking of Comune di Milano with the API at this address. */
export function firstCall(apiAddress: string, now: Date): string {
  return [
    `curl -sS -X PUT ${apiAddress}${firstCallPath} \\`,
    '  -H "Authorization: Bearer $(npm --silent run token -- --role source --controller comune-di-milano)" \\',
    "  -H 'Content-Type: application/json' \\",
    `  -d '${JSON.stringify(firstCallBody(now))}'`,
  ].join('\n');
}
