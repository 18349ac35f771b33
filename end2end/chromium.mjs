import { existsSync } from 'node:fs';

/** The browser that opens the pages. Debian's shell is the same Chromium without windows: the journeys take half the time in it. */
export const chromiumPath =
  process.env.LASTMILE_CHROMIUM ??
  ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
