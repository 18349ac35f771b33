import type { Page, Response } from '@playwright/test';
import { body, change, fields, remove, unique, uuid } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { List } from '../support/list.ts';
import { expect, test } from '../support/test.ts';

// Everything works with JavaScript off: every page is rendered by the server, every form is sent to its page's address.
test.use({ javaScriptEnabled: false });

/** Presses a button and gives the answer to the form that it sends. */
async function sent(page: Page, button: string): Promise<Response> {
  const answered = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.getByRole('button', { name: button, exact: true }).click();
  return answered;
}

const notice = (page: Page) => page.getByRole('status').filter({ hasText: 'Customer' });

test('browse: the table, the pages, the sizes', async ({ page, house }) => {
  await page.goto('/customers?size=100');
  const list = new List(page);
  const found = await house.db.query<{ id: string }>('SELECT id FROM customers WHERE deleted_at IS NULL ORDER BY name_key, id');
  const all = found.rows.map((row) => row.id);
  const seen: string[] = [];
  for (;;) {
    seen.push(...(await list.ids()));
    const next = list.pages.getByRole('link', { name: 'Next' });
    if ((await next.getAttribute('aria-disabled')) === 'true') break;
    await next.click();
    // Rows are there as they come in: all of them when the page is.
    await page.waitForLoadState();
  }
  expect(seen).toEqual(all);
  await list.goTo('First');
  await list.shows(all.slice(0, 100));
  await list.goTo('Last');
  await expect(list.range).toContainText(`-${all.length} of ${all.length}`);
  await list.goTo('Previous');
  await page.getByRole('link', { name: '25', exact: true }).click();
  await list.shows(all.slice(0, 25));
});

test('rows that a first picture leaves out come with the second, whatever becomes of the rest of the styles', async ({ page }) => {
  const list = new List(page);
  await page.goto('/customers?size=100');
  await expect(list.rows.nth(99)).toBeVisible();
  // With all styles nothing is left out any more: a changed row keeps the focus and the place in the page.
  expect(await list.animation(99)).toBe('none');
  await page.route('**/*.css', (route) => route.fulfill({ body: '', contentType: 'text/css' }));
  await page.reload();
  expect(await list.animation(15)).toBe('none');
  expect(await list.animation(16)).toBe('second-picture');
  await expect(list.rows.nth(99)).toBeVisible();
});

test('search by Enter, filter by a button, sort by a header: each keeps the others', async ({ page, make }) => {
  const word = unique();
  const low = await make({ name: `B ${word}`, churn: 'Low', nps: '5' });
  const high = await make({ name: `A ${word}`, churn: 'High', nps: '6' });
  await make({ name: `C ${word}`, churn: 'Medium', nps: '7' });
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
  expect(await list.ids()).toEqual([low.id, high.id]);
  const url = new URL(page.url());
  expect(url.searchParams.get('q')).toBe(word);
  expect(url.searchParams.getAll('churn').sort()).toEqual(['High', 'Low']);
  expect(url.searchParams.get('sort')).toBe('nps');
  expect(url.searchParams.get('size')).toBe('50');
  await page.getByRole('link', { name: 'Remove Churn risk: High' }).click();
  expect(await list.ids()).toEqual([low.id]);
  // The search does not weaken the filter here either.
  await list.search.fill(`${word} `);
  await list.search.press('Enter');
  expect(await list.ids()).toEqual([low.id]);
  await page.getByRole('link', { name: 'Clear all' }).click();
  await expect(list.rows).toHaveCount(50);
});

test('nothing found has a way out; nonsense has a notice', async ({ page }) => {
  const response = await page.goto(`/customers?q=${unique()}&size=9`);
  expect(response?.status()).toBe(200);
  await expect(page.getByText('was ignored')).toBeVisible();
  await page.getByRole('link', { name: 'Clear search and filters' }).click();
  await expect(new List(page).rows).toHaveCount(25);
});

test('columns by choice are kept', async ({ page }) => {
  await page.goto('/customers?sort=-nps&size=50');
  const list = new List(page);
  const menu = await list.menu('Columns');
  await menu.getByRole('checkbox', { name: 'City' }).check();
  await menu.getByRole('checkbox', { name: 'Outstanding' }).uncheck();
  const answer = await sent(page, 'Show these columns');
  expect(answer.status()).toBe(303);
  await expect(page).toHaveURL((url) => url.pathname + url.search === '/customers?sort=-nps&size=50');
  for (const address of [page.url(), '/customers']) {
    await page.goto(address);
    await expect(list.table.getByRole('columnheader', { name: 'City' })).toBeVisible();
    await expect(list.table.getByRole('columnheader', { name: 'Outstanding' })).toHaveCount(0);
  }
});

test('create: an error first (422), typed text stays, then success (303)', async ({ page, house, make, complaints }) => {
  complaints.allow(/status of 422/);
  const holder = await make();
  await page.goto('/customers?size=50');
  await page.getByRole('link', { name: 'New customer' }).click();
  await expect(page).toHaveURL((url) => url.pathname + url.search === '/customers/new?size=50');
  const form = new Form(page);
  const word = unique();
  const typed = fields({
    name: `No script ${word} "<b>`, email: 'wrong', speed: '20', ott_apps: ['Netflix', 'ZEE5'], peak_hours: ['21:00', '00:00'], state: 'Goa',
    satisfaction: '3', most_used_ott: 'ZEE5',
  });
  await form.fill(typed);
  expect((await sent(page, 'Save customer')).status()).toBe(422);
  await form.holds(typed);
  await expect(form.error('email')).toContainText('name@example.in');
  await expect(form.error('speed')).toContainText('50 to 1');
  await expect(form.summary.getByRole('link')).toHaveCount(2);
  await form.summary.getByRole('link', { name: /^Speed/ }).click();
  await form.holds({ name: typed.name, speed: '20' });
  await form.fill({ email: holder.email, speed: '50' });
  expect((await sent(page, 'Save customer')).status()).toBe(422);
  await expect(form.error('email')).toContainText(holder.name);
  await form.fill({ email: `${word}@example.in` });
  expect((await sent(page, 'Save customer')).status()).toBe(303);
  await expect(page).toHaveURL((url) => url.pathname + url.search === '/customers?size=50');
  await expect(notice(page)).toContainText(`Customer No script ${word} "<b>`);
  const found = await house.db.query('SELECT name, ott_apps, peak_hours, satisfaction FROM customers WHERE email = $1', [`${word}@example.in`]);
  expect(found.rows).toEqual([{ name: typed.name, ott_apps: ['Netflix', 'ZEE5'], peak_hours: [1260, 0], satisfaction: 3 }]);
  // Told once.
  await page.reload();
  await expect(notice(page)).toHaveCount(0);
});

test('create: the same form sent twice makes one customer', async ({ request, house }) => {
  const typed = fields();
  const options = { data: body({ id: uuid(), ...typed }), headers: { 'content-type': 'application/x-www-form-urlencoded' }, maxRedirects: 0 };
  for (let time = 0; time < 2; time += 1) expect((await request.post('/customers/new', options)).status()).toBe(303);
  const found = await house.db.query('SELECT 1 FROM customers WHERE email = $1', [typed.email]);
  expect(found.rowCount).toBe(1);
});

test('edit: from the list and from the record, each back to where it came from', async ({ page, make, house }) => {
  const customer = await make();
  await page.goto(`/customers?q=${customer.email}`);
  await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
  const form = new Form(page);
  await form.fill({ city: 'Vellore' });
  expect((await sent(page, 'Save customer')).status()).toBe(303);
  await expect(page).toHaveURL((url) => url.pathname === '/customers' && url.searchParams.get('q') === customer.email);
  await expect(notice(page)).toHaveText(new RegExp(`Customer ${customer.name} saved`));
  await page.getByRole('link', { name: customer.name, exact: true }).click();
  await expect(page.getByRole('definition').filter({ hasText: 'Vellore' })).toBeVisible();
  await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
  await form.fill({ city: 'Salem' });
  expect((await sent(page, 'Save customer')).status()).toBe(303);
  await expect(page).toHaveURL((url) => url.pathname === `/customers/${customer.id}`);
  await expect(page.getByRole('definition').filter({ hasText: 'Salem' })).toBeVisible();
  const found = await house.db.query('SELECT city, version FROM customers WHERE id = $1', [customer.id]);
  expect(found.rows).toEqual([{ city: 'Salem', version: '3' }]);
});

test('edit: what somebody else changed is merged; what both changed is asked about (409)', async ({ page, make, house, complaints }) => {
  complaints.allow(/status of 409/);
  const customer = await make({ city: 'Bengaluru', nps: '1', tickets: '1' });
  await page.goto(`/customers/${customer.id}/edit`);
  const form = new Form(page);
  await form.fill({ city: 'Hubballi', nps: '2' });
  await change(house.url, customer.id, { city: 'Mysuru', tickets: '5' });
  expect((await sent(page, 'Save customer')).status()).toBe(409);
  const asked = page.getByRole('group', { name: /Both of you changed this/ });
  await expect(asked).toHaveCount(1);
  await expect(asked).toContainText('Yours: Hubballi');
  await expect(asked).toContainText('Theirs: Mysuru');
  await form.holds({ city: 'Hubballi', nps: '2', tickets: '5' });
  await asked.getByRole('radio', { name: /Theirs/ }).check();
  expect((await sent(page, 'Save customer')).status()).toBe(303);
  const found = await house.db.query('SELECT city, nps, tickets FROM customers WHERE id = $1', [customer.id]);
  expect(found.rows).toEqual([{ city: 'Mysuru', nps: 2, tickets: 5 }]);
});

test('edit: the notice says when somebody else\'s change was saved with it', async ({ page, make, house }) => {
  const customer = await make({ city: 'Bengaluru', nps: '1' });
  await page.goto(`/customers/${customer.id}/edit`);
  const form = new Form(page);
  await form.fill({ nps: '2' });
  await change(house.url, customer.id, { city: 'Mysuru' });
  expect((await sent(page, 'Save customer')).status()).toBe(303);
  await expect(notice(page)).toHaveText(new RegExp(`Customer ${customer.name} saved, with what somebody else changed meanwhile`));
  await page.reload();
  await expect(notice(page)).toHaveCount(0);
});

test('edit: of a customer whom somebody deleted meanwhile (409), typed text stays', async ({ page, make, house, complaints }) => {
  complaints.allow(/status of 409/);
  const customer = await make();
  await page.goto(`/customers/${customer.id}/edit`);
  const form = new Form(page);
  await form.fill({ city: 'Typed' });
  await remove(house.db, customer.id);
  expect((await sent(page, 'Save customer')).status()).toBe(409);
  await expect(form.summary).toContainText(/was deleted (meanwhile|while)/);
  await form.holds({ city: 'Typed' });
});

test('delete, undo, delete again, restore', async ({ page, make, house, complaints }) => {
  complaints.allow(/status of (404|409)/);
  const customer = await make();
  const deleted = async () => {
    const found = await house.db.query('SELECT deleted_at IS NOT NULL AS deleted FROM customers WHERE id = $1', [customer.id]);
    return found.rows[0].deleted as boolean;
  };
  await page.goto(`/customers?q=${customer.email}`);
  const list = new List(page);
  await page.getByRole('link', { name: `Delete ${customer.name}` }).click();
  await expect(page.getByRole('dialog')).toContainText(`Delete ${customer.name}?`);
  await page.getByRole('link', { name: 'Cancel' }).click();
  expect(await list.ids()).toEqual([customer.id]);
  await page.getByRole('link', { name: `Delete ${customer.name}` }).click();
  expect((await sent(page, 'Delete customer')).status()).toBe(303);
  await expect(notice(page)).toContainText(`Customer ${customer.name} deleted`);
  expect(await deleted()).toBe(true);
  expect((await sent(page, 'Undo')).status()).toBe(303);
  await expect(notice(page)).toContainText(`Customer ${customer.name} restored`);
  expect(await deleted()).toBe(false);

  await page.goto(`/customers/${customer.id}/delete`);
  await remove(house.db, customer.id);
  // A second delete: somebody else was first.
  expect((await sent(page, 'Delete customer')).status()).toBe(409);
  await expect(page.getByText(/deleted (this customer already|meanwhile)/)).toBeVisible();
  await page.goto('/customers/deleted');
  await page.getByRole('button', { name: `Restore ${customer.name}` }).click();
  await expect(notice(page)).toContainText(`Customer ${customer.name} restored`);
  expect(await deleted()).toBe(false);
});

test('restore: an email that is taken by now (409) names who has it', async ({ page, make, house, complaints }) => {
  complaints.allow(/status of 409/);
  const customer = await make();
  await remove(house.db, customer.id);
  const holder = await make({ email: customer.email, name: `Holder ${unique()}` });
  await page.goto('/customers/deleted');
  expect((await sent(page, `Restore ${customer.name}`)).status()).toBe(409);
  await expect(page.getByText(`The email belongs to ${holder.name}`)).toBeVisible();
  await expect(page.getByRole('button', { name: `Restore ${customer.name}` })).toBeVisible();
});

test('an unknown customer is a 404 page with a way back', async ({ page, complaints }) => {
  complaints.allow(/status of 404/);
  const response = await page.goto(`/customers/${uuid()}`);
  expect(response?.status()).toBe(404);
  await page.getByRole('link', { name: 'All customers', exact: true }).click();
  await expect(new List(page).rows).toHaveCount(25);
});

test('a dialog is a page of its own: what is behind does not show through', async ({ page }) => {
  await page.goto('/customers/new');
  const form = new Form(page);
  await expect(form.field('name')).toBeVisible();
  // The last button can be reached by scrolling the page.
  await form.save.scrollIntoViewIfNeeded();
  await expect(form.save).toBeInViewport();
  await form.dialog.getByRole('link', { name: 'Close' }).click();
  await expect(page).toHaveURL(/\/customers$/);
});
