import { deleteCustomers } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { List } from '../support/list.ts';
import { expect, open, reload, statusMessage, test } from '../support/test.ts';
import { unique, uuid } from '../support/unique.ts';

test.describe('the record', () => {
  test('shows every field, grouped, with units', async ({ page, createCustomer }) => {
    const word = unique();
    const referrer = await createCustomer();
    const customer = await createCustomer({
      name: `Leela ${word}`, phone: '98450 12345', address: '7, Hill Road', city: 'Madurai', state: 'Tamil Nadu', pin_code: '625001',
      status: 'Cancelled', cancelled_on: '2026-10-31', cancel_reason: 'Moved away', plan: 'Fiber', speed: '200', price: '1299.50',
      billing_cycle: 'Annual', ott_apps: ['Netflix', 'ZEE5'], live_channels: '250', data_used: '988.99', average_speed: '150', uptime: '99.14',
      most_used_ott: 'Netflix', peak_hours: ['21:00', '00:00', '07:00', '09:30'], customer_since: '2022-05-06', lifetime_value: '1234567',
      churn: 'Medium', nps: '-20', tickets: '3', last_ticket_on: '2026-08-09', satisfaction: '4', referred_by: referrer.account,
      next_billing: '2027-05-06', outstanding: '1234.05',
    });
    const response = await open(page, `/customers/${customer.id}`);
    expect(response.status()).toBe(200);
    await expect(page).toHaveTitle(new RegExp(`Leela ${word}`));
    await expect(page.getByRole('heading', { level: 1, name: `Leela ${word}` })).toBeVisible();
    await expect(page.getByText(customer.account).first()).toBeVisible();
    const groups: Record<string, [string, string][]> = {
      Contact: [
        ['Email', customer.email], ['Phone', '+91 98450 12345'], ['Address', '7, Hill Road'], ['City', 'Madurai'], ['State', 'Tamil Nadu'],
        ['PIN code', '625001'],
      ],
      Status: [['Status', 'Cancelled'], ['Cancelled on', '31 Oct 2026'], ['Reason for cancelling', 'Moved away']],
      Plan: [
        ['Plan type', 'Fiber'], ['Speed', '200 Mbps'], ['Price', '₹1,299.50'], ['Billing cycle', 'Annual'], ['OTT apps', 'Netflix, ZEE5'],
        ['Live channels', '250'],
      ],
      Usage: [
        ['Data used', '988.99 GB'], ['Average speed', '150 Mbps'], ['Uptime', '99.14%'], ['Most used OTT', 'Netflix'],
        ['Peak usage hours', '21:00–00:00, 07:00–09:30'],
      ],
      Relationship: [
        ['Customer since', '6 May 2022'], ['Lifetime value', '₹12,34,567'], ['Churn risk', 'Medium'], ['NPS', '−20'], ['Tickets', '3'],
        ['Last ticket', '9 Aug 2026'], ['Satisfaction', '4 of 5'], ['Referred by', referrer.name],
      ],
      // A customer who has cancelled gets no further bill.
      Billing: [['Next bill', '–'], ['Outstanding', '₹1,234.05']],
    };
    for (const [group, rows] of Object.entries(groups)) {
      const section = page.locator('section', { has: page.getByRole('heading', { level: 2, name: group, exact: true }) });
      for (const [label, value] of rows) {
        const term = section.locator('dt').filter({ hasText: new RegExp(`^\\s*${label}\\s*$`) });
        await expect(term, label).toBeVisible();
        await expect(term.locator('xpath=following-sibling::dd[1]'), label).toContainText(value);
      }
    }
    await page.getByRole('link', { name: referrer.name }).click();
    await expect(page.getByRole('heading', { level: 1, name: referrer.name })).toBeVisible();
  });

  test('shows delivered and promised service: two gauges, plan and usage side by side', async ({ page, createCustomer }) => {
    const customer = await createCustomer({ speed: '200', average_speed: '150', uptime: '99.14', next_billing: '2027-01-05' });
    await open(page, `/customers/${customer.id}`);
    await expect(page.getByText('5 Jan 2027').first()).toBeVisible();
    const gauges = page.getByRole('meter');
    await expect(gauges).toHaveCount(2);
    await expect(gauges.nth(0)).toHaveAccessibleName(/75% of the plan's 200 Mbps/);
    await expect(gauges.nth(0)).toHaveJSProperty('value', 75);
    await expect(gauges.nth(1)).toHaveAccessibleName(/99\.14%/);
    await expect(gauges.nth(1)).toHaveJSProperty('value', 99.14);
    const box = (name: string) =>
      page.locator('section', { has: page.getByRole('heading', { level: 2, name, exact: true }) }).boundingBox();
    const [plan, usage] = [await box('Plan'), await box('Usage')];
    expect(plan && usage && Math.abs(plan.y - usage.y) < 2 && plan.x + plan.width <= usage.x, 'side by side').toBe(true);
  });

  test('can be edited and deleted from the page', async ({ page, createCustomer, app }) => {
    const customer = await createCustomer({ status: 'Cancelled' });
    await open(page, `/customers/${customer.id}?q=${customer.email}`);
    await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
    await expect(page).toHaveURL(/from=record/);
    const form = new Form(page);
    await form.fill({ city: 'Kozhikode' });
    await form.save.click();
    await expect(statusMessage(page, `Customer ${customer.name} saved`)).toBeVisible();
    await expect(page).toHaveURL((url) => url.pathname + url.search === `/customers/${customer.id}?q=${encodeURIComponent(customer.email)}`);
    await expect(page.getByRole('definition').filter({ hasText: 'Kozhikode' })).toBeVisible();
    await expect(page.locator(`#edit-${customer.id}`)).toBeFocused();
    await page.getByRole('link', { name: `Delete ${customer.name}` }).click();
    await page.getByRole('button', { name: 'Delete customer' }).click();
    await expect(statusMessage(page, `Customer ${customer.name} deleted`)).toBeVisible();
    await expect(page).toHaveURL((url) => url.pathname === '/customers');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(page.getByRole('link', { name: customer.name, exact: true })).toBeVisible();
    const found = await app.db.query('SELECT deleted_at FROM customers WHERE id = $1', [customer.id]);
    expect(found.rows[0].deleted_at).toBeNull();
  });

  test('leads back to the list as it was', async ({ page, createCustomer }) => {
    const customer = await createCustomer();
    await open(page, `/customers?q=${customer.email}&sort=-nps`);
    await page.getByRole('link', { name: customer.name, exact: true }).click();
    await page.locator('main').getByRole('link', { name: 'Customers' }).click();
    await expect(page).toHaveURL((url) => url.search === `?q=${encodeURIComponent(customer.email)}&sort=-nps`);
    await expect(page.getByRole('link', { name: customer.name, exact: true })).toBeVisible();
  });

  for (const way of ['Back', 'the link', 'Back after a reload'] as const) {
    test(`${way} returns to the list's scroll position, with the focus on the customer`, async ({ page }) => {
      await open(page, '/customers?size=100');
      const list = new List(page);
      const link = list.rows.nth(60).getByRole('link').first();
      await link.scrollIntoViewIfNeeded();
      const position = await page.evaluate(() => window.scrollY);
      expect(position).toBeGreaterThan(500);
      if (way === 'Back after a reload') await reload(page);
      const name = await link.innerText();
      await link.click();
      await expect(page.getByRole('heading', { level: 1, name, exact: true })).toBeVisible();
      if (way !== 'the link') await page.goBack();
      else await page.locator('main').getByRole('link', { name: 'Customers' }).click();
      await expect(link).toBeFocused();
      await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(position);
    });
  }

  for (const [what, address] of [
    ['an unknown id', `/customers/${uuid()}`],
    ['no id at all', '/customers/7'],
    ['an unknown page', '/nowhere/at/all'],
    ['an edit of an unknown id from its record', `/customers/${uuid()}/edit?from=record`],
  ]) {
    test(`${what} is a 404 page with a link back`, async ({ page, browserErrors }) => {
      browserErrors.allow(/status of 404/);
      const response = await open(page, address);
      expect(response.status()).toBe(404);
      await expect(page.getByText('not found').first()).toBeVisible();
      if (address.includes('edit')) await page.keyboard.press('Escape');
      await page.getByRole('link', { name: 'All customers', exact: true }).click();
      await expect(page).toHaveURL(/\/customers$/);
      await expect(page.getByRole('table', { name: 'Customers' })).toBeVisible();
    });
  }

  test('of a deleted customer is a 404 page that leads to Restore', async ({ page, createCustomer, app, browserErrors }) => {
    browserErrors.allow(/status of 404/);
    const customer = await createCustomer();
    await open(page, `/customers/${customer.id}`);
    await deleteCustomers(app.db, customer.id);
    await reload(page);
    await page.locator('main').getByRole('link', { name: 'Deleted customers' }).click();
    await expect(page.getByRole('button', { name: `Restore ${customer.name}` })).toBeVisible();
  });
});
