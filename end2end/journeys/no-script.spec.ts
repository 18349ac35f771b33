import type { Page, Response } from '@playwright/test';
import { customerFields, deleteCustomers, editCustomer } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { List } from '../support/list.ts';
import { formBody } from '../support/records.ts';
import { expect, statusMessage, test } from '../support/test.ts';
import { unique, uuid } from '../support/unique.ts';

// Everything works with JavaScript off: every page is rendered by the server, every form is sent to its page's address.
test.use({ javaScriptEnabled: false });

/** Presses a button and returns the response to the form that it submits. */
async function submit(page: Page, button: string): Promise<Response> {
  const response = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.getByRole('button', { name: button, exact: true }).click();
  return response;
}

const customerMessage = (page: Page) => statusMessage(page, 'Customer');

test('browse: the table, its pages and page sizes', async ({ page, app }) => {
  await page.goto('/customers?size=100');
  const list = new List(page);
  const found = await app.db.query<{ id: string }>('SELECT id FROM customers WHERE deleted_at IS NULL ORDER BY name_key, id');
  const all = found.rows.map((row) => row.id);
  const seen: string[] = [];
  for (;;) {
    seen.push(...(await list.ids()));
    const next = list.pages.getByRole('link', { name: 'Next' });
    if ((await next.getAttribute('aria-disabled')) === 'true') break;
    const range = await list.range.innerText();
    await next.click();
    await expect(list.range).not.toHaveText(range);
    // The table is there before its last rows are.
    await page.waitForLoadState();
  }
  expect(seen).toEqual(all);
  await list.goTo('First');
  await list.shows(all.slice(0, 100));
  await list.goTo('Last');
  await expect(list.range).toContainText(`${all.length} of ${all.length}`);
  await list.goTo('Previous');
  await page.getByRole('link', { name: '25', exact: true }).click();
  await list.shows(all.slice(0, 25));
});

test('rows that the first paint leaves out are shown by the second, even without the other styles', async ({ page }) => {
  const list = new List(page);
  await page.goto('/customers?size=100');
  await expect(list.rows.nth(99)).toBeVisible();
  // With all styles loaded nothing is left out: a changed row keeps the focus and its place on the page.
  expect(await list.animation(99)).toBe('none');
  await page.route('**/*.css', (route) => route.fulfill({ body: '', contentType: 'text/css' }));
  await page.reload();
  expect(await list.animation(15)).toBe('none');
  expect(await list.animation(16)).toBe('second-paint');
  await expect(list.rows.nth(99)).toBeVisible();
});

test('search with Enter, filter with a button, sort with a header: each keeps the others', async ({ page, createCustomer }) => {
  const word = unique();
  const low = await createCustomer({ name: `B ${word}`, churn: 'Low', nps: '5' });
  const high = await createCustomer({ name: `A ${word}`, churn: 'High', nps: '6' });
  await createCustomer({ name: `C ${word}`, churn: 'Medium', nps: '7' });
  await page.goto('/customers?size=50');
  const list = new List(page);
  await list.header('NPS').getByRole('link', { name: 'NPS', exact: true }).click();
  await list.search.fill(word);
  await list.search.press('Enter');
  await expect(page).toHaveURL((url) => url.searchParams.get('q') === word && url.searchParams.get('sort') === 'nps');
  await expect(list.rows).toHaveCount(3);
  const menu = await list.menu('Churn risk');
  await menu.getByRole('checkbox', { name: /^Low/ }).check();
  await menu.getByRole('checkbox', { name: /^High/ }).check();
  await page.getByRole('button', { name: 'Apply filters' }).click();
  await list.shows([low.id, high.id]);
  const url = new URL(page.url());
  expect(url.searchParams.get('q')).toBe(word);
  expect(url.searchParams.getAll('churn').sort()).toEqual(['High', 'Low']);
  expect(url.searchParams.get('sort')).toBe('nps');
  expect(url.searchParams.get('size')).toBe('50');
  await page.getByRole('link', { name: 'Remove Churn risk: High' }).click();
  await list.shows([low.id]);
  // The search does not weaken the filter.
  await list.search.fill(`${word} `);
  await Promise.all([page.waitForEvent('load'), list.search.press('Enter')]);
  await list.shows([low.id]);
  await page.getByRole('link', { name: 'Clear all' }).click();
  await expect(list.rows).toHaveCount(50);
});

test('an empty list offers to clear the filters; an invalid address shows a notice', async ({ page }) => {
  const response = await page.goto(`/customers?q=${unique()}&size=9`);
  expect(response?.status()).toBe(200);
  await expect(page.getByText('Ignored a part of the address')).toBeVisible();
  await page.getByRole('link', { name: 'Clear search and filters' }).click();
  await expect(new List(page).rows).toHaveCount(25);
});

test('chosen columns are remembered', async ({ page }) => {
  await page.goto('/customers?sort=-nps&size=50');
  const list = new List(page);
  const menu = await list.menu('Columns');
  await menu.getByRole('checkbox', { name: 'City' }).check();
  await menu.getByRole('checkbox', { name: 'Outstanding' }).uncheck();
  const response = await submit(page, 'Show these columns');
  expect(response.status()).toBe(303);
  await expect(page).toHaveURL((url) => url.pathname + url.search === '/customers?sort=-nps&size=50');
  for (const address of [page.url(), '/customers']) {
    await page.goto(address);
    await expect(list.table.getByRole('columnheader', { name: 'City' })).toBeVisible();
    await expect(list.table.getByRole('columnheader', { name: 'Outstanding' })).toHaveCount(0);
  }
});

test('create: an error first (422), typed text stays, then success (303)', async ({ page, app, createCustomer, browserErrors }) => {
  browserErrors.allow(/status of 422/);
  const holder = await createCustomer();
  await page.goto('/customers?size=50');
  await page.getByRole('link', { name: 'New customer' }).click();
  await expect(page).toHaveURL((url) => url.pathname + url.search === '/customers/new?size=50');
  const form = new Form(page);
  const word = unique();
  const typed = customerFields({
    name: `No script ${word} "<b>`, email: 'wrong', gstin: '27AAPFU', state: 'Goa', referred_by: holder.account,
  });
  await form.fill(typed);
  expect((await submit(page, 'Save customer')).status()).toBe(422);
  await form.holds(typed);
  await expect(form.error('email')).toContainText('name@example.in');
  await expect(form.error('gstin')).toContainText('Enter the 15 characters of the GSTIN');
  await expect(form.summary.getByRole('link')).toHaveCount(2);
  await form.summary.getByRole('link', { name: /^GSTIN/ }).click();
  await form.holds({ name: typed.name, gstin: '27AAPFU' });
  await form.fill({ email: holder.email, gstin: '' });
  expect((await submit(page, 'Save customer')).status()).toBe(422);
  await expect(form.error('email')).toContainText(holder.name);
  await form.fill({ email: `${word}@example.in` });
  expect((await submit(page, 'Save customer')).status()).toBe(303);
  await expect(page).toHaveURL((url) => url.pathname + url.search === '/customers?size=50');
  await expect(customerMessage(page)).toContainText(`Customer No script ${word} "<b>`);
  const found = await app.db.query('SELECT name, state, gstin, speed_kbps FROM customers WHERE email = $1', [`${word}@example.in`]);
  expect(found.rows).toEqual([{ name: typed.name, state: 'Goa', gstin: null, speed_kbps: 100_000 }]);
  // Told once.
  await page.reload();
  await expect(customerMessage(page)).toHaveCount(0);
});

test('create: the same form sent twice creates one customer', async ({ request, app }) => {
  const typed = customerFields();
  const options = { data: formBody({ id: uuid(), ...typed }), headers: { 'content-type': 'application/x-www-form-urlencoded', 'lastmile-user': app.users.Admin.id }, maxRedirects: 0 };
  for (let time = 0; time < 2; time += 1) expect((await request.post('/customers/new', options)).status()).toBe(303);
  const found = await app.db.query('SELECT 1 FROM customers WHERE email = $1', [typed.email]);
  expect(found.rowCount).toBe(1);
});

test('edit: from the list and from the record, each returns to where it was opened', async ({ page, createCustomer, app }) => {
  const customer = await createCustomer();
  await page.goto(`/customers?q=${customer.email}`);
  await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
  const form = new Form(page);
  await form.fill({ city: 'Vellore' });
  expect((await submit(page, 'Save customer')).status()).toBe(303);
  await expect(page).toHaveURL((url) => url.pathname === '/customers' && url.searchParams.get('q') === customer.email);
  await expect(customerMessage(page)).toHaveText(new RegExp(`Customer ${customer.name} saved`));
  await page.getByRole('link', { name: customer.name, exact: true }).click();
  await expect(page.getByRole('definition').filter({ hasText: 'Vellore' })).toBeVisible();
  await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
  await form.fill({ city: 'Salem' });
  expect((await submit(page, 'Save customer')).status()).toBe(303);
  await expect(page).toHaveURL((url) => url.pathname === `/customers/${customer.id}`);
  await expect(page.getByRole('definition').filter({ hasText: 'Salem' })).toBeVisible();
  const found = await app.db.query('SELECT city, version FROM customers WHERE id = $1', [customer.id]);
  expect(found.rows).toEqual([{ city: 'Salem', version: '3' }]);
});

test('edit: boxes, times and choices return after an error (422), and are saved', async ({ page, createCustomer, app, browserErrors }) => {
  browserErrors.allow(/status of 422/);
  const customer = await createCustomer();
  await page.goto(`/customers/${customer.id}/edit`);
  const form = new Form(page);
  const typed = { uptime: '101', peak_hours: ['21:00', '00:00'], satisfaction: '3', most_used_ott: 'ZEE5' };
  await form.fill(typed);
  expect((await submit(page, 'Save customer')).status()).toBe(422);
  await form.holds(typed);
  await expect(form.error('uptime')).toContainText('0 to 100');
  await form.fill({ uptime: '99' });
  expect((await submit(page, 'Save customer')).status()).toBe(303);
  const found = await app.db.query('SELECT uptime_bp, peak_hours, satisfaction, most_used_ott FROM customers WHERE id = $1', [customer.id]);
  expect(found.rows).toEqual([{ uptime_bp: 9_900, peak_hours: [1260, 0], satisfaction: 3, most_used_ott: 'ZEE5' }]);
});

test('edit: changes of another user are merged; a field that both changed is a conflict (409)', async ({ page, createCustomer, app, browserErrors }) => {
  browserErrors.allow(/status of 409/);
  const customer = await createCustomer({ city: 'Bengaluru', nps: '1', tickets: '1' });
  await page.goto(`/customers/${customer.id}/edit`);
  const form = new Form(page);
  await form.fill({ city: 'Hubballi', nps: '2' });
  await editCustomer(app.url, customer.id, { city: 'Mysuru', tickets: '5' });
  expect((await submit(page, 'Save customer')).status()).toBe(409);
  const conflict = page.getByRole('group', { name: /^Which .* do you want/ });
  await expect(conflict).toHaveCount(1);
  await expect(conflict).toContainText('Yours: Hubballi');
  await expect(conflict).toContainText('Theirs: Mysuru');
  await form.holds({ city: 'Hubballi', nps: '2', tickets: '5' });
  await conflict.getByRole('radio', { name: /Theirs/ }).check();
  expect((await submit(page, 'Save customer')).status()).toBe(303);
  const found = await app.db.query('SELECT city, nps, tickets FROM customers WHERE id = $1', [customer.id]);
  expect(found.rows).toEqual([{ city: 'Mysuru', nps: 2, tickets: 5 }]);
});

test('edit: the message says when somebody else\'s change was merged', async ({ page, createCustomer, app }) => {
  const customer = await createCustomer({ city: 'Bengaluru', nps: '1' });
  await page.goto(`/customers/${customer.id}/edit`);
  const form = new Form(page);
  await form.fill({ nps: '2' });
  await editCustomer(app.url, customer.id, { city: 'Mysuru' });
  expect((await submit(page, 'Save customer')).status()).toBe(303);
  await expect(customerMessage(page)).toHaveText(new RegExp(`Customer ${customer.name} saved and merged with another user's changes`));
  await page.reload();
  await expect(customerMessage(page)).toHaveCount(0);
});

test('edit: a customer who was deleted meanwhile (409), typed text stays', async ({ page, createCustomer, app, browserErrors }) => {
  browserErrors.allow(/status of 409/);
  const customer = await createCustomer();
  await page.goto(`/customers/${customer.id}/edit`);
  const form = new Form(page);
  await form.fill({ city: 'Typed' });
  await deleteCustomers(app.db, customer.id);
  expect((await submit(page, 'Save customer')).status()).toBe(409);
  await expect(form.summary).toContainText(/was deleted while/);
  await form.holds({ city: 'Typed' });
});

test('delete, undo, delete again, restore', async ({ page, createCustomer, app, browserErrors }) => {
  browserErrors.allow(/status of (404|409)/);
  const customer = await createCustomer({ status: 'Cancelled' });
  const deleted = async () => {
    const found = await app.db.query('SELECT deleted_at IS NOT NULL AS deleted FROM customers WHERE id = $1', [customer.id]);
    return found.rows[0].deleted as boolean;
  };
  await page.goto(`/customers?q=${customer.email}`);
  const list = new List(page);
  await page.getByRole('link', { name: `Delete ${customer.name}` }).click();
  await expect(page.getByRole('dialog')).toContainText(`Delete ${customer.name}?`);
  await page.getByRole('link', { name: 'Cancel' }).click();
  await expect(page).toHaveURL((url) => url.pathname === '/customers');
  await list.shows([customer.id]);
  await page.getByRole('link', { name: `Delete ${customer.name}` }).click();
  expect((await submit(page, 'Delete customer')).status()).toBe(303);
  await expect(customerMessage(page)).toContainText(`Customer ${customer.name} deleted`);
  expect(await deleted()).toBe(true);
  expect((await submit(page, 'Undo')).status()).toBe(303);
  await expect(customerMessage(page)).toContainText(`Customer ${customer.name} restored`);
  expect(await deleted()).toBe(false);

  await page.goto(`/customers/${customer.id}/delete`);
  await deleteCustomers(app.db, customer.id);
  // A second delete, after somebody else's.
  expect((await submit(page, 'Delete customer')).status()).toBe(409);
  await expect(page.getByText(/already deleted|may have been deleted/)).toBeVisible();
  await page.goto('/customers/deleted');
  await page.getByRole('button', { name: `Restore ${customer.name}` }).click();
  await expect(customerMessage(page)).toContainText(`Customer ${customer.name} restored`);
  expect(await deleted()).toBe(false);
});

test('restore: an email that is taken meanwhile (409) names the customer who has it', async ({ page, createCustomer, app, browserErrors }) => {
  browserErrors.allow(/status of 409/);
  const customer = await createCustomer();
  await deleteCustomers(app.db, customer.id);
  const holder = await createCustomer({ email: customer.email, name: `Holder ${unique()}` });
  await page.goto('/customers/deleted');
  expect((await submit(page, `Restore ${customer.name}`)).status()).toBe(409);
  await expect(page.getByText(`The email belongs to ${holder.name}`)).toBeVisible();
  await expect(page.getByRole('button', { name: `Restore ${customer.name}` })).toBeVisible();
});

test('an unknown customer is a 404 page with a link back', async ({ page, browserErrors }) => {
  browserErrors.allow(/status of 404/);
  const response = await page.goto(`/customers/${uuid()}`);
  expect(response?.status()).toBe(404);
  await page.getByRole('link', { name: 'All customers', exact: true }).click();
  await expect(new List(page).rows).toHaveCount(25);
});

test('a dialog is a page of its own: the list behind it is hidden', async ({ page }) => {
  await page.goto('/customers/new');
  const form = new Form(page);
  await expect(form.field('name')).toBeVisible();
  // The last button can be reached by scrolling the page.
  await form.save.scrollIntoViewIfNeeded();
  await expect(form.save).toBeInViewport();
  await form.dialog.getByRole('link', { name: 'Close' }).click();
  await expect(page).toHaveURL(/\/customers$/);
});
