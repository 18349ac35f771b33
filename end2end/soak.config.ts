import { defineConfig } from '@playwright/test';
import config from './playwright.config.ts';

// A storm is more than a user may ask for in a second.
process.env.LASTMILE_REQUESTS_PER_SECOND = '0';

// Storms that take long: `make soak`. One after the other, since each wants the whole machine.
export default defineConfig({
  ...config,
  testDir: 'soak',
  workers: 1,
  fullyParallel: false,
  timeout: 30 * 60_000,
  reporter: [['list']],
});
