// What configures a stack, and what a running one says about itself: wrong fields are named.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRunningServices } from '../../stack/services/running-services.ts';
import { readSettings } from '../../stack/services/settings.ts';
import { testServices } from '../../stack/services/test-services.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder('settings');

describe('settings', () => {
  it('settings that cannot be used are named, all of them', () => {
    const wrong = {
      DATABASE_URL: 'mysql://x',
      S3_ENDPOINT: 'store:9000',
      SMTP_URL: 'mail',
      S3_BUCKET: 'Not A Bucket',
      TEMPORAL_HISTORY_SHARDS: 'many',
    };
    for (const name of Object.keys(wrong)) expect(() => readSettings(wrong)).toThrow(name);
  });

  it('an empty variable counts as not set', () => {
    expect(readSettings({ DATABASE_URL: '', S3_ENDPOINT: '', S3_REGION: '' })).toEqual(readSettings({}));
  });
});

describe('the description of a running stack', () => {
  it('is refused with the field that is wrong', () => {
    const file = process.env.OBLIO_TEST_SERVICES ?? '';
    expect(readRunningServices(file).pid).toBe(testServices().pid);
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, readFileSync(file, 'utf8').replace('"timeTravel"', '"timeTravle"'));
    expect(() => readRunningServices(broken)).toThrow('timeTravel');
  });
});
