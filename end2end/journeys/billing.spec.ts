import type { Page } from '@playwright/test';
import type { TestApp } from '../support/app.ts';
import { expect, open, SCRIPT_MODES, test } from '../support/test.ts';

interface Debtor {
  id: string;
  name: string;
  /** In rupees, as the form has it. */
  due: string;
}

/** An active customer who owes for an invoice, as those of the demo do, with one service; each number is another one. */
async function debtor(app: TestApp, number: number): Promise<Debtor> {
  const { rows } = await app.db.query<{ id: string; name: string; paise: string }>(
    `SELECT c.id, c.name, s.outstanding_paise AS paise FROM customers c JOIN customer_summary s ON s.id = c.id
     WHERE c.status = 'Active' AND s.outstanding_paise > 0 AND (SELECT count(*) FROM services WHERE customer_id = c.id) = 1
       AND EXISTS (SELECT FROM bills WHERE customer_id = c.id AND kind = 'Invoice' AND open_paise > 0)
     ORDER BY c.id OFFSET $1 LIMIT 1`,
    [number],
  );
  const [row] = rows;
  if (!row) throw new Error('nobody owes anything');
  return { id: row.id, name: row.name, due: String(Number(row.paise) / 100) };
}

const payments = async (app: TestApp, customer: string): Promise<number> => {
  const { rows } = await app.db.query<{ count: string }>('SELECT count(*) FROM payments WHERE customer_id = $1', [customer]);
  return Number(rows[0]?.count);
};

const money = (page: Page) => page.getByRole('region', { name: 'Bills and payments' });
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });

for (const [what, address, label] of [
  ['the provider', () => '/settings/provider', 'Name'],
  ['a payment', (id: string) => `/payments/new/${id}`, 'Reference'],
] as const) {
  test(`a form about ${what} that is left asks, and has what was typed when it is opened again`, async ({ app, page }) => {
    await open(page, address((await debtor(app, 9)).id));
    const input = page.getByLabel(label, { exact: true });
    await input.pressSequentially('Typed');
    const question = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    const dialog = await question;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Leads', exact: true }).click();
    await expect(heading(page, 'Leads')).toBeVisible();
    await page.goBack();
    await expect(input).toHaveValue(/Typed/);
    // And once more: it still counts as typed.
    await page.goForward();
    await expect(heading(page, 'Leads')).toBeVisible();
    await page.goBack();
    await expect(input).toHaveValue(/Typed/);
  });
}

for (const list of ['bills', 'payments']) {
  test(`Back from one of the ${list} leads to its row`, async ({ page, visit }) => {
    await visit(page, `/${list}`);
    const link = page.getByRole('row').nth(20).getByRole('link').first();
    await link.scrollIntoViewIfNeeded();
    const position = await page.evaluate(() => window.scrollY);
    expect(position).toBeGreaterThan(100);
    await link.click();
    await expect(page.getByRole('article')).toBeVisible();
    await page.goBack();
    await expect(link).toBeFocused();
    await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(position);
  });
}

for (const [place, [mode, javaScriptEnabled]] of SCRIPT_MODES.entries()) {
  test.describe(mode, () => {
    test.use({ javaScriptEnabled });

    test('Staff take a payment in two presses, and a double press is one payment', async ({ app, newPage, visit }) => {
      const { id, due } = await debtor(app, place);
      const before = await payments(app, id);
      const page = await newPage('Staff');
      await visit(page, `/customers/${id}`);
      await expect(money(page)).toContainText('due');
      await money(page).getByRole('link', { name: 'Take payment' }).click();
      await expect(page.getByLabel('Amount in ₹')).toHaveValue(due);
      await page.getByRole('button', { name: 'Take payment' }).dblclick();
      await expect(heading(page, /^Receipt \d+$/)).toBeVisible();
      await expect(page.getByRole('article')).toContainText('Nothing due');
      expect(await payments(app, id)).toBe(before + 1);
      await expect(page.getByRole('link', { name: 'Bounced or reversed' })).toHaveCount(0);
      await visit(page, `/customers/${id}`);
      await expect(money(page).getByRole('heading', { name: 'Nothing due' })).toBeVisible();
    });

    test('a bill is shown, issued, credited, and its days are billed again', async ({ app, page, visit }) => {
      const { id } = await debtor(app, 4 + place);
      await visit(page, `/customers/${id}`);
      await money(page).getByRole('link', { name: /^Bill now/ }).click();
      const period = page.locator('dl > div').filter({ hasText: 'Period' });
      const days = await period.textContent();
      await page.getByRole('button', { name: 'Issue bill' }).click();
      await expect(heading(page, /^Tax invoice LM\//)).toBeVisible();
      await expect(page.getByRole('img', { name: 'QR code to pay by UPI' })).toBeVisible();
      await page.getByRole('link', { name: 'Credit note' }).click();
      await page.getByLabel('Reason').fill('The line was down');
      await page.getByRole('button', { name: 'Issue credit note' }).click();
      await expect(heading(page, /^Credit note LC\//)).toBeVisible();
      await visit(page, `/customers/${id}`);
      await money(page).getByRole('link', { name: /^Bill now/ }).click();
      await expect(period).toHaveText(days ?? '');
    });

    test('a cheque bounces, and the statement shows both', async ({ app, page, visit }) => {
      const { id, due } = await debtor(app, 8 + place);
      await visit(page, `/payments/new/${id}`);
      await page.getByLabel('Paid by').selectOption('Cheque');
      await page.getByLabel('Reference').fill('004417');
      await page.getByRole('button', { name: 'Take payment' }).click();
      await page.getByRole('link', { name: 'Bounced or reversed' }).click();
      await page.getByLabel('Reason').fill('Funds insufficient');
      await page.getByRole('button', { name: 'Save' }).click();
      await expect(page.getByRole('article')).toContainText('Funds insufficient');
      await page.getByRole('link', { name: 'Statement' }).click();
      const rows = page.getByRole('row');
      await expect(rows.filter({ hasText: 'Payment, Cheque' }).last()).toContainText('004417');
      await expect(rows.filter({ hasText: 'Cheque bounced' }).last()).toContainText('Funds insufficient');
      await expect(rows.last()).toContainText(`${Number(due).toLocaleString('en-IN')}`);
      // What is printed is the paper alone.
      await page.emulateMedia({ media: 'print' });
      await expect(page.getByRole('navigation', { name: 'Main' })).toBeHidden();
      await expect(page.getByRole('article')).toBeVisible();
    });

    test('Staff find a payment by its reference, and the bills of a customer that are open', async ({ app, newPage, visit }) => {
      const { id, name } = await debtor(app, 12 + place);
      const reference = `4${String(Date.now()).slice(-10)}${place}`;
      const page = await newPage('Staff');
      await visit(page, `/payments/new/${id}`);
      await page.getByLabel('Amount in ₹').fill('10');
      await page.getByLabel('Paid by').selectOption('UPI');
      await page.getByLabel('Reference').fill(reference);
      await page.getByRole('button', { name: 'Take payment' }).click();
      await expect(heading(page, /^Receipt \d+$/)).toBeVisible();
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Payments' }).click();
      await expect(heading(page, 'Payments')).toBeVisible();
      await page.getByRole('searchbox').fill(reference);
      await page.getByRole('searchbox').press('Enter');
      const row = page.getByRole('row').filter({ hasText: reference });
      await expect(row).toContainText(name);
      await expect(page.getByRole('row')).toHaveCount(2);
      await expect(page.locator('dl.metrics')).toContainText('₹10');
      await row.getByRole('link', { name: /^Receipt/ }).click();
      await expect(page.getByRole('article')).toContainText(reference);
      await visit(page, `/bills?settlement=Open&q=${encodeURIComponent(name)}`);
      await expect(page.getByRole('row').filter({ hasText: name }).first()).toContainText('Invoice');
      // The latest first; nothing can be made or changed here.
      await expect(page.getByRole('columnheader', { name: /^Issued/ })).toHaveAttribute('aria-sort', 'descending');
      await expect(page.getByRole('link', { name: /^(New|Edit|Delete)\b/ })).toHaveCount(0);
      await page.getByRole('row').nth(1).getByRole('link').first().click();
      await expect(heading(page, /^Tax invoice LM\//)).toBeVisible();
    });

    test('who was suspended for dues and pays everything is connected again at once', async ({ app, newPage, visit }) => {
      const { id } = await debtor(app, 16 + place);
      const admin = await newPage('Admin');
      await visit(admin, `/customers/${id}`);
      await admin.getByRole('link', { name: /^Suspend: / }).click();
      await admin.getByRole('dialog').getByRole('button', { name: 'Suspend', exact: true }).click();
      await visit(admin, `/customers/${id}`);
      await expect(admin.locator('.page-header .tag').first()).toHaveText('Suspended');
      const staff = await newPage('Staff');
      await visit(staff, `/customers/${id}`);
      await money(staff).getByRole('link', { name: 'Take payment' }).click();
      await staff.getByRole('button', { name: 'Take payment' }).click();
      await expect(heading(staff, /^Receipt \d+$/)).toBeVisible();
      await visit(staff, `/customers/${id}`);
      await expect(staff.locator('.page-header .tag').first()).toHaveText('Active');
      await expect(staff.getByText('Payment', { exact: false }).first()).toBeVisible();
    });
  });
}
