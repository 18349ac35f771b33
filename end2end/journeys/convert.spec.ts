import type { Page } from '@playwright/test';
import { Form } from '../support/form.ts';
import { leadFields } from '../support/leads.ts';
import { createPlan, PLAN } from '../support/plans.ts';
import { recordIds } from '../support/records.ts';
import { day } from '../support/services.ts';
import { expect, SCRIPT_MODES, statusMessage, test } from '../support/test.ts';
import { unique } from '../support/unique.ts';

/** How many keys a practised person presses in a second. */
const KEYS_A_SECOND = 5.5;

/** The dialog in which a lead becomes a customer. */
class ConvertForm extends Form {
  readonly convert;
  readonly duplicates;

  constructor(page: Page) {
    super(page, 'lead');
    this.convert = this.dialog.getByRole('button', { name: 'Convert to customer' });
    this.duplicates = this.dialog.getByRole('region', { name: 'Possible duplicates' });
  }
}

const convertLink = (page: Page) => page.getByRole('link', { name: 'Convert to customer' });
const leadCard = (page: Page) => page.locator('.related');
/** What a lead has not told yet. */
const missing = (word: string) => ({ email: `${word}@example.in`, pin_code: '560 001' });

for (const [mode, javaScriptEnabled] of SCRIPT_MODES) {
  const speed = javaScriptEnabled ? '137' : '138';

  test.describe(`Sales, ${mode}`, () => {
    test.use({ role: 'Sales', javaScriptEnabled });

    test('a lead becomes a customer, whose page shows the lead', async ({ page, app, createCustomer, createLead, visit, browserErrors }) => {
      if (!javaScriptEnabled) browserErrors.allow(/status of 422/);
      const referrer = await createCustomer();
      // The one plan on sale of the type and the speed that the lead wants.
      const plan = await createPlan(app, { plan: 'Wireless', download: speed });
      const lead = await createLead({
        plan: 'Wireless', speed,
        email: '', pin_code: '', expected_value: '', referred_by: referrer.account, owner: app.users.Sales.id, notes: 'First call\nSecond call',
      });
      await visit(page, `/leads/${lead.id}`);
      await convertLink(page).click();
      const form = new ConvertForm(page);
      await form.holds({ name: lead.name, phone: '+91 98450 12345', city: 'Bengaluru', state: 'Karnataka', plan_id: plan.id, starts_on: day(0), referred_by: referrer.account });
      await expect(form.field('tickets')).toHaveCount(0);
      await form.convert.click();
      for (const name of ['email', 'pin_code']) await expect(form.error(name), name).toBeVisible();
      await form.fill(missing(unique()));
      await form.convert.click();
      await expect(statusMessage(page, 'Customer')).toHaveText(new RegExp(`Customer ${lead.name} created: LM-\\d{7}`));
      await expect(page).toHaveURL(/\/customers\/[0-9a-f-]{36}$/);
      await expect(page.getByRole('heading', { level: 1, name: lead.name })).toBeVisible();
      await expect(page.getByRole('main').getByRole('link', { name: referrer.name })).toBeVisible();
      for (const text of [lead.number, 'Walk-in', app.users.Sales.name, 'Second call']) await expect(leadCard(page)).toContainText(text);
      await expect(page.getByRole('region', { name: 'History' })).toContainText(`created this customer from ${lead.name} (${lead.number})`);
      await leadCard(page).getByRole('link', { name: lead.name }).click();
      await expect(page).toHaveURL(new RegExp(`/leads/${lead.id}`));
      await expect(page.locator('.page-header .tag')).toHaveText('Won');
      await expect(page.getByRole('region', { name: 'History' })).toContainText(/changed stage from New to Won/);
      await expect(convertLink(page)).toHaveCount(0);
    });

    test('what the lead has not told is asked, and nothing is chosen for it', async ({ page, app, createLead, visit, browserErrors }) => {
      if (!javaScriptEnabled) browserErrors.allow(/status of 422/);
      const lead = await createLead({ plan: '', speed: '', expected_value: '' });
      const plan = await createPlan(app, { plan: 'Wireless', download: '200' });
      await visit(page, `/leads/${lead.id}/convert`);
      const form = new ConvertForm(page);
      await form.holds({ name: lead.name, plan_id: '' });
      await expect(form.field('plan_id').locator('option:checked')).toHaveText('Choose a plan');
      await form.convert.click();
      await expect(form.error('plan_id')).toContainText('Choose a plan');
      expect(await recordIds(app.db, 'customer', 'AND name = $1', [lead.name])).toEqual([]);
      await form.fill({ plan_id: plan.id, starts_on: day(20) });
      await form.convert.click();
      await expect(statusMessage(page, 'Customer')).toContainText('created');
      const stored = await app.db.query('SELECT status::text, plan_type::text, speed_kbps FROM customers WHERE name = $1', [lead.name]);
      // Nobody is connected before the day.
      expect(stored.rows).toEqual([{ status: 'Pending', plan_type: 'Wireless', speed_kbps: 200_000 }]);
    });

    test('two people convert a lead at once: one customer, and the second is led to it', async ({ page, newPage, app, createLead, visit, browserErrors }) => {
      if (!javaScriptEnabled) browserErrors.allow(/status of 409/);
      const lead = await createLead({ pin_code: '' });
      const other = await newPage('Admin');
      for (const each of [page, other]) await visit(each, `/leads/${lead.id}/convert?from=record`);
      const forms = [page, other].map((each) => new ConvertForm(each));
      for (const form of forms) await form.fill({ pin_code: '560001', plan_id: PLAN });
      await forms[0].convert.click();
      await expect(statusMessage(page, 'Customer')).toContainText('created');
      await forms[1].convert.click();
      await expect(forms[1].summary).toContainText(`This lead already became ${lead.name} (LM-`);
      await expect(forms[1].convert).toHaveCount(0);
      const [id] = await recordIds(app.db, 'customer', 'AND email = $1', [lead.email]);
      await expect(forms[1].summary.getByRole('link', { name: /^Open/ })).toHaveAttribute('href', `/customers/${id}`);
      expect(await recordIds(app.db, 'customer', 'AND name = $1', [lead.name])).toEqual([id]);
      // Who opens the dialog later is told at once.
      await visit(other, `/leads/${lead.id}/convert`);
      await expect(forms[1].summary).toContainText(`This lead already became ${lead.name}`);
    });

    test('a lead is linked to the customer who is there already', async ({ page, app, createCustomer, createLead, visit, browserErrors }) => {
      if (!javaScriptEnabled) browserErrors.allow(/status of 409/);
      const customer = await createCustomer({ phone: '99000 12121' });
      const lead = await createLead({ phone: '', email: customer.email });
      await visit(page, `/leads/${lead.id}/convert`);
      const form = new ConvertForm(page);
      const item = form.duplicates.getByRole('listitem').filter({ hasText: customer.account });
      await expect(item).toContainText('Same email');
      await item.getByRole('button', { name: 'Link to this customer' }).click();
      await expect(statusMessage(page, 'Linked')).toHaveText(new RegExp(`Linked to customer ${customer.name} \\(${customer.account}\\)`));
      await expect(page).toHaveURL(`/customers/${customer.id}`);
      await expect(leadCard(page)).toContainText(lead.number);
      const stage = await app.db.query('SELECT stage FROM leads WHERE id = $1 AND customer = $2', [lead.id, customer.id]);
      expect(stage.rows).toEqual([{ stage: 'Won' }]);
      // One customer comes of one lead.
      const second = await createLead({ email: customer.email });
      await visit(page, `/leads/${second.id}/convert`);
      await item.getByRole('button', { name: 'Link to this customer' }).click();
      await expect(form.summary).toContainText(`Another lead already became ${customer.name}`);
      await form.holds({ name: second.name });
    });

    test('a lead that was deleted meanwhile keeps what was typed', async ({ page, app, createLead, visit, browserErrors }) => {
      if (!javaScriptEnabled) browserErrors.allow(/status of 409/);
      const lead = await createLead();
      await visit(page, `/leads/${lead.id}/convert`);
      const form = new ConvertForm(page);
      await form.fill({ address: '99, Typed Road' });
      await app.db.query('UPDATE leads SET deleted_at = now(), version = version + 1 WHERE id = $1', [lead.id]);
      await form.convert.click();
      await expect(form.summary).toContainText(`${lead.name} was deleted.`);
      await form.holds({ address: '99, Typed Road' });
    });
  });

  test.describe(`Staff, ${mode}`, () => {
    test.use({ role: 'Staff', javaScriptEnabled });

    test('convert nothing, and see customers without their leads', async ({ page, app, createCustomer, createLead, visit, browserErrors }) => {
      browserErrors.allow(/status of 40[34]/);
      const [customer, lead] = [await createCustomer(), await createLead()];
      await app.db.query(`UPDATE leads SET stage = 'Won', customer = $2 WHERE id = $1`, [lead.id, customer.id]);
      const response = await visit(page, `/leads/${lead.id}/convert`);
      expect(response.status()).toBe(403);
      await visit(page, `/customers/${customer.id}`);
      await expect(page.getByRole('heading', { level: 1, name: customer.name })).toBeVisible();
      await expect(leadCard(page)).toHaveCount(0);
      expect((await visit(page, `/customers/${customer.id}/convert`)).status()).toBe(404);
    });
  });
}

test.describe('Sales at the keyboard', () => {
  test.use({ role: 'Sales' });

  test('a walk-in becomes a customer in under 20 seconds of typing', async ({ page, app, createCustomer, visit }) => {
    // Somebody in the house is a customer already: Enter never links to them.
    await createCustomer({ phone: '90350 77123' });
    let keys = 0;
    const type = async (text: string) => {
      keys += text.length;
      await page.keyboard.type(text);
    };
    const press = async (key: string) => {
      keys += 1;
      await page.keyboard.press(key);
    };
    const word = unique();
    const name = `Ravi ${word}`;
    await visit(page, '/leads/new');
    const form = new ConvertForm(page);
    await expect(form.field('name')).toBeFocused();
    await type(name);
    await press('Tab');
    await type('9035077123');
    await expect(form.duplicates).toContainText('Same phone');
    await press('Enter');
    await expect(statusMessage(page, 'Lead')).toContainText('created');
    const [id] = await recordIds(app.db, 'lead', 'AND name = $1', [name]);
    await visit(page, `/leads/${id}`);
    await convertLink(page).click();
    // The first field that lacks a value.
    await expect(form.field('email')).toBeFocused();
    await type(`${word}@mail.in`);
    // Nothing is chosen that nobody has said: the plan is asked, too; the start day is today.
    for (const text of ['', '7 Church Street', 'Pune', 'Mahar', '411001', '', 'Regular', '']) {
      await press('Tab');
      await type(text);
    }
    await press('Enter');
    await expect(statusMessage(page, 'Customer')).toContainText(`Customer ${name} created`);
    await expect(leadCard(page)).toContainText('LD-');
    const stored = await app.db.query('SELECT state, price_paise::int, plan_type::text FROM customers WHERE name = $1', [name]);
    expect(stored.rows).toEqual([{ state: 'Maharashtra', price_paise: 79_900, plan_type: 'Fiber' }]);
    test.info().annotations.push({ type: 'keys', description: `${keys} keys, ${(keys / KEYS_A_SECOND).toFixed(1)} s` });
    expect(keys / KEYS_A_SECOND).toBeLessThan(20);
  });

  test('possible duplicates are shown while typing, and never keep a lead from being saved', async ({ page, createCustomer, createLead, visit }) => {
    const word = unique();
    const customer = await createCustomer({ name: `Gurpreet ${word}`, phone: '91234 50001', city: 'Mysuru' });
    const lead = await createLead({ phone: '91234 50002', city: 'Goa' });
    await visit(page, '/leads/new');
    const form = new ConvertForm(page);
    await expect(form.duplicates).toHaveCount(0);
    await form.fill({ phone: '+91 91234-50002' });
    const item = (text: string) => form.duplicates.getByRole('listitem').filter({ hasText: text });
    await expect(item(lead.number)).toContainText('Same phone');
    await expect(form.dialog.locator('[aria-live=polite]')).toHaveText('1 possible duplicate');
    await form.fill({ phone: '91234 59999' });
    await expect(form.duplicates).toHaveCount(0);
    await expect(form.dialog.locator('[aria-live=polite]')).toHaveText('No possible duplicates');
    await form.fill({ name: `Gurpret ${word}`, city: 'Mysuru' });
    await expect(item(customer.account)).toContainText('Similar name in Mysuru');
    await expect(item(customer.account).getByRole('link')).toHaveAttribute('href', `/customers/${customer.id}`);
    await expect(form.duplicates.getByRole('button')).toHaveCount(0);
    await form.save.click();
    await expect(statusMessage(page, 'Lead')).toContainText('created');
    // An edit begins with them, and the lead is not its own.
    const edited = await createLead({ ...leadFields(), phone: '91234 50001' });
    await visit(page, `/leads/${edited.id}/edit`);
    await expect(item(customer.account)).toContainText('Same phone');
    await expect(item(edited.number)).toHaveCount(0);
    // All that is the same is said.
    await form.fill({ name: customer.name, city: 'Mysuru' });
    await expect(item(customer.account)).toContainText('Same phone, similar name in Mysuru');
  });
});
