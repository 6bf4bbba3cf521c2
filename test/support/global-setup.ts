/** Starts the real services once for a test run, or uses those that OBLIO_TEST_SERVICES names. */
export { default } from '../../stack/test-services.ts';
