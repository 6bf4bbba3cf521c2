// The call that `npm start` offers for pasting: an appointment handed in as the booking system would do it.

/** A shell command that registers one booking of Comune di Milano with the API at this address. */
export function firstCall(apiAddress: string, now: Date): string {
  const appointment = new Date(now.getTime() + 7 * 86_400_000).toISOString().replace(/:\d\d\.\d{3}Z$/, ':00Z');
  const body = {
    subjects: [{ kind: 'codice-fiscale', value: 'RSSMRA85T10A562S' }],
    triggerAt: appointment,
    text: 'Appuntamento per la carta di identita elettronica',
  };
  return [
    `curl -sS -X PUT ${apiAddress}/controllers/comune-di-milano/classes/booking/records/PRENOTAZIONE-1 \\`,
    '  -H "Authorization: Bearer $(npm --silent run token -- --role source --controller comune-di-milano)" \\',
    "  -H 'Content-Type: application/json' \\",
    `  -d '${JSON.stringify(body)}'`,
  ].join('\n');
}
