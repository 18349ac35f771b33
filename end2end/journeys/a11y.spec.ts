import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { fields, unique, uuid } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { List } from '../support/list.ts';
import { expect, open, test } from '../support/test.ts';

/** What axe finds, in a line each. */
async function violations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help} (${target.join(' ')})`));
}

const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

const screens: [string, (page: Page, id: string) => Promise<void>][] = [
  ['the list', async (page) => void (await open(page, '/customers?status=Active&churn=High&churn=Low&q=a'))],
  ['the list with a menu open', async (page) => {
    await open(page, '/customers');
    await new List(page).menu('Status');
  }],
  ['the list with nobody in it', async (page) => void (await open(page, `/customers?q=${unique()}&size=3`))],
  ['a record', async (page, id) => void (await open(page, `/customers/${id}`))],
  ['New customer', async (page) => void (await open(page, '/customers/new'))],
  ['New customer with errors', async (page) => {
    await open(page, '/customers/new');
    await new Form(page).save.click();
    await expect(new Form(page).summary).toBeVisible();
  }],
  ['New customer with the question', async (page) => {
    await open(page, '/customers/new');
    await new Form(page).fill({ name: 'Typed' });
    await page.keyboard.press('Escape');
    await expect(page.getByRole('alertdialog')).toBeVisible();
  }],
  ['Edit', async (page, id) => void (await open(page, `/customers/${id}/edit`))],
  ['Delete', async (page, id) => void (await open(page, `/customers/${id}/delete`))],
  ['the deleted', async (page) => void (await open(page, '/customers/deleted'))],
  ['a page that is not there', async (page) => void (await open(page, `/customers/${uuid()}`))],
];

for (const [name, show] of screens) {
  test(`axe finds nothing: ${name}, light and dark, wide and narrow`, async ({ page, make, house, complaints }) => {
    complaints.allow(/status of 404/);
    const customer = await make({ status: 'Cancelled', cancelled_on: '2026-10-31', cancel_reason: 'Moved away', churn: 'High', outstanding: '500' });
    const gone = await make();
    await house.db.query('UPDATE customers SET deleted_at = now() WHERE id = $1', [gone.id]);
    await show(page, customer.id);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const width of [1440, 768, 360]) {
        await page.setViewportSize({ width, height: 800 });
        expect(await overflow(page), `no sideways scrolling at ${width}`).toBeLessThanOrEqual(0);
        if (width !== 768) expect(await violations(page), `${colorScheme}, ${width}`).toEqual([]);
      }
    }
  });
}

test('a narrow screen: the dialog fits and its buttons can be reached', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  await open(page, '/customers/new');
  const form = new Form(page);
  await form.fill(fields());
  const box = await form.dialog.boundingBox();
  expect(box && box.x >= 0 && box.x + box.width <= 360 && box.y >= 0 && box.y + box.height <= 640).toBe(true);
  await form.save.click();
  await expect(page.getByRole('status').filter({ hasText: 'Customer' })).toBeVisible();
});

/** Presses Tab until the focus is there. */
async function tabTo(page: Page, wanted: Locator, most = 120): Promise<void> {
  for (let step = 0; step < most; step += 1) {
    if ((await wanted.count()) === 1 && (await wanted.evaluate((element) => element === document.activeElement))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${wanted}`);
}

test('by keyboard alone: skip to the content, search, filter, open, edit, save', async ({ page, make, house }) => {
  const word = unique();
  const customer = await make({ name: `Key ${word}`, churn: 'High' });
  await make({ name: `Other ${word}`, churn: 'Low', email: `other.${word}@example.in` });
  await open(page, '/customers');
  const list = new List(page);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await tabTo(page, list.search, 3);
  await page.keyboard.type(word);
  await expect(list.rows).toHaveCount(2);
  const summary = page.locator('summary', { hasText: 'Churn risk' });
  await tabTo(page, summary);
  await page.keyboard.press('Enter');
  const high = page.getByRole('checkbox', { name: /^High/ });
  await tabTo(page, high, 5);
  await page.keyboard.press('Space');
  await list.shows([customer.id]);
  await page.keyboard.press('Escape');
  await expect(summary).toBeFocused();
  const edit = page.getByRole('link', { name: `Edit Key ${word}` });
  await tabTo(page, edit);
  await page.keyboard.press('Enter');
  const form = new Form(page);
  await expect(form.dialog).toBeVisible();
  await tabTo(page, form.field('city'), 12);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('Tirupati');
  await tabTo(page, form.save);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status').filter({ hasText: `Customer Key ${word} saved` })).toBeVisible();
  await expect(edit).toBeFocused();
  const found = await house.db.query('SELECT city FROM customers WHERE id = $1', [customer.id]);
  expect(found.rows).toEqual([{ city: 'Tirupati' }]);
});
