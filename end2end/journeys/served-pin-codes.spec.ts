import type { Page } from '@playwright/test';
import { Form } from '../support/form.ts';
import { createServedPinCode, freePinCode } from '../support/served-pin-codes.ts';
import { expect, open, SCRIPT_MODES, statusMessage, test } from '../support/test.ts';
import { unique } from '../support/unique.ts';

const FORBIDDEN = "You don't have permission to ";

const mainLink = (page: Page, name: string) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true });
const message = (page: Page) => statusMessage(page, 'Served PIN code');
/** What a record says beside a label. */
const definition = (page: Page, label: string) => page.locator('dl > div').filter({ has: page.getByText(label, { exact: true }) }).getByRole('definition');
const titles = (page: Page) => page.getByRole('table', { name: 'Served PIN codes' }).locator('tbody th a');

for (const [mode, javaScriptEnabled] of SCRIPT_MODES) {
  test.describe(mode, () => {
    test.use({ javaScriptEnabled });

    test('an Admin adds a PIN code, and Sales see that the lead can be served', async ({ page, newPage, app, createLead, visit }) => {
      const pinCode = await freePinCode(app);
      const lead = await createLead({ pin_code: pinCode, plan: 'Fiber', speed: '300' });
      const sales = await newPage('Sales');
      await visit(sales, `/leads/${lead.id}`);
      await expect(definition(sales, 'Service')).toHaveText(`Not available at ${pinCode} yet`);

      await visit(page, '/customers');
      await mainLink(page, 'Served PIN codes').click();
      await expect(page.getByRole('heading', { level: 1, name: 'Served PIN codes' })).toBeVisible();
      await page.getByRole('link', { name: 'New served PIN code' }).click();
      const form = new Form(page, 'served PIN code');
      await expect(form.dialog.getByRole('heading', { name: 'New served PIN code' })).toBeVisible();
      await form.fill({ pin_code: pinCode, area: 'Fort', city: 'Panaji', plan_types: ['Wireless', 'Fiber'], max_speed: '500', notes: 'From the tower' });
      await form.save.click();
      await expect(message(page)).toHaveText(new RegExp(`Served PIN code ${pinCode} created: Fort`));

      await visit(sales, `/leads/${lead.id}`);
      await expect(definition(sales, 'Service')).toHaveText(/Available\s+Fiber, Wireless, up to 500 Mbps/);

      // Wireless alone is left, and the record says so.
      await visit(page, `/served-pin-codes?q=${pinCode}`);
      await page.getByRole('link', { name: `Edit ${pinCode}` }).click();
      await form.field('plan_types').getByRole('checkbox', { name: 'Fiber' }).uncheck();
      await form.fill({ max_speed: '100' });
      await form.save.click();
      await expect(message(page)).toContainText(`Served PIN code ${pinCode} saved`);
      await visit(sales, `/leads/${lead.id}`);
      await expect(definition(sales, 'Service')).toHaveText(`No Fiber at ${pinCode}; available: Wireless, up to 100 Mbps`);
      await visit(page, `/served-pin-codes?q=${pinCode}`);
      await page.getByRole('link', { name: pinCode, exact: true }).click();
      for (const [label, text] of [['Plan types', 'Wireless'], ['Maximum speed', '100 Mbps'], ['Notes', 'From the tower']]) {
        await expect(definition(page, label)).toHaveText(text);
      }
      await expect(page.getByRole('region', { name: 'History' })).toContainText('changed plan types from Fiber, Wireless to Wireless');
    });

    test('a PIN code that is in the list already is refused, and one without a plan type', async ({ page, app, visit, browserErrors }) => {
      if (!javaScriptEnabled) browserErrors.allow(/status of 422/);
      const { id, pinCode } = await createServedPinCode(app);
      await visit(page, '/served-pin-codes/new');
      const form = new Form(page, 'served PIN code');
      await form.fill({ pin_code: pinCode, area: 'Other', city: 'Panaji', max_speed: '50' });
      await form.save.click();
      await expect(form.error('plan_types')).toHaveText('Choose at least one of the plan types.');
      await form.fill({ plan_types: ['Broadband'] });
      await form.save.click();
      await expect(form.error('pin_code')).toContainText('This PIN code is already in the list.');
      await expect(form.summary.getByRole('link', { name: `Open ${pinCode} (Fort)` })).toHaveAttribute('href', `/served-pin-codes/${id}`);
      await form.holds({ pin_code: pinCode, plan_types: ['Broadband'] });
    });

    test('filter by plan type and city, delete, undo', async ({ page, app, visit }) => {
      const city = `City ${unique()}`;
      const both = await createServedPinCode(app, { city });
      const wireless = await createServedPinCode(app, { city, plan_types: ['Wireless'], max_speed: '100' });
      await visit(page, `/served-pin-codes?city=${encodeURIComponent(city)}&sort=-speed`);
      await expect(titles(page)).toHaveText([both.pinCode, wireless.pinCode]);
      await visit(page, `/served-pin-codes?city=${encodeURIComponent(city)}&plan=Fiber`);
      await expect(titles(page)).toHaveText([both.pinCode]);
      await page.getByRole('link', { name: `Delete ${both.pinCode}` }).click();
      await expect(page.getByRole('dialog')).toContainText(`Leads at ${both.pinCode} then show that it is not served.`);
      await page.getByRole('button', { name: 'Delete served PIN code' }).click();
      await expect(message(page)).toContainText(`Served PIN code ${both.pinCode} deleted`);
      await page.getByRole('button', { name: 'Undo' }).click();
      await expect(message(page)).toContainText(`Served PIN code ${both.pinCode} restored`);
      await visit(page, `/served-pin-codes?city=${encodeURIComponent(city)}&plan=Fiber`);
      await expect(titles(page)).toHaveText([both.pinCode]);
    });

    test('Sales read the list and cannot edit it; Staff get nothing of it', async ({ newPage, app, visit, browserErrors }) => {
      browserErrors.allow(/status of 403/);
      const { id, pinCode } = await createServedPinCode(app);
      const sales = await newPage('Sales');
      await visit(sales, `/served-pin-codes?q=${pinCode}`);
      await expect(titles(sales)).toHaveText([pinCode]);
      await expect(mainLink(sales, 'Served PIN codes')).toBeVisible();
      await expect(mainLink(sales, 'Deleted PIN codes')).toHaveCount(0);
      for (const name of ['New served PIN code', `Edit ${pinCode}`, `Delete ${pinCode}`]) await expect(sales.getByRole('link', { name })).toHaveCount(0);
      await visit(sales, `/served-pin-codes/${id}`);
      await expect(definition(sales, 'Area')).toHaveText('Fort');
      for (const path of ['new', `${id}/edit`, `${id}/delete`]) {
        expect((await visit(sales, `/served-pin-codes/${path}`)).status(), path).toBe(403);
        await expect(sales.getByRole('dialog', { name: 'No permission' }), path).toContainText(FORBIDDEN);
      }
      const staff = await newPage('Staff');
      await visit(staff, '/customers');
      await expect(mainLink(staff, 'Served PIN codes')).toHaveCount(0);
      for (const path of ['', `/${id}`, '/deleted']) {
        expect((await visit(staff, `/served-pin-codes${path}`)).status(), path).toBe(403);
        await expect(staff.getByRole('main').getByRole('alert'), path).toContainText(FORBIDDEN);
        await expect(staff.getByText('Fort')).toHaveCount(0);
      }
    });
  });
}

test('the form of a lead says while one types whether the line can be had', async ({ page, app }) => {
  const { pinCode } = await createServedPinCode(app);
  await open(page, '/leads/new');
  const form = new Form(page, 'lead');
  const hint = form.dialog.locator('.field-pin_code').getByRole('status');
  await expect(hint).toHaveText('Enter a PIN code to check availability');
  for (const [fields, text] of [
    [{ pin_code: pinCode }, 'Available: Fiber, Wireless, up to 500 Mbps'],
    [{ plan: 'Broadband' }, `No Broadband at ${pinCode}; available: Fiber, Wireless, up to 500 Mbps`],
    [{ plan: 'Fiber', speed: '600' }, `No 600 Mbps at ${pinCode}; available: Fiber, Wireless, up to 500 Mbps`],
    [{ pin_code: pinCode.slice(0, 3) }, 'Enter a PIN code to check availability'],
  ] as const) {
    await form.fill(fields);
    await expect(hint).toHaveText(text);
  }
  // What was wrong elsewhere changes nothing of it.
  await form.fill({ pin_code: pinCode, speed: '300' });
  await expect(hint).toHaveText('Available: Fiber, Wireless, up to 500 Mbps');
  await form.save.click();
  await expect(form.error('name')).toBeVisible();
  await expect(hint).toHaveText('Available: Fiber, Wireless, up to 500 Mbps');
});

test('the keyboard alone adds a PIN code', async ({ page, app }) => {
  const pinCode = await freePinCode(app);
  await open(page, '/served-pin-codes');
  await page.getByRole('link', { name: 'New served PIN code' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('PIN code', { exact: true })).toBeFocused();
  for (const text of [pinCode, 'Fort', 'Panaji']) {
    await page.keyboard.type(text);
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Space');
  for (let box = 0; box < 3; box += 1) await page.keyboard.press('Tab');
  await page.keyboard.type('250');
  await page.keyboard.press('Enter');
  await expect(message(page)).toContainText(`Served PIN code ${pinCode} created`);
});
