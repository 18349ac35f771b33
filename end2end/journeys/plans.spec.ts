import type { Page } from '@playwright/test';
import { Form } from '../support/form.ts';
import { createPlan } from '../support/plans.ts';
import { expect, open, SCRIPT_MODES, statusMessage, test } from '../support/test.ts';
import { unique } from '../support/unique.ts';

const FORBIDDEN = "You don't have permission to ";

const mainLink = (page: Page, name: string) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true });
const message = (page: Page) => statusMessage(page, 'Plan');
/** What a record says beside a label. */
const definition = (page: Page, label: string) => page.locator('dl > div').filter({ has: page.getByText(label, { exact: true }) }).getByRole('definition');
const titles = (page: Page) => page.getByRole('table', { name: 'Plans' }).locator('tbody th a');

for (const [mode, javaScriptEnabled] of SCRIPT_MODES) {
  test.describe(mode, () => {
    test.use({ javaScriptEnabled });

    test('an Admin adds a plan, changes its price and withdraws it', async ({ page, newPage, visit }) => {
      const word = unique();
      const [name, code] = [`Fiber ${word}`, `X-${word}`.toUpperCase().slice(0, 24)];
      await visit(page, '/customers');
      await mainLink(page, 'Plans').click();
      await expect(page.getByRole('heading', { level: 1, name: 'Plans' })).toBeVisible();
      await page.getByRole('link', { name: 'New plan' }).click();
      const form = new Form(page, 'plan');
      await expect(form.dialog.getByRole('heading', { name: 'New plan' })).toBeVisible();
      // What is the same of most plans is there already.
      await form.holds({ status: 'On sale', billing_cycle: 'Monthly', gst_rate: '18', sac: '998422' });
      await form.fill({ name, code: code.toLowerCase(), plan: 'Wireless', download: '100 Mbps', upload: '20', ott_apps: ['ZEE5', 'Netflix'], price: '₹ 1,099.50' });
      await form.save.click();
      await expect(message(page)).toHaveText(new RegExp(`Plan ${name} created: ${code}`));

      await visit(page, `/plans?q=${code}&status=On+sale`);
      await expect(titles(page)).toHaveText([name]);
      await page.getByRole('link', { name: `Edit ${name}` }).click();
      await form.fill({ price: '999', quota: '1000', status: 'Withdrawn' });
      await form.save.click();
      await expect(message(page)).toContainText(`Plan ${name} saved`);
      await visit(page, `/plans?q=${code}&status=On+sale`);
      await expect(page.getByRole('heading', { name: 'No plans match' })).toBeVisible();

      // Staff read to a caller what it costs.
      const staff = await newPage('Staff');
      await visit(staff, `/plans?q=${code}&plan=Wireless&cycle=Monthly`);
      await staff.getByRole('link', { name, exact: true }).click();
      for (const [label, text] of [
        ['Status', 'Withdrawn'], ['Download speed', '100 Mbps'], ['Upload speed', '20 Mbps'], ['Data quota', '1,000 GB'], ['OTT apps', 'Netflix, ZEE5'],
        ['Price', '₹999'], ['Billing cycle', 'Monthly'], ['GST rate', '18%'], ['SAC', '998422'],
      ]) {
        await expect(definition(staff, label)).toHaveText(text);
      }
      await expect(staff.getByRole('region', { name: 'History' })).toContainText('changed price from 1099.5 to 999');
    });

    test('a code that another plan has is refused, and an upload that is faster than the download', async ({ page, app, visit, browserErrors }) => {
      if (!javaScriptEnabled) browserErrors.allow(/status of 422/);
      const { id, name, code } = await createPlan(app);
      await visit(page, '/plans/new');
      const form = new Form(page, 'plan');
      await form.fill({ name: 'Other', code, download: '50', upload: '100', price: '599', sac: '8517' });
      await form.save.click();
      await expect(form.error('upload')).toHaveText('Enter at most the download speed, 50 Mbps.');
      await expect(form.error('sac')).toHaveText('Enter four or six digits that begin with 99, like 998422.');
      await form.fill({ upload: '50', sac: '9984' });
      await form.save.click();
      await expect(form.error('code')).toContainText('Another plan has this code.');
      await expect(form.summary.getByRole('link', { name: `Open ${name} (${code})` })).toHaveAttribute('href', `/plans/${id}`);
      await form.holds({ code, upload: '50', sac: '9984' });
    });

    test('sort by price, delete, undo', async ({ page, app, visit }) => {
      const word = unique();
      const cheap = await createPlan(app, { name: `Cheap ${word}`, price: '500' });
      const dear = await createPlan(app, { name: `Dear ${word}`, price: '2500', billing_cycle: 'Annual' });
      await visit(page, `/plans?q=${word}&sort=-price`);
      await expect(titles(page)).toHaveText([dear.name, cheap.name]);
      await visit(page, `/plans?q=${word}&cycle=Annual`);
      await expect(titles(page)).toHaveText([dear.name]);
      await page.getByRole('link', { name: `Delete ${dear.name}` }).click();
      await expect(page.getByRole('dialog')).toContainText('Customers who have it keep it.');
      await page.getByRole('button', { name: 'Delete plan' }).click();
      await expect(message(page)).toContainText(`Plan ${dear.name} deleted`);
      await page.getByRole('button', { name: 'Undo' }).click();
      await expect(message(page)).toContainText(`Plan ${dear.name} restored`);
      await visit(page, `/plans?q=${word}`);
      await expect(titles(page)).toHaveText([cheap.name, dear.name]);
      await page.getByRole('link', { name: `Delete ${cheap.name}` }).click();
      await page.getByRole('button', { name: 'Delete plan' }).click();
      await expect(message(page)).toContainText(`Plan ${cheap.name} deleted`);
      await visit(page, '/plans/deleted');
      await expect(page.getByRole('row').filter({ hasText: cheap.name })).toContainText('₹500');
    });

    test('Sales and Staff read the catalogue and cannot edit it', async ({ newPage, app, visit, browserErrors }) => {
      browserErrors.allow(/status of 403/);
      const { id, name, code } = await createPlan(app);
      for (const role of ['Sales', 'Staff'] as const) {
        const page = await newPage(role);
        await visit(page, `/plans?q=${code}`);
        await expect(titles(page)).toHaveText([name]);
        await expect(mainLink(page, 'Plans')).toBeVisible();
        await expect(mainLink(page, 'Deleted plans')).toHaveCount(0);
        for (const link of ['New plan', `Edit ${name}`, `Delete ${name}`]) await expect(page.getByRole('link', { name: link })).toHaveCount(0);
        for (const path of ['new', `${id}/edit`, `${id}/delete`]) {
          expect((await visit(page, `/plans/${path}`)).status(), path).toBe(403);
          await expect(page.getByRole('dialog', { name: 'No permission' }), path).toContainText(FORBIDDEN);
        }
        expect((await visit(page, '/plans/deleted')).status()).toBe(403);
      }
    });
  });
}

test('two Admins who change a plan at once: what both changed is asked, the rest is merged', async ({ page, newPage, app }) => {
  const { id, name } = await createPlan(app);
  const other = await newPage('Admin');
  await open(page, `/plans/${id}/edit`);
  await open(other, `/plans/${id}/edit`);
  const [mine, theirs] = [new Form(page, 'plan'), new Form(other, 'plan')];
  await theirs.fill({ price: '749', upload: '75' });
  await theirs.save.click();
  await expect(message(other)).toContainText(`Plan ${name} saved`);
  await mine.fill({ price: '799', quota: '3300' });
  await mine.save.click();
  await expect(mine.dialog.getByText(/^Which .* do you want/)).toHaveCount(1);
  await mine.dialog.getByRole('radio', { name: /^Yours/ }).check();
  await mine.save.click();
  await expect(message(page)).toContainText(`Plan ${name} saved`);
  const { rows } = await app.db.query('SELECT price_paise, upload_kbps, quota_mb FROM plans WHERE id = $1', [id]);
  expect(rows).toEqual([{ price_paise: '79900', upload_kbps: 75_000, quota_mb: '3300000' }]);
});
