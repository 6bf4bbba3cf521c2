/** Travel in time on the real Temporal server, for tests; the demonstration travels by the same helper. */
export * from '../../stack/temporal/time-travel.ts';
