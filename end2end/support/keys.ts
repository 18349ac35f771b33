import type { Locator, Page } from '@playwright/test';

/** Presses Tab until the focus is there. */
export async function tabTo(page: Page, wanted: Locator, most = 120): Promise<void> {
  for (let step = 0; step < most; step += 1) {
    if ((await wanted.count()) === 1 && (await wanted.evaluate((element) => element === document.activeElement))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${wanted}`);
}
