import type { Locator, Page } from '@playwright/test';

/** Waits for an element, for a dialog's form may still be loading, and presses Tab until it has the focus. */
export async function tabTo(page: Page, wanted: Locator, most = 120): Promise<void> {
  await wanted.waitFor();
  for (let step = 0; step < most; step += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${wanted}`);
}
