import type { Locator, Page } from '@playwright/test';

/** Presses Tab until the focus is there. Nobody tabs to what has not come yet: a dialog's form may still be on its way. */
export async function tabTo(page: Page, wanted: Locator, most = 120): Promise<void> {
  await wanted.waitFor();
  for (let step = 0; step < most; step += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${wanted}`);
}
