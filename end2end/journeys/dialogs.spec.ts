import type { Page } from '@playwright/test';
import { body, bringBack, change, fields, remove, send, unique, uuid, type Fields, type Outcome } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { List } from '../support/list.ts';
import { expect, gate, open, reload, takenOver, test, type House } from '../support/test.ts';

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
async function stored(house: House, email: string): Promise<Stored[]> {
  const found = await house.db.query<Stored>(
    `SELECT *, customer_since::text, next_billing_on::text, last_ticket_on::text, cancelled_on::text, deleted_at IS NOT NULL AS deleted
     FROM customers WHERE email = $1`,
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

const notice = (page: Page) => page.getByRole('status').filter({ hasText: 'Customer' });

/** What has the focus, in words. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element?.id || element?.getAttribute('aria-label') || element?.tagName.toLowerCase();
  });

test.describe('New customer', () => {
  test('every field can be entered, and all of it is kept', async ({ page, house, make }) => {
    const referrer = await make();
    const list = new List(page);
    await open(page, '/customers');
    await page.getByRole('link', { name: 'New customer' }).click();
    const form = new Form(page);
    await expect(form.dialog.getByRole('heading', { name: 'New customer' })).toBeVisible();
    await expect(form.field('name')).toBeFocused();
    for (const group of ['Contact', 'Plan', 'Usage', 'Relationship', 'Billing']) {
      await expect(form.dialog.getByRole('group', { name: group, exact: true })).toBeVisible();
    }
    const word = unique();
    const typed = fields({
      name: `Meera ${word}`, email: `meera.${word}@example.in`, phone: '(080) 2345 6789', address: 'Flat 3, “Sea View” & Sons <b>', city: 'Mysuru',
      state: 'Karnataka', pin_code: '570 001', status: 'Cancelled', cancelled_on: '2026-10-31', cancel_reason: 'Moved <away> & "gone"',
      plan: 'Broadband', speed: '1,000', price: '2,499.50', billing_cycle: 'Quarterly', ott_apps: ['Netflix', 'Disney+ Hotstar', 'ZEE5'],
      live_channels: '350', data_used: '1,234.567', average_speed: '912.5', uptime: '98.7', most_used_ott: 'ZEE5',
      peak_hours: ['21:00', '00:00', '07:15', '08:45'], customer_since: '2021-02-28', lifetime_value: '1,23,456.78', churn: 'High', nps: '-35',
      tickets: '4', last_ticket_on: '2026-09-09', satisfaction: '2', referred_by: referrer.account, next_billing: '2027-02-01', outstanding: '4,999',
    });
    await form.fill(typed);
    await form.save.click();
    await expect(notice(page)).toHaveText(new RegExp(`Customer Meera ${word} (created|saved)`));
    await expect(form.dialog).toHaveCount(0);
    await expect(page).toHaveURL(/\/customers$/);
    const referrerNumber = Number(referrer.account.slice(3));
    expect(await stored(house, String(typed.email))).toEqual([
      expect.objectContaining({
        name: `Meera ${word}`, phone: '+918023456789', address_line: 'Flat 3, “Sea View” & Sons <b>', city: 'Mysuru', state: 'Karnataka',
        pin_code: '570001', status: 'Cancelled', cancelled_on: '2026-10-31', cancel_reason: 'Moved <away> & "gone"', plan_type: 'Broadband',
        speed_kbps: 1000000, price_paise: '249950', billing_cycle: 'Quarterly', ott_apps: ['Netflix', 'Disney+ Hotstar', 'ZEE5'],
        live_channels: 350, data_used_mb: '1234567', average_speed_kbps: 912500, uptime_bp: 9870, most_used_ott: 'ZEE5',
        peak_hours: [1260, 0, 435, 525], customer_since: '2021-02-28', lifetime_value_paise: '12345678', churn_risk: 'High', nps: -35, tickets: 4,
        last_ticket_on: '2026-09-09', satisfaction: 2, referred_by: String(referrerNumber), next_billing_on: '2027-02-01',
        outstanding_paise: '499900', version: '1',
      }),
    ]);
    await expect.poll(() => focused(page)).toBe('new');
    // And all of it comes back into the form.
    await list.type(word);
    await page.getByRole('link', { name: `Edit Meera ${word}` }).click();
    await form.holds({
      ...typed, phone: '+91 80234 56789', pin_code: '570001', speed: '1000', price: '2499.5', data_used: '1234.567', lifetime_value: '123456.78', outstanding: '4999',
    });
  });

  test('begins with defaults, and the list is updated in place', async ({ page, house }) => {
    const word = unique();
    const form = await openForm(page, `/customers/new?q=${word}&size=50`);
    await form.holds({ status: 'Pending', plan: 'Fiber', billing_cycle: 'Monthly', churn: 'Low', tickets: '0', outstanding: '0' });
    const list = new List(page);
    await form.fill({
      name: `Small ${word}`, email: `${word}@example.in`, phone: '98450 12345', address: '1, Main Road', city: 'Pune', state: 'Maharashtra',
      pin_code: '411001', price: '600',
    });
    await form.field('price').press('Enter');
    await expect(notice(page)).toContainText(`Customer Small ${word}`);
    await expect(page).toHaveURL((url) => url.pathname + url.search === `/customers?q=${word}&size=50`);
    await expect(list.row(`Small ${word}`)).toBeVisible();
    expect((await stored(house, `${word}@example.in`)).length).toBe(1);
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await expect(notice(page)).toHaveCount(0);
  });

  test('says what is allowed, in the fields and in a summary that has the focus; typed text stays', async ({ page, house }) => {
    const form = await openForm(page, '/customers/new');
    const word = unique();
    const wrong: Record<string, [string, RegExp]> = {
      email: [`${word}@nowhere`, /name@example\.in/],
      phone: ['12345', /ten digits/],
      city: ['', /Enter the city/],
      pin_code: ['012345', /six digits/],
      speed: ['49', /50 to 1,?000/],
      price: ['cheap', /0 to 10,00,000/],
      live_channels: ['-1', /0 to 2,000/],
      uptime: ['100.01', /0 to 100/],
      nps: ['101', /-100 to 100/],
      tickets: ['0.5', /0 to 1,00,000/],
      outstanding: ['1e3', /0 to/],
      referred_by: ['nobody', /LM-/],
    };
    await form.fill({ name: `Wrong ${word}`, address: '1, Main Road', state: 'Kerala' });
    await form.fill(Object.fromEntries(Object.entries(wrong).map(([name, [text]]) => [name, text])));
    await form.field('email').blur();
    // Nothing is judged before the first sending.
    await expect(form.dialog.locator('[aria-invalid=true]')).toHaveCount(0);
    await form.save.click();
    await expect(form.summary).toBeFocused();
    await expect(form.summary.getByRole('link')).toHaveCount(Object.keys(wrong).length);
    for (const [name, [text, says]] of Object.entries(wrong)) {
      await expect(form.error(name), name).toHaveText(says);
      await expect(form.field(name)).toHaveValue(text);
      await expect(form.field(name)).toHaveAttribute('aria-invalid', 'true');
      await expect(form.field(name)).toHaveAttribute('aria-describedby', new RegExp(`field-${name}-error`));
    }
    await form.holds({ name: `Wrong ${word}`, address: '1, Main Road', state: 'Kerala' });
    await form.summary.getByRole('link', { name: /^PIN code/ }).click();
    await expect(form.field('pin_code')).toBeFocused();
    await expect(form.dialog).toBeVisible();
    // What is mended goes; the rest is asked again, and then all is well.
    await form.fill({ pin_code: '682001', city: 'Kochi' });
    await expect(form.field('pin_code')).not.toHaveAttribute('aria-invalid');
    await expect(form.error('pin_code')).toBeVisible();
    await form.save.click();
    await expect(form.summary.getByRole('link')).toHaveCount(Object.keys(wrong).length - 2);
    await expect(form.summary).toBeFocused();
    await form.fill({
      email: `${word}@example.in`, phone: '98450 12345', speed: '50', price: '500', live_channels: '0', uptime: '100', nps: '100', tickets: '0',
      outstanding: '0', referred_by: '',
    });
    await form.save.click();
    await expect(notice(page)).toContainText(`Wrong ${word}`);
    expect(await stored(house, `${word}@example.in`)).toHaveLength(1);
  });

  test('an email that is taken names the customer who has it', async ({ page, make }) => {
    const holder = await make();
    const form = await openForm(page, '/customers/new');
    const typed = fields({ email: holder.email.toUpperCase() });
    await form.fill(typed);
    await form.save.click();
    await expect(form.error('email')).toContainText(holder.name);
    await expect(form.error('email')).toContainText(holder.account);
    await expect(form.summary).toBeFocused();
    await form.holds({ name: typed.name, email: typed.email, city: typed.city });
    await expect(form.summary.getByRole('link', { name: new RegExp(holder.name) }).first()).toBeVisible();
  });

  test('a double click makes one customer', async ({ page, house }) => {
    const form = await openForm(page, '/customers/new');
    const typed = fields();
    await form.fill(typed);
    await form.save.dblclick();
    await expect(notice(page)).toContainText(String(typed.name));
    expect(await stored(house, String(typed.email))).toHaveLength(1);
  });

  test('a request whose answer was lost, sent again, makes one customer', async ({ page, house, complaints }) => {
    complaints.allow(/net::ERR_/);
    const form = await openForm(page, '/customers/new');
    const typed = fields();
    await form.fill(typed);
    await page.route('**/api/customers/save', async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });
    await form.save.click();
    await expect(form.dialog.getByRole('alert')).toContainText('The server cannot be reached');
    await form.holds({ name: typed.name, email: typed.email });
    expect(await stored(house, String(typed.email))).toHaveLength(1);
    await page.unroute('**/api/customers/save');
    await form.dialog.getByRole('link', { name: 'Retry' }).click();
    await expect(notice(page)).toContainText(String(typed.name));
    expect(await stored(house, String(typed.email))).toHaveLength(1);
  });

  test('the same form sent eight times at once makes one customer', async ({ house }) => {
    const typed: Fields = { id: uuid(), ...fields() };
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(house.url, body(typed))));
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect((await answer.json()) as Outcome).toHaveProperty('Done.customer.id', typed.id);
    }
    expect(await stored(house, String(typed.email))).toHaveLength(1);
    const other = await send(house.url, body({ ...typed, city: 'Elsewhere' }));
    expect((await other.json()) as Outcome).toHaveProperty('Again');
    expect((await stored(house, String(typed.email)))[0].city).toBe(typed.city);
  });

  test('Referred by searches customers', async ({ page, make, house }) => {
    const referrer = await make();
    const form = await openForm(page, '/customers/new');
    const typed = fields();
    await form.fill(typed);
    await form.field('referred_by').pressSequentially(referrer.name.slice(0, -2), { delay: 10 });
    const offered = form.dialog.locator('datalist option');
    await expect(offered).toHaveCount(1);
    await expect(offered).toHaveAttribute('value', referrer.account);
    await expect(offered).toContainText(referrer.name);
    await form.field('referred_by').fill(referrer.account);
    await form.save.click();
    await expect(notice(page)).toContainText(String(typed.name));
    const [customer] = await stored(house, String(typed.email));
    expect(customer.referred_by).toBe(String(Number(referrer.account.slice(3))));
    await open(page, `/customers/${customer.id}`);
    await page.getByRole('link', { name: referrer.name }).click();
    await expect(page.getByRole('heading', { level: 1, name: referrer.name })).toBeVisible();
    await expect(page.getByText(/Has referred/).locator('..')).toContainText('1 customer');
  });

  test('a referrer who does not exist is refused in the field', async ({ page }) => {
    const form = await openForm(page, '/customers/new');
    await form.fill(fields({ referred_by: 'LM-9999999' }));
    await form.save.click();
    await expect(form.error('referred_by')).toContainText('No customer has this account number');
    await form.holds({ referred_by: 'LM-9999999' });
  });
});

test.describe('closing', () => {
  for (const [way, leave] of [
    ['Escape', async (form: Form) => form.page.keyboard.press('Escape')],
    ['×', async (form: Form) => form.dialog.getByRole('link', { name: 'Close' }).click()],
    ['Cancel', async (form: Form) => form.dialog.getByRole('link', { name: 'Cancel' }).click()],
  ] as const) {
    test(`by ${way} asks before it throws typing away`, async ({ page }) => {
      await open(page, '/customers?size=50');
      const opener = page.getByRole('link', { name: 'New customer' });
      await opener.click();
      const form = new Form(page);
      await expect(form.field('name')).toBeFocused();
      // Nothing typed, nothing asked.
      await leave(form);
      await expect(form.dialog).toHaveCount(0);
      await expect(opener).toBeFocused();
      await opener.click();
      const word = unique();
      await form.fill({ name: `Typed ${word}` });
      await leave(form);
      const question = page.getByRole('alertdialog');
      await expect(question).toContainText('Throw away what you typed?');
      await question.getByRole('button', { name: 'Keep editing' }).click();
      await expect(question).toHaveCount(0);
      await form.holds({ name: `Typed ${word}` });
      await leave(form);
      await question.getByRole('button', { name: 'Throw away' }).click();
      await expect(form.dialog).toHaveCount(0);
      await expect(page).toHaveURL((url) => url.pathname + url.search === '/customers?size=50');
      await expect(opener).toBeFocused();
      await opener.click();
      await form.holds({ name: '' });
    });
  }

  test('by Escape, again and again, does not get past the question', async ({ page }) => {
    const form = await openForm(page, '/customers/new');
    await form.fill({ name: 'Typed' });
    for (let time = 0; time < 4; time += 1) await page.keyboard.press('Escape');
    await expect(form.dialog).toBeVisible();
    await form.holds({ name: 'Typed' });
    await expect(page.getByRole('alertdialog')).toBeVisible();
  });

  test('by the browser\'s Back keeps what was typed for later, however often', async ({ page }) => {
    await open(page, '/customers');
    const opener = page.getByRole('link', { name: 'New customer' });
    const form = new Form(page);
    await opener.click();
    await form.fill({ name: 'Kept for later', city: 'Nashik', ott_apps: ['SonyLIV'] });
    for (let time = 0; time < 3; time += 1) {
      await page.goBack();
      await expect(form.dialog).toHaveCount(0);
      await opener.click();
      await expect(form.dialog).toBeVisible();
      await form.holds({ name: 'Kept for later', city: 'Nashik', ott_apps: ['SonyLIV'] });
      await expect(form.dialog.getByText('What you typed before is back.')).toBeVisible();
    }
    await form.dialog.getByRole('link', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Throw away' }).click();
    await opener.click();
    await form.holds({ name: '' });
  });

  test('by the browser\'s Back keeps what came back with an error', async ({ page }) => {
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

  test('of the whole tab asks', async ({ page }) => {
    const form = await openForm(page, '/customers/new');
    await form.field('name').pressSequentially('Typed');
    const asked = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    await form.holds({ name: 'Typed' });
  });
});

test.describe('Edit', () => {
  test('saves, says so, updates the list in place and gives the focus back', async ({ page, make, house }) => {
    const word = unique();
    const [first, second] = [await make({ name: `A ${word}`, nps: '1' }), await make({ name: `B ${word}`, nps: '2' })];
    await open(page, `/customers?q=${word}&sort=nps`);
    const list = new List(page);
    await list.shows([first.id, second.id]);
    await page.getByRole('link', { name: `Edit B ${word}` }).click();
    const form = new Form(page);
    await expect(form.dialog.getByRole('heading', { name: `Edit B ${word}` })).toBeVisible();
    await expect(form.dialog).toContainText(second.account);
    await expect(page).toHaveURL((url) => url.pathname + url.search === `/customers/${second.id}/edit?q=${word}&sort=nps`);
    await form.fill({ price: '1,999', churn: 'High' });
    await form.save.click();
    await expect(page.getByRole('status').filter({ hasText: `Customer B ${word} saved` })).toBeVisible();
    await expect(form.dialog).toHaveCount(0);
    await expect(list.row(`B ${word}`)).toContainText('₹1,999');
    await expect(list.row(`B ${word}`)).toContainText('High');
    await expect(page).toHaveURL((url) => url.pathname + url.search === `/customers?q=${word}&sort=nps`);
    await expect.poll(() => focused(page)).toBe(`edit-${second.id}`);
    expect((await stored(house, second.email))[0].version).toBe('2');
  });

  test('the focus stays with the customer when the edit moves the row', async ({ page, make }) => {
    const word = unique();
    const made = [await make({ nps: '1', name: `A ${word}` }), await make({ nps: '2', name: `B ${word}` }), await make({ nps: '3', name: `C ${word}` })];
    await open(page, `/customers?q=${word}&sort=nps`);
    await page.getByRole('link', { name: `Edit A ${word}` }).click();
    const form = new Form(page);
    await form.fill({ nps: '9' });
    await form.save.click();
    const list = new List(page);
    await list.shows([made[1].id, made[2].id, made[0].id]);
    await expect.poll(() => focused(page)).toBe(`edit-${made[0].id}`);
  });

  test('leaving without a change asks nothing and writes nothing', async ({ page, make, house }) => {
    const customer = await make();
    const form = await openForm(page, `/customers/${customer.id}/edit`);
    await form.save.click();
    await expect(notice(page)).toContainText('saved');
    expect((await stored(house, customer.email))[0].version).toBe('1');
  });

  test('two people: changes to different fields are merged', async ({ page, person, make, house }) => {
    const customer = await make({ city: 'Bengaluru', nps: '10' });
    const address = `/customers/${customer.id}/edit?q=${customer.email}`;
    const mine = await openForm(page, address);
    const other = await person();
    const theirs = await openForm(other, address);
    await theirs.fill({ city: 'Mysuru', ott_apps: ['Netflix'] });
    await theirs.save.click();
    await expect(notice(other)).toContainText('saved');
    await mine.fill({ nps: '20' });
    await mine.save.click();
    await expect(notice(page)).toHaveText(new RegExp(`Customer ${customer.name} saved, with what somebody else changed meanwhile`));
    expect((await stored(house, customer.email))[0]).toMatchObject({ city: 'Mysuru', nps: 20, ott_apps: ['Netflix'], version: '3' });
  });

  for (const choice of ['Yours', 'Theirs'] as const) {
    test(`two people, one field: both values side by side, and ${choice} can be chosen`, async ({ page, person, make, house }) => {
      const customer = await make({ city: 'Bengaluru', nps: '10', tickets: '1' });
      const address = `/customers/${customer.id}/edit?q=${customer.email}`;
      const mine = await openForm(page, address);
      const other = await person();
      const theirs = await openForm(other, address);
      await theirs.fill({ city: 'Mysuru', tickets: '2', peak_hours: ['20:00', '22:00'] });
      await theirs.save.click();
      await expect(notice(other)).toContainText('saved');
      await mine.fill({ city: 'Hubballi', nps: '20', peak_hours: ['21:00', '23:00'] });
      await mine.save.click();
      await expect(mine.summary).toBeFocused();
      await expect(mine.summary).toContainText(`changed ${customer.name}`);
      const city = mine.dialog.getByRole('group', { name: /Both of you changed this/ }).filter({ hasText: 'Hubballi' });
      await expect(city).toContainText('Yours: Hubballi');
      await expect(city).toContainText('Theirs: Mysuru');
      const hours = mine.dialog.getByRole('group', { name: /Both of you changed this/ }).filter({ hasText: '21:00-23:00' });
      await expect(hours).toContainText('Theirs: 20:00-22:00');
      const [yoursBox, theirsBox] = [await city.getByText('Yours:').boundingBox(), await city.getByText('Theirs:').boundingBox()];
      expect(Math.abs((yoursBox?.y ?? 0) - (theirsBox?.y ?? 100)), 'side by side').toBeLessThan(8);
      // No choice, no save; and nothing typed is lost.
      await mine.save.click();
      await expect(mine.error('city')).toContainText('Choose');
      await mine.holds({ city: 'Hubballi', nps: '20', tickets: '2' });
      await city.getByRole('radio', { name: new RegExp(choice) }).check();
      await hours.getByRole('radio', { name: new RegExp(choice) }).check();
      await mine.save.click();
      await expect(notice(page)).toContainText('saved');
      const expected = choice === 'Yours' ? { city: 'Hubballi', peak_hours: [1260, 1380] } : { city: 'Mysuru', peak_hours: [1200, 1320] };
      expect((await stored(house, customer.email))[0]).toMatchObject({ ...expected, nps: 20, tickets: 2 });
    });
  }

  test('two people: a choice that comes with another error is not lost', async ({ page, make, house }) => {
    const customer = await make({ city: 'Bengaluru' });
    const form = await openForm(page, `/customers/${customer.id}/edit`);
    await change(house.url, customer.id, { city: 'Mysuru' });
    await form.fill({ city: 'Hubballi' });
    await form.save.click();
    const asked = form.dialog.getByRole('group', { name: /Both of you changed this/ });
    await asked.getByRole('radio', { name: /Theirs/ }).check();
    await form.fill({ pin_code: '1' });
    await form.save.click();
    await expect(form.error('pin_code')).toBeVisible();
    // The question stands there with its answer, and what was typed with it.
    await expect(asked.getByRole('radio', { name: /Theirs/ })).toBeChecked();
    await form.holds({ city: 'Hubballi' });
    await form.fill({ pin_code: '570001' });
    await form.save.click();
    await expect(notice(page)).toContainText('saved');
    expect((await stored(house, customer.email))[0]).toMatchObject({ city: 'Mysuru', pin_code: '570001' });
  });

  test('someone who saves while I choose is merged or asked about again', async ({ page, make, house }) => {
    const customer = await make({ city: 'Bengaluru' });
    const form = await openForm(page, `/customers/${customer.id}/edit`);
    await change(house.url, customer.id, { city: 'Mysuru' });
    await form.fill({ city: 'Hubballi' });
    await form.save.click();
    const asked = form.dialog.getByRole('group', { name: /Both of you changed this/ });
    await expect(asked).toContainText('Theirs: Mysuru');
    await change(house.url, customer.id, { city: 'Mangaluru', nps: '77' });
    await asked.getByRole('radio', { name: /Yours/ }).check();
    await form.save.click();
    await expect(asked).toContainText('Theirs: Mangaluru');
    await expect(asked).toContainText('Yours: Hubballi');
    await asked.getByRole('radio', { name: /Yours/ }).check();
    await form.save.click();
    await expect(notice(page)).toContainText('saved');
    expect((await stored(house, customer.email))[0]).toMatchObject({ city: 'Hubballi', nps: 77 });
  });

  test('of a customer whom somebody deletes meanwhile: a clear message, typed text stays, and saves once restored', async ({ page, make, house }) => {
    const customer = await make();
    const form = await openForm(page, `/customers/${customer.id}/edit`);
    await form.fill({ city: 'Typed' });
    await remove(house.db, customer.id);
    await form.save.click();
    await expect(form.summary).toContainText(new RegExp(`${customer.name}.* was deleted (meanwhile|while)`));
    await form.holds({ city: 'Typed' });
    await bringBack(house.db, customer.id);
    await form.save.click();
    await expect(notice(page)).toContainText('saved');
    expect((await stored(house, customer.email))[0]).toMatchObject({ city: 'Typed', deleted: false });
  });

  test('of a customer who is deleted already says so', async ({ page, make, house, complaints }) => {
    complaints.allow(/status of 404/);
    const customer = await make();
    await remove(house.db, customer.id);
    const response = await open(page, `/customers/${customer.id}/edit`);
    expect(response.status()).toBe(404);
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('does not exist, or was deleted meanwhile');
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    await expect(page).toHaveURL(/\/customers$/);
  });
});

test.describe('Delete', () => {
  test('asks, naming the customer and what goes with it; the notice undoes it', async ({ page, make, house }) => {
    const word = unique();
    const customer = await make({ name: `Asha ${word}`, plan: 'Wireless', speed: '200', price: '1100', outstanding: '250', tickets: '3' });
    const other = await make({ name: `Bina ${word}`, referred_by: customer.account });
    await open(page, `/customers?q=${word}`);
    const list = new List(page);
    await page.getByRole('link', { name: `Delete Asha ${word}` }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('heading')).toContainText(`Delete Asha ${word}?`);
    for (const text of [customer.account, 'Wireless', '200 Mbps', '₹1,100', '₹250 outstanding', '3 tickets', '1 customer']) {
      await expect(dialog).toContainText(text);
    }
    // Cancel deletes nobody.
    await dialog.getByRole('link', { name: 'Cancel' }).click();
    await expect(dialog).toHaveCount(0);
    await expect.poll(() => focused(page)).toBe(`delete-${customer.id}`);
    await list.shows([customer.id, other.id]);

    await page.getByRole('link', { name: `Delete Asha ${word}` }).click();
    await dialog.getByRole('button', { name: 'Delete customer' }).click();
    await expect(notice(page)).toContainText(`Customer Asha ${word} deleted`);
    await list.shows([other.id]);
    // The focus is somewhere that a person can go on from, and not on somebody else's Delete.
    await expect.poll(() => focused(page)).not.toBe('body');
    expect(await focused(page)).not.toBe(`delete-${other.id}`);
    expect((await stored(house, customer.email))[0].deleted).toBe(true);

    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(notice(page)).toContainText(`Customer Asha ${word} restored`);
    await list.shows([customer.id, other.id]);
    expect((await stored(house, customer.email))[0].deleted).toBe(false);
  });

  test('a double click deletes once and says so once', async ({ page, make, house }) => {
    const customer = await make();
    await open(page, `/customers/${customer.id}/delete?q=${customer.email}`);
    await page.getByRole('button', { name: 'Delete customer' }).dblclick();
    await expect(notice(page)).toContainText(`Customer ${customer.name} deleted`);
    await expect(page.getByRole('alert')).toHaveCount(0);
    expect((await stored(house, customer.email))[0].version).toBe('2');
  });

  test('a second delete says that somebody else was first', async ({ page, person, make, house }) => {
    const customer = await make();
    const other = await person();
    const address = `/customers/${customer.id}/delete`;
    await open(page, address);
    await open(other, address);
    await other.getByRole('button', { name: 'Delete customer' }).click();
    await expect(notice(other)).toContainText('deleted');
    await page.getByRole('button', { name: 'Delete customer' }).click();
    await expect(page.getByRole('dialog')).toContainText('Somebody else has deleted this customer already');
    await page.getByRole('dialog').getByRole('link', { name: 'Close' }).click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    expect((await stored(house, customer.email))[0].version).toBe('2');
  });

  test('what was deleted is listed, and restored from there', async ({ page, make, house }) => {
    const customer = await make();
    await open(page, `/customers/${customer.id}/delete`);
    await page.getByRole('button', { name: 'Delete customer' }).click();
    await expect(notice(page)).toContainText('deleted');
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Deleted' }).click();
    await expect(page).toHaveURL(/\/customers\/deleted$/);
    const table = page.getByRole('table', { name: 'Deleted customers' });
    const row = table.getByRole('row', { name: new RegExp(customer.name) });
    await expect(row).toContainText(customer.account);
    await row.getByRole('button', { name: `Restore ${customer.name}` }).click();
    await expect(notice(page)).toContainText(`Customer ${customer.name} restored`);
    await expect(row).toHaveCount(0);
    await expect.poll(() => focused(page)).not.toBe('body');
    expect((await stored(house, customer.email))[0].deleted).toBe(false);
    await open(page, `/customers?q=${customer.email}`);
    await new List(page).shows([customer.id]);
  });

  test('a restore whose email is taken by now names who has it', async ({ page, make, house }) => {
    const customer = await make();
    await remove(house.db, customer.id);
    const holder = await make({ email: customer.email, name: `Holder ${unique()}` });
    await open(page, '/customers/deleted');
    await page.getByRole('button', { name: `Restore ${customer.name}` }).click();
    const said = page.getByRole('status').filter({ hasText: holder.name });
    await expect(said).toContainText(`The email belongs to ${holder.name} (${holder.account}) now`);
    await expect(page.getByRole('row', { name: new RegExp(customer.name) })).toBeVisible();
  });
});

test.describe('the address of a dialog', () => {
  test('reloads to the same screen: the list with its query behind, the dialog above', async ({ page, make }) => {
    const word = unique();
    const [first, second] = [await make({ name: `A ${word}` }), await make({ name: `B ${word}` })];
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

  test('is a step of the history: Back closes the dialog, Forward opens it', async ({ page, make }) => {
    const customer = await make();
    await open(page, `/customers?q=${customer.email}`);
    await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toBeVisible();
    await page.goBack();
    await expect(dialog).toHaveCount(0);
    await page.goForward();
    await expect(dialog.getByRole('heading', { name: `Edit ${customer.name}` })).toBeVisible();
  });

  test('with from=record has the record behind and closes to it', async ({ page, make }) => {
    const customer = await make();
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

  test('stands above the page while its content is on its way; Escape leaves it, and the focus goes back', async ({ page, make }) => {
    const { name, email } = await make();
    await open(page, `/customers?q=${email}`);
    for (const [link, answer, heading] of [
      [`Edit ${name}`, '**/api/customers/form*', `Edit ${name}`],
      [`Delete ${name}`, '**/api/customers/deletion*', `Delete ${name}?`],
    ] as const) {
      const { wait, open: release } = gate();
      await page.route(answer, async (route) => {
        await wait;
        await route.continue();
      });
      const opener = page.getByRole('link', { name: link });
      const dialog = page.locator('dialog:modal');
      const waiting = dialog.getByRole('heading', { name: 'One moment…' });
      await opener.press('Enter');
      await expect(waiting).toBeVisible();
      await page.keyboard.press('Escape');
      await expect(dialog).toHaveCount(0);
      await expect(opener).toBeFocused();
      await opener.press('Enter');
      await expect(waiting).toBeVisible();
      release();
      await expect(dialog.getByRole('heading', { name: heading })).toBeVisible();
      await page.keyboard.press('Escape');
      await expect(dialog).toHaveCount(0);
      await expect(opener).toBeFocused();
    }
  });

  test('is modal: the page behind cannot be reached', async ({ page }) => {
    await open(page, '/customers/new');
    const dialog = page.getByRole('dialog');
    await expect(dialog).toBeVisible();
    expect(await dialog.evaluate((dialog) => dialog.matches(':modal'))).toBe(true);
    await takenOver(page);
    for (let step = 0; step < 60; step += 1) {
      await page.keyboard.press('Tab');
      const inside = await page.evaluate(() => document.activeElement === document.body || !!document.activeElement?.closest('dialog'));
      expect(inside).toBe(true);
    }
  });
});
