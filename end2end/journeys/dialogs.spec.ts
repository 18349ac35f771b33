import type { Page } from '@playwright/test';
import type { TestApp } from '../support/app.ts';
import { customerFields, deleteCustomers, editCustomer, restoreCustomers, saveCustomer, type Customer } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { List } from '../support/list.ts';
import { createPlan, PLAN } from '../support/plans.ts';
import { formBody, type Fields, type Outcome } from '../support/records.ts';
import { day } from '../support/services.ts';
import { expect, gate, open, reload, statusMessage, test, waitForHydration } from '../support/test.ts';
import { unique, uuid } from '../support/unique.ts';
import { postForm } from '../support/users.ts';

interface Stored {
  id: string;
  version: string;
  name: string;
  city: string;
  nps: number;
  deleted: boolean;
  [column: string]: unknown;
}

/** What the database holds of the customers with an email. */
async function stored(app: TestApp, email: string): Promise<Stored[]> {
  const found = await app.db.query<Stored>(
    `SELECT *, customer_since::text, last_ticket_on::text, promised_on::text, deleted_at IS NOT NULL AS deleted FROM customers WHERE email = $1`,
    [email],
  );
  return found.rows;
}

async function openForm(page: Page, address: string): Promise<Form> {
  await open(page, address);
  const form = new Form(page);
  await expect(form.dialog).toBeVisible();
  return form;
}

const customerMessage = (page: Page) => statusMessage(page, 'Customer');

/** The id, label or element that has the focus. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element?.id || element?.getAttribute('aria-label') || element?.tagName.toLowerCase();
  });

test.describe('New customer', () => {
  test('every field can be filled in, of a new customer and in an edit, and all of them are saved', async ({ page, app, createCustomer }) => {
    const referrer = await createCustomer();
    const list = new List(page);
    await open(page, '/customers');
    await page.getByRole('link', { name: 'New customer' }).click();
    const form = new Form(page);
    await expect(form.dialog.getByRole('heading', { name: 'New customer' })).toBeVisible();
    await expect(form.field('name')).toBeFocused();
    for (const group of ['Contact', 'Plan', 'Relationship']) {
      await expect(form.dialog.getByRole('group', { name: group, exact: true })).toBeVisible();
    }
    for (const group of ['Usage', 'Billing']) await expect(form.dialog.getByRole('group', { name: group, exact: true })).toHaveCount(0);
    const word = unique();
    const typed = customerFields({
      name: `Meera ${word}`, email: `meera.${word}@example.in`, phone: '(080) 2345 6789', address: 'Flat 3, “Sea View” & Sons <b>', city: 'Mysuru',
      state: 'Karnataka', pin_code: '570 001', gstin: '27aapfu0939f1zv', referred_by: referrer.account, starts_on: '2021-02-28',
      plan_id: (await createPlan(app, { plan: 'Broadband', download: '1000', price: '2499.50', billing_cycle: 'Quarterly', ott_apps: ['Netflix', 'ZEE5'], live_channels: '350' })).id,
    });
    await page.reload();
    await waitForHydration(page);
    await form.fill(typed);
    await form.save.click();
    await expect(customerMessage(page)).toHaveText(new RegExp(`Customer Meera ${word} (created|saved)`));
    await expect(form.dialog).toHaveCount(0);
    await expect(page).toHaveURL(/\/customers$/);
    const expected = {
      name: `Meera ${word}`, phone: '+918023456789', address_line: 'Flat 3, “Sea View” & Sons <b>', city: 'Mysuru', state: 'Karnataka',
      pin_code: '570001', gstin: '27AAPFU0939F1ZV', status: 'Active', plan_type: 'Broadband', speed_kbps: 1000000, price_paise: '249950',
      billing_cycle: 'Quarterly', ott_apps: ['Netflix', 'ZEE5'], live_channels: 350, referred_by: String(Number(referrer.account.slice(3))),
    };
    expect(await stored(app, String(typed.email))).toEqual([expect.objectContaining({ ...expected, version: '1' })]);
    await expect.poll(() => focused(page)).toBe('new');
    // All of it comes back into the form of an edit, which has the other fields.
    await list.type(word);
    await page.getByRole('link', { name: `Edit Meera ${word}` }).click();
    const { plan_id: _plan, starts_on: _day, ...known } = typed;
    await form.holds({ ...known, phone: '+91 80234 56789', pin_code: '570001', gstin: '27AAPFU0939F1ZV' });
    for (const group of ['Contact', 'Usage', 'Relationship', 'Billing']) {
      await expect(form.dialog.getByRole('group', { name: group, exact: true })).toBeVisible();
    }
    await expect(form.dialog.getByRole('group', { name: 'Plan', exact: true })).toHaveCount(0);
    // What follows from bills, payments and services is in no form.
    for (const label of ['Lifetime value', 'Next bill', 'Outstanding']) await expect(form.dialog.getByLabel(label)).toHaveCount(0);
    const later = {
      data_used: '1,234.567', average_speed: '912.5', uptime: '98.7', most_used_ott: 'ZEE5', peak_hours: ['21:00', '00:00', '07:15', '08:45'],
      customer_since: '2021-02-28', churn: 'High', nps: '-35', tickets: '4', last_ticket_on: '2026-09-09',
      satisfaction: '2', promised_on: '2027-02-10',
    };
    await form.fill(later);
    await form.save.click();
    await expect(customerMessage(page)).toHaveText(new RegExp(`Customer Meera ${word} saved`));
    expect(await stored(app, String(typed.email))).toEqual([
      expect.objectContaining({
        ...expected, data_used_mb: '1234567', average_speed_kbps: 912500, uptime_bp: 9870, most_used_ott: 'ZEE5', peak_hours: [1260, 0, 435, 525],
        customer_since: '2021-02-28', churn_risk: 'High', nps: -35, tickets: 4, last_ticket_on: '2026-09-09',
        satisfaction: 2, promised_on: '2027-02-10', version: '2',
      }),
    ]);
    await page.getByRole('link', { name: `Edit Meera ${word}` }).click();
    await form.holds({ ...later, data_used: '1234.567' });
  });

  test('begins with defaults, and the list is updated in place', async ({ page, app }) => {
    const word = unique();
    const form = await openForm(page, `/customers/new?q=${word}&size=50`);
    await form.holds({ name: '', plan_id: '', starts_on: day(0) });
    const list = new List(page);
    await form.fill({
      name: `Small ${word}`, email: `${word}@example.in`, phone: '98450 12345', address: '1, Main Road', city: 'Pune', state: 'Maharashtra',
      pin_code: '411001', plan_id: PLAN,
    });
    await form.field('starts_on').press('Enter');
    await expect(customerMessage(page)).toContainText(`Customer Small ${word}`);
    await expect(page).toHaveURL((url) => url.pathname + url.search === `/customers?q=${word}&size=50`);
    await expect(list.row(`Small ${word}`)).toBeVisible();
    expect((await stored(app, `${word}@example.in`)).length).toBe(1);
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await expect(customerMessage(page)).toHaveCount(0);
  });

  for (const [what, wrong, right] of [
    ['of a new customer', { plan_id: ['', /Choose a plan/], starts_on: ['', /2026-11-23/] }, { plan_id: PLAN, starts_on: '2024-03-01' }],
    ['of an edit', {
      average_speed: ['fast', /0 to 10,000/], uptime: ['100.01', /0 to 100/], nps: ['101', /−100 to 100/], tickets: ['0.5', /0 to 1,00,000/], data_used: ['1e3', /0 to 10,00,000 GB/],
    }, { average_speed: '50', uptime: '100', nps: '100', tickets: '0', data_used: '0' }],
  ] as [string, Record<string, [string, RegExp]>, Fields][]) {
    test(`errors ${what} stand at the fields and in a focused summary; typed text stays`, async ({ page, app, createCustomer }) => {
      const form = await openForm(page, what === 'of an edit' ? `/customers/${(await createCustomer()).id}/edit` : '/customers/new');
      const word = unique();
      const all: Record<string, [string, RegExp]> = {
        email: [`${word}@nowhere`, /name@example\.in/],
        phone: ['12345', /ten digits/],
        city: ['', /Enter the city/],
        pin_code: ['012345', /six digits/],
        ...wrong,
        referred_by: ['nobody', /LM-/],
      };
      await form.fill({ name: `Wrong ${word}`, address: '1, Main Road', state: 'Kerala' });
      await form.fill(Object.fromEntries(Object.entries(all).map(([name, [text]]) => [name, text])));
      await form.field('email').blur();
      // Nothing is validated before the first submit.
      await expect(form.dialog.locator('[aria-invalid=true]')).toHaveCount(0);
      await form.save.click();
      await expect(form.summary).toBeFocused();
      await expect(form.summary.getByRole('link')).toHaveCount(Object.keys(all).length);
      for (const [name, [text, says]] of Object.entries(all)) {
        await expect(form.error(name), name).toHaveText(says);
        await expect(form.field(name)).toHaveValue(text);
        await expect(form.field(name)).toHaveAttribute('aria-invalid', 'true');
        await expect(form.field(name)).toHaveAttribute('aria-describedby', new RegExp(`field-${name}-error`));
      }
      await form.holds({ name: `Wrong ${word}`, address: '1, Main Road', state: 'Kerala' });
      await form.summary.getByRole('link', { name: /^PIN code/ }).click();
      await expect(form.field('pin_code')).toBeFocused();
      await expect(form.dialog).toBeVisible();
      // A corrected field loses its error; the others are still refused, until all are right.
      await form.fill({ pin_code: '682001', city: 'Kochi' });
      await expect(form.field('pin_code')).not.toHaveAttribute('aria-invalid');
      await expect(form.error('pin_code')).toBeVisible();
      await form.save.click();
      await expect(form.summary.getByRole('link')).toHaveCount(Object.keys(all).length - 2);
      await expect(form.summary).toBeFocused();
      await form.fill({ email: `${word}@example.in`, phone: '98450 12345', referred_by: '', ...right });
      await form.save.click();
      await expect(customerMessage(page)).toContainText(`Wrong ${word}`);
      expect(await stored(app, `${word}@example.in`)).toHaveLength(1);
    });
  }

  test('a duplicate email names the customer who has it', async ({ page, createCustomer }) => {
    const holder = await createCustomer();
    const form = await openForm(page, '/customers/new');
    const typed = customerFields({ email: holder.email.toUpperCase() });
    await form.fill(typed);
    await form.save.click();
    await expect(form.error('email')).toContainText(holder.name);
    await expect(form.error('email')).toContainText(holder.account);
    await expect(form.summary).toBeFocused();
    await form.holds({ name: typed.name, email: typed.email, city: typed.city });
    await expect(form.summary.getByRole('link', { name: new RegExp(holder.name) }).first()).toBeVisible();
  });

  test('a double click creates one customer', async ({ page, app }) => {
    const form = await openForm(page, '/customers/new');
    const typed = customerFields();
    await form.fill(typed);
    await form.save.dblclick();
    await expect(customerMessage(page)).toContainText(String(typed.name));
    expect(await stored(app, String(typed.email))).toHaveLength(1);
  });

  test('a request whose response was lost creates one customer when it is sent again', async ({ page, app, browserErrors }) => {
    browserErrors.allow(/net::ERR_/);
    const form = await openForm(page, '/customers/new');
    const typed = customerFields();
    await form.fill(typed);
    await page.route('**/api/customers/save', async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });
    await form.save.click();
    await expect(form.dialog.getByRole('alert')).toContainText("Can't reach Lastmile");
    await form.holds({ name: typed.name, email: typed.email });
    expect(await stored(app, String(typed.email))).toHaveLength(1);
    await page.unroute('**/api/customers/save');
    await form.dialog.getByRole('link', { name: 'Retry' }).click();
    await expect(customerMessage(page)).toContainText(String(typed.name));
    expect(await stored(app, String(typed.email))).toHaveLength(1);
  });

  test('the same form sent eight times at once creates one customer', async ({ app }) => {
    const typed: Fields = { id: uuid(), ...customerFields() };
    const responses = await Promise.all(Array.from({ length: 8 }, () => saveCustomer(app.url, formBody(typed))));
    for (const response of responses) {
      expect(response.status).toBe(200);
      expect((await response.json()) as Outcome).toHaveProperty('Done.record.id', typed.id);
    }
    expect(await stored(app, String(typed.email))).toHaveLength(1);
    const other = await saveCustomer(app.url, formBody({ ...typed, city: 'Elsewhere' }));
    expect((await other.json()) as Outcome).toHaveProperty('Invalid');
    expect((await stored(app, String(typed.email)))[0].city).toBe(typed.city);
  });

  test('Referred by suggests customers', async ({ page, createCustomer, app }) => {
    const referrer = await createCustomer();
    const form = await openForm(page, '/customers/new');
    const typed = customerFields();
    await form.fill(typed);
    await form.field('referred_by').pressSequentially(referrer.name.slice(0, -2), { delay: 10 });
    const suggestion = form.dialog.locator('datalist option');
    await expect(suggestion).toHaveCount(1);
    await expect(suggestion).toHaveAttribute('value', referrer.account);
    await expect(suggestion).toContainText(referrer.name);
    await form.field('referred_by').fill(referrer.account);
    await form.save.click();
    await expect(customerMessage(page)).toContainText(String(typed.name));
    const [customer] = await stored(app, String(typed.email));
    expect(customer.referred_by).toBe(String(Number(referrer.account.slice(3))));
    await open(page, `/customers/${customer.id}`);
    await page.getByRole('link', { name: referrer.name }).click();
    await expect(page.getByRole('heading', { level: 1, name: referrer.name })).toBeVisible();
    await expect(page.getByText(/^Referrals$/).locator('..')).toContainText('1 customer');
  });

  test('a referrer who does not exist is an error at the field', async ({ page }) => {
    const form = await openForm(page, '/customers/new');
    await form.fill(customerFields({ referred_by: 'LM-9999999' }));
    await form.save.click();
    await expect(form.error('referred_by')).toContainText('No customer has this account number');
    await form.holds({ referred_by: 'LM-9999999' });
  });
});

test.describe('closing a dialog', () => {
  for (const [way, close] of [
    ['Escape', async (form: Form) => form.page.keyboard.press('Escape')],
    ['×', async (form: Form) => form.dialog.getByRole('link', { name: 'Close' }).click()],
    ['Cancel', async (form: Form) => form.dialog.getByRole('link', { name: 'Cancel' }).click()],
  ] as const) {
    test(`by ${way} asks before it discards what was typed`, async ({ page }) => {
      await open(page, '/customers?size=50');
      const opener = page.getByRole('link', { name: 'New customer' });
      await opener.click();
      const form = new Form(page);
      await expect(form.field('name')).toBeFocused();
      // Nothing was typed, so it does not ask.
      await close(form);
      await expect(form.dialog).toHaveCount(0);
      await expect(opener).toBeFocused();
      await opener.click();
      const word = unique();
      await form.fill({ name: `Typed ${word}` });
      await close(form);
      const question = page.getByRole('alertdialog');
      await expect(question).toContainText('Discard changes?');
      await question.getByRole('button', { name: 'Keep editing' }).click();
      await expect(question).toHaveCount(0);
      await form.holds({ name: `Typed ${word}` });
      await close(form);
      await question.getByRole('button', { name: 'Discard' }).click();
      await expect(form.dialog).toHaveCount(0);
      await expect(page).toHaveURL((url) => url.pathname + url.search === '/customers?size=50');
      await expect(opener).toBeFocused();
      await opener.click();
      await form.holds({ name: '' });
    });
  }

  test('by pressing Escape asks, and pressing it again goes on editing', async ({ page }) => {
    const form = await openForm(page, '/customers/new');
    await form.fill({ name: 'Typed' });
    const question = page.getByRole('alertdialog');
    for (let time = 0; time < 2; time += 1) {
      await page.keyboard.press('Escape');
      await expect(question.getByRole('button', { name: 'Keep editing' })).toBeFocused();
      await page.keyboard.press('Escape');
      await expect(question).toHaveCount(0);
      await expect(form.dialog.getByRole('heading', { level: 2 })).toBeFocused();
    }
    // However fast: the question is never skipped.
    for (let time = 0; time < 5; time += 1) await page.keyboard.press('Escape');
    await expect(form.dialog).toBeVisible();
    await form.holds({ name: 'Typed' });
  });

  test('by the browser\'s Back keeps what was typed, every time', async ({ page }) => {
    await open(page, '/customers');
    const opener = page.getByRole('link', { name: 'New customer' });
    const form = new Form(page);
    await opener.click();
    await form.fill({ name: 'Kept for later', city: 'Nashik', plan_id: PLAN });
    for (let time = 0; time < 3; time += 1) {
      await page.goBack();
      await expect(form.dialog).toHaveCount(0);
      await opener.click();
      await expect(form.dialog).toBeVisible();
      await form.holds({ name: 'Kept for later', city: 'Nashik', plan_id: PLAN });
      await expect(form.dialog.getByText('Restored what you typed before.')).toBeVisible();
    }
    await form.dialog.getByRole('link', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Discard' }).click();
    await opener.click();
    await form.holds({ name: '' });
  });

  test('by the browser\'s Back keeps a form that has errors', async ({ page }) => {
    await open(page, '/customers');
    const form = new Form(page);
    const opener = page.getByRole('link', { name: 'New customer' });
    await opener.click();
    await form.fill({ name: 'Nearly', email: 'wrong' });
    await form.save.click();
    await expect(form.summary).toBeVisible();
    await page.goBack();
    await expect(form.dialog).toHaveCount(0);
    await opener.click();
    await form.holds({ name: 'Nearly', email: 'wrong' });
  });

  test('by closing the tab asks first', async ({ page }) => {
    const form = await openForm(page, '/customers/new');
    await form.field('name').pressSequentially('Typed');
    const question = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    const dialog = await question;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    await form.holds({ name: 'Typed' });
  });
});

test.describe('Edit', () => {
  test('saves, shows a message, updates the list in place and returns the focus', async ({ page, createCustomer, app }) => {
    const word = unique();
    const [first, second] = [await createCustomer({ name: `A ${word}`, nps: '1' }), await createCustomer({ name: `B ${word}`, nps: '2' })];
    await open(page, `/customers?q=${word}&sort=nps`);
    const list = new List(page);
    await list.shows([first.id, second.id]);
    await page.getByRole('link', { name: `Edit B ${word}` }).click();
    const form = new Form(page);
    await expect(form.dialog.getByRole('heading', { name: `Edit B ${word}` })).toBeVisible();
    await expect(form.dialog).toContainText(second.account);
    await expect(page).toHaveURL((url) => url.pathname + url.search === `/customers/${second.id}/edit?q=${word}&sort=nps`);
    await form.fill({ nps: '77', churn: 'High' });
    await form.save.click();
    await expect(statusMessage(page, `Customer B ${word} saved`)).toBeVisible();
    await expect(form.dialog).toHaveCount(0);
    await expect(list.row(`B ${word}`).locator('td[data-label="NPS"]')).toContainText('77');
    await expect(list.row(`B ${word}`)).toContainText('High');
    await expect(page).toHaveURL((url) => url.pathname + url.search === `/customers?q=${word}&sort=nps`);
    await expect.poll(() => focused(page)).toBe(`edit-${second.id}`);
    expect((await stored(app, second.email))[0].version).toBe('3');
  });

  test('the focus follows the customer when the edit moves the row', async ({ page, createCustomer }) => {
    const word = unique();
    const customers: Customer[] = [];
    for (const [nps, letter] of [['1', 'A'], ['2', 'B'], ['3', 'C']]) customers.push(await createCustomer({ nps, name: `${letter} ${word}` }));
    await open(page, `/customers?q=${word}&sort=nps`);
    await page.getByRole('link', { name: `Edit A ${word}` }).click();
    const form = new Form(page);
    await form.fill({ nps: '9' });
    await form.save.click();
    const list = new List(page);
    await list.shows([customers[1].id, customers[2].id, customers[0].id]);
    await expect.poll(() => focused(page)).toBe(`edit-${customers[0].id}`);
  });

  test('saving without a change writes nothing', async ({ page, createCustomer, app }) => {
    const customer = await createCustomer();
    const form = await openForm(page, `/customers/${customer.id}/edit`);
    await form.save.click();
    await expect(customerMessage(page)).toContainText('saved');
    expect((await stored(app, customer.email))[0].version).toBe('1');
  });

  test('two users: changes of different fields are merged', async ({ page, newPage, createCustomer, app }) => {
    const customer = await createCustomer({ city: 'Bengaluru', nps: '10' });
    const address = `/customers/${customer.id}/edit?q=${customer.email}`;
    const mine = await openForm(page, address);
    const other = await newPage();
    const theirs = await openForm(other, address);
    await theirs.fill({ city: 'Mysuru', most_used_ott: 'Netflix' });
    await theirs.save.click();
    await expect(customerMessage(other)).toContainText('saved');
    await mine.fill({ nps: '20' });
    await mine.save.click();
    await expect(customerMessage(page)).toHaveText(new RegExp(`Customer ${customer.name} saved and merged with another user's changes`));
    expect((await stored(app, customer.email))[0]).toMatchObject({ city: 'Mysuru', nps: 20, most_used_ott: 'Netflix', version: '4' });
  });

  for (const choice of ['Yours', 'Theirs'] as const) {
    test(`two users, one field: both values side by side, and ${choice} can be chosen`, async ({ page, newPage, createCustomer, app }) => {
      const customer = await createCustomer({ city: 'Bengaluru', nps: '10', tickets: '1' });
      const address = `/customers/${customer.id}/edit?q=${customer.email}`;
      const mine = await openForm(page, address);
      const other = await newPage();
      const theirs = await openForm(other, address);
      await theirs.fill({ city: 'Mysuru', tickets: '2', peak_hours: ['20:00', '22:00'] });
      await theirs.save.click();
      await expect(customerMessage(other)).toContainText('saved');
      await mine.fill({ city: 'Hubballi', nps: '20', peak_hours: ['21:00', '23:00'] });
      await mine.save.click();
      await expect(mine.summary).toBeFocused();
      await expect(mine.summary).toContainText(/saved changes while you were editing; yours are merged except: City, Peak usage hours\./);
      const city = mine.dialog.getByRole('group', { name: /^Which .* do you want/ }).filter({ hasText: 'Hubballi' });
      await expect(city).toContainText('Yours: Hubballi');
      await expect(city).toContainText('Theirs: Mysuru');
      const hours = mine.dialog.getByRole('group', { name: /^Which .* do you want/ }).filter({ hasText: '21:00–23:00' });
      await expect(hours).toContainText('Theirs: 20:00–22:00');
      const [yoursBox, theirsBox] = [await city.getByText('Yours:').boundingBox(), await city.getByText('Theirs:').boundingBox()];
      expect(Math.abs((yoursBox?.y ?? 0) - (theirsBox?.y ?? 100)), 'side by side').toBeLessThan(8);
      // Without a choice it does not save, and nothing typed is lost.
      await mine.save.click();
      await expect(mine.error('city')).toContainText('Choose');
      await mine.holds({ city: 'Hubballi', nps: '20', tickets: '2' });
      await city.getByRole('radio', { name: new RegExp(choice) }).check();
      await hours.getByRole('radio', { name: new RegExp(choice) }).check();
      await mine.save.click();
      await expect(customerMessage(page)).toContainText('saved');
      const expected = choice === 'Yours' ? { city: 'Hubballi', peak_hours: [1260, 1380] } : { city: 'Mysuru', peak_hours: [1200, 1320] };
      expect((await stored(app, customer.email))[0]).toMatchObject({ ...expected, nps: 20, tickets: 2 });
    });
  }

  test('two users: a choice is kept when the form has another error', async ({ page, createCustomer, app }) => {
    const customer = await createCustomer({ city: 'Bengaluru' });
    const form = await openForm(page, `/customers/${customer.id}/edit`);
    await editCustomer(app.url, customer.id, { city: 'Mysuru' });
    await form.fill({ city: 'Hubballi' });
    await form.save.click();
    const conflict = form.dialog.getByRole('group', { name: /^Which .* do you want/ });
    await conflict.getByRole('radio', { name: /Theirs/ }).check();
    await form.fill({ pin_code: '1' });
    await form.save.click();
    await expect(form.error('pin_code')).toBeVisible();
    // The choice and the typed text are still there.
    await expect(conflict.getByRole('radio', { name: /Theirs/ })).toBeChecked();
    await form.holds({ city: 'Hubballi' });
    await form.fill({ pin_code: '570001' });
    await form.save.click();
    await expect(customerMessage(page)).toContainText('saved');
    expect((await stored(app, customer.email))[0]).toMatchObject({ city: 'Mysuru', pin_code: '570001' });
  });

  test('two users: a save while the other resolves a conflict is merged, or a new conflict', async ({ page, createCustomer, app }) => {
    const customer = await createCustomer({ city: 'Bengaluru' });
    const form = await openForm(page, `/customers/${customer.id}/edit`);
    await editCustomer(app.url, customer.id, { city: 'Mysuru' });
    await form.fill({ city: 'Hubballi' });
    await form.save.click();
    const conflict = form.dialog.getByRole('group', { name: /^Which .* do you want/ });
    await expect(conflict).toContainText('Theirs: Mysuru');
    await editCustomer(app.url, customer.id, { city: 'Mangaluru', nps: '77' });
    await conflict.getByRole('radio', { name: /Yours/ }).check();
    await form.save.click();
    await expect(conflict).toContainText('Theirs: Mangaluru');
    await expect(conflict).toContainText('Yours: Hubballi');
    await conflict.getByRole('radio', { name: /Yours/ }).check();
    await form.save.click();
    await expect(customerMessage(page)).toContainText('saved');
    expect((await stored(app, customer.email))[0]).toMatchObject({ city: 'Hubballi', nps: 77 });
  });

  test('a customer who is deleted meanwhile: a clear message, typed text stays, and it saves once restored', async ({
    page, createCustomer, app,
  }) => {
    const customer = await createCustomer();
    const form = await openForm(page, `/customers/${customer.id}/edit`);
    await form.fill({ city: 'Typed' });
    await deleteCustomers(app.db, customer.id);
    await form.save.click();
    await expect(form.summary).toContainText(new RegExp(`${customer.name}.* was deleted (while)?`));
    await form.holds({ city: 'Typed' });
    await restoreCustomers(app.db, customer.id);
    await form.save.click();
    await expect(customerMessage(page)).toContainText('saved');
    expect((await stored(app, customer.email))[0]).toMatchObject({ city: 'Typed', deleted: false });
  });

  test('a customer who is deleted already: the page says so', async ({ page, createCustomer, app, browserErrors }) => {
    browserErrors.allow(/status of 404/);
    const customer = await createCustomer();
    await deleteCustomers(app.db, customer.id);
    const response = await open(page, `/customers/${customer.id}/edit`);
    expect(response.status()).toBe(404);
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('not found; it may have been deleted');
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    await expect(page).toHaveURL(/\/customers$/);
  });
});

test.describe('Delete', () => {
  test('asks first, names the customer and what is deleted too; Undo restores it', async ({ page, createCustomer, app }) => {
    const word = unique();
    const customer = await createCustomer({ name: `Asha ${word}`, status: 'Cancelled', tickets: '3' });
    const other = await createCustomer({ name: `Bina ${word}`, referred_by: customer.account });
    await open(page, `/customers?q=${word}`);
    const list = new List(page);
    await page.getByRole('link', { name: `Delete Asha ${word}` }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('heading')).toContainText(`Delete Asha ${word}?`);
    for (const text of [customer.account, 'This also removes the record with 3 tickets.', 'The customer referred by this one stays.']) {
      await expect(dialog).toContainText(text);
    }
    // Cancel deletes nothing.
    await dialog.getByRole('link', { name: 'Cancel' }).click();
    await expect(dialog).toHaveCount(0);
    await expect.poll(() => focused(page)).toBe(`delete-${customer.id}`);
    await list.shows([customer.id, other.id]);

    await page.getByRole('link', { name: `Delete Asha ${word}` }).click();
    await dialog.getByRole('button', { name: 'Delete customer' }).click();
    await expect(customerMessage(page)).toContainText(`Customer Asha ${word} deleted`);
    await list.shows([other.id]);
    // The focus is on the row that has taken its place, and not on its Delete.
    await expect.poll(() => focused(page)).toBe(`edit-${other.id}`);
    expect((await stored(app, customer.email))[0].deleted).toBe(true);

    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(customerMessage(page)).toContainText(`Customer Asha ${word} restored`);
    await list.shows([customer.id, other.id]);
    expect((await stored(app, customer.email))[0].deleted).toBe(false);
  });

  test('a customer with a balance is not deleted: the dialog says why, and leads to the statement', async ({ page, createCustomer, app }) => {
    const customer = await createCustomer({ status: 'Cancelled', outstanding: '250' });
    await open(page, `/customers?q=${customer.email}`);
    await page.getByRole('link', { name: `Delete ${customer.name}` }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('This customer owes ₹250. Take the payment or credit the bills first.');
    await expect(dialog.getByRole('button', { name: 'Delete customer' })).toHaveCount(0);
    // Neither is one whose form is submitted all the same.
    await postForm(`${app.url}/customers/${customer.id}/delete`, {});
    expect((await stored(app, customer.email))[0].deleted).toBe(false);
    await dialog.getByRole('link', { name: 'Statement of this customer' }).click();
    await expect(page).toHaveURL(new RegExp(`/statements/${customer.id}$`));
    await expect(page.getByRole('heading', { level: 1, name: 'Statement' })).toBeVisible();
  });

  test('a double click deletes once and shows one message', async ({ page, createCustomer, app }) => {
    const customer = await createCustomer({ status: 'Cancelled' });
    await open(page, `/customers/${customer.id}/delete?q=${customer.email}`);
    await page.getByRole('button', { name: 'Delete customer' }).dblclick();
    await expect(customerMessage(page)).toContainText(`Customer ${customer.name} deleted`);
    await expect(page.getByRole('alert')).toHaveCount(0);
    expect((await stored(app, customer.email))[0].version).toBe('2');
  });

  test('a second delete says that somebody else has deleted the customer', async ({ page, newPage, createCustomer, app }) => {
    const customer = await createCustomer({ status: 'Cancelled' });
    const other = await newPage();
    const address = `/customers/${customer.id}/delete`;
    await open(page, address);
    await open(other, address);
    await other.getByRole('button', { name: 'Delete customer' }).click();
    await expect(customerMessage(other)).toContainText('deleted');
    await page.getByRole('button', { name: 'Delete customer' }).click();
    await expect(page.getByRole('dialog')).toContainText('This customer is already deleted');
    await page.getByRole('dialog').getByRole('link', { name: 'Close' }).click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    expect((await stored(app, customer.email))[0].version).toBe('2');
  });

  test('a deleted customer is listed, and restored from there', async ({ page, createCustomer, app }) => {
    const customer = await createCustomer({ status: 'Cancelled' });
    await open(page, `/customers/${customer.id}/delete`);
    await page.getByRole('button', { name: 'Delete customer' }).click();
    await expect(customerMessage(page)).toContainText('deleted');
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Deleted customers' }).click();
    await expect(page).toHaveURL(/\/customers\/deleted$/);
    const table = page.getByRole('table', { name: 'Deleted customers' });
    const row = table.getByRole('row', { name: new RegExp(customer.name) });
    await expect(row).toContainText(customer.account);
    await row.getByRole('button', { name: `Restore ${customer.name}` }).click();
    await expect(customerMessage(page)).toContainText(`Customer ${customer.name} restored`);
    await expect(row).toHaveCount(0);
    await expect.poll(() => focused(page)).not.toBe('body');
    expect((await stored(app, customer.email))[0].deleted).toBe(false);
    await open(page, `/customers?q=${customer.email}`);
    await new List(page).shows([customer.id]);
  });

  test('a restore whose email is taken meanwhile names the customer who has it', async ({ page, createCustomer, app }) => {
    const customer = await createCustomer();
    await deleteCustomers(app.db, customer.id);
    const holder = await createCustomer({ email: customer.email, name: `Holder ${unique()}` });
    await open(page, '/customers/deleted');
    await page.getByRole('button', { name: `Restore ${customer.name}` }).click();
    await expect(statusMessage(page, holder.name)).toContainText(`The email belongs to ${holder.name} (${holder.account}) now`);
    await expect(page.getByRole('row', { name: new RegExp(customer.name) })).toBeVisible();
  });
});

test.describe('the address of a dialog', () => {
  test('reloads to the same screen: the dialog over the list with its query', async ({ page, createCustomer }) => {
    const word = unique();
    const [first, second] = [await createCustomer({ name: `A ${word}` }), await createCustomer({ name: `B ${word}` })];
    const list = new List(page);
    for (const [path, heading] of [
      ['/customers/new', 'New customer'],
      [`/customers/${first.id}/edit`, `Edit A ${word}`],
      [`/customers/${second.id}/delete`, `Delete B ${word}?`],
    ]) {
      const response = await open(page, `${path}?q=${word}&sort=-name`);
      expect(response.status()).toBe(200);
      for (const _ of ['first', 'again']) {
        await expect(page.getByRole('dialog').getByRole('heading', { name: heading })).toBeVisible();
        expect(await list.ids()).toEqual([second.id, first.id]);
        await reload(page);
      }
      await page.keyboard.press('Escape');
      await expect(page.getByRole('dialog')).toHaveCount(0);
      await expect(page).toHaveURL((url) => url.pathname + url.search === `/customers?q=${word}&sort=-name`);
      await list.shows([second.id, first.id]);
    }
  });

  test('is a history entry: Back closes the dialog, Forward opens it', async ({ page, createCustomer }) => {
    const customer = await createCustomer();
    await open(page, `/customers?q=${customer.email}`);
    await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toBeVisible();
    await page.goBack();
    await expect(dialog).toHaveCount(0);
    await page.goForward();
    await expect(dialog.getByRole('heading', { name: `Edit ${customer.name}` })).toBeVisible();
  });

  test('is over once it is closed or saved: Back does not open it again', async ({ page, createCustomer }) => {
    const customer = await createCustomer();
    await open(page, '/customers');
    await open(page, `/customers?q=${customer.email}`);
    const form = new Form(page);
    for (const button of [form.dialog.getByRole('link', { name: 'Cancel' }), form.save]) {
      await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
      await button.click();
      await expect(form.dialog).toHaveCount(0);
      await page.goBack();
      await expect(page).toHaveURL(/\/customers\?q=/);
      await expect(form.dialog).toHaveCount(0);
    }
  });

  test('with from=record shows the record behind the dialog and closes to it', async ({ page, createCustomer }) => {
    const customer = await createCustomer();
    for (const action of ['edit', 'delete']) {
      await open(page, `/customers/${customer.id}/${action}?from=record`);
      await expect(page.getByRole('dialog')).toBeVisible();
      await expect(page.locator('main h1')).toHaveText(customer.name);
      await reload(page);
      await expect(page.getByRole('dialog')).toBeVisible();
      await expect(page.locator('main h1')).toHaveText(customer.name);
      await page.keyboard.press('Escape');
      await expect(page).toHaveURL((url) => url.pathname === `/customers/${customer.id}`);
      await expect(page.getByRole('heading', { level: 1, name: customer.name })).toBeVisible();
    }
  });

  test('opens the dialog while its content loads; Escape closes it and returns the focus', async ({ page, createCustomer }) => {
    const { name, email } = await createCustomer();
    await open(page, `/customers?q=${email}`);
    for (const [link, request, heading] of [
      [`Edit ${name}`, '**/api/customers/form*', `Edit ${name}`],
      [`Delete ${name}`, '**/api/customers/deletion*', `Delete ${name}?`],
    ] as const) {
      const { wait, open: release } = gate();
      await page.route(request, async (route) => {
        await wait;
        await route.continue();
      });
      const opener = page.getByRole('link', { name: link });
      const dialog = page.locator('dialog:modal');
      const loading = dialog.getByRole('heading', { name: 'Loading…' });
      await opener.press('Enter');
      await expect(loading).toBeVisible();
      await page.keyboard.press('Escape');
      await expect(dialog).toHaveCount(0);
      await expect(opener).toBeFocused();
      await opener.press('Enter');
      await expect(loading).toBeVisible();
      release();
      await expect(dialog.getByRole('heading', { name: heading })).toBeVisible();
      await page.keyboard.press('Escape');
      await expect(dialog).toHaveCount(0);
      await expect(opener).toBeFocused();
    }
  });

  test('opens a modal dialog: the focus cannot leave it', async ({ page }) => {
    await open(page, '/customers/new');
    const dialog = page.getByRole('dialog');
    await expect(dialog).toBeVisible();
    expect(await dialog.evaluate((dialog) => dialog.matches(':modal'))).toBe(true);
    await waitForHydration(page);
    for (let step = 0; step < 60; step += 1) {
      await page.keyboard.press('Tab');
      const inside = await page.evaluate(() => document.activeElement === document.body || !!document.activeElement?.closest('dialog'));
      expect(inside).toBe(true);
    }
  });
});
