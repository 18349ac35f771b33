import type { Locator, Page } from '@playwright/test';
import { customerFields, editFields } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { List } from '../support/list.ts';
import { day } from '../support/services.ts';
import { expect, SCRIPT_MODES, statusMessage, test } from '../support/test.ts';
import { unique } from '../support/unique.ts';

// What people really type and paste: nothing of it is cut off, lost, or taken for something else.

/** Types half a date into a date input, as one who is interrupted does. */
async function typeHalfADate(page: Page, field: Locator): Promise<void> {
  await field.focus();
  await page.keyboard.press('Delete');
  expect(await field.evaluate((input: HTMLInputElement) => [input.value, input.validity.badInput])).toEqual(['', true]);
}

for (const [mode, javaScriptEnabled] of SCRIPT_MODES) {
  test.describe(mode, () => {
    test.use({ javaScriptEnabled });

    test('what is pasted with spaces, signs and other digits is saved whole', async ({ page, app, visit, createCustomer }) => {
      const word = unique();
      const customer = await createCustomer();
      const form = new Form(page);
      await visit(page, `/customers/${customer.id}/edit`);
      await form.fill({
        ...editFields(), name: ` Asha\u200b ${word} `, email: ` ${word}\u200b@xn--j2bd4cyah0f.xn--h2brj9c`, phone: '\u202a+91 (0) 98450\u201112345\u202c',
        pin_code: '                 ५६० ००१', tickets: '                 1,367', data_used: '1,36,750.50 GB', nps: '\u221240', average_speed: '１００ Mbps',
        peak_hours: ['21.00', '12 am'],
      });
      await form.save.click();
      await expect(page.getByRole('status').filter({ hasText: `Customer Asha ${word}` })).toBeVisible();
      const { rows } = await app.db.query(
        `SELECT name, email, phone, pin_code, tickets, data_used_mb, nps, average_speed_kbps, peak_hours FROM customers WHERE id = $1`, [customer.id],
      );
      expect(rows).toEqual([{
        name: `Asha ${word}`, email: `${word}@हिन्दी.भारत`, phone: '+919845012345', pin_code: '560001', tickets: 1367, data_used_mb: '136750500',
        nps: -40, average_speed_kbps: 100_000, peak_hours: [1260, 0],
      }]);
    });

    test('half a date is not sent, and the date that was there stays', async ({ page, app, visit, createCustomer }) => {
      const customer = await createCustomer({ tickets: '1', last_ticket_on: '2026-08-09' });
      const lastTicket = async () => {
        const { rows } = await app.db.query<{ day: string | null }>('SELECT last_ticket_on::text AS day FROM customers WHERE id = $1', [customer.id]);
        return rows[0].day;
      };
      const form = new Form(page);
      await visit(page, `/customers/${customer.id}/edit`);
      let posts = 0;
      page.on('request', (request) => { if (request.method() === 'POST') posts += 1; });
      await typeHalfADate(page, form.field('last_ticket_on'));
      await form.save.click();
      await expect(form.field('last_ticket_on')).toBeFocused();
      expect(posts).toBe(0);
      expect(await lastTicket()).toBe('2026-08-09');
      // On purpose it can be removed.
      await form.fill({ last_ticket_on: '' });
      await form.save.click();
      await expect.poll(lastTicket).toBeNull();
    });

    test('half a start day of a new customer is not sent', async ({ page, app, visit }) => {
      const form = new Form(page);
      await visit(page, '/customers/new');
      const typed = customerFields();
      await form.fill(typed);
      let posts = 0;
      page.on('request', (request) => { if (request.method() === 'POST') posts += 1; });
      await typeHalfADate(page, form.field('starts_on'));
      await form.save.click();
      await expect(form.field('starts_on')).toBeFocused();
      expect(posts).toBe(0);
      await form.fill({ starts_on: '2024-03-01' });
      await form.save.click();
      await expect(page.getByRole('status').filter({ hasText: String(typed.name) })).toBeVisible();
      const { rows } = await app.db.query(
        'SELECT s.starts_on::text FROM services s JOIN customers c ON c.id = s.customer_id WHERE c.email = $1', [typed.email],
      );
      expect(rows).toEqual([{ starts_on: '2024-03-01' }]);
    });

    test('half a day of an action is not sent', async ({ page, app, visit, createCustomer }) => {
      const customer = await createCustomer();
      await visit(page, `/services/${customer.id}/order`);
      const start = page.getByLabel('Start day', { exact: true });
      const order = page.getByRole('button', { name: 'Order service', exact: true });
      await page.getByLabel('Plan', { exact: true }).selectOption({ index: 1 });
      let posts = 0;
      page.on('request', (request) => { if (request.method() === 'POST') posts += 1; });
      await typeHalfADate(page, start);
      await order.click();
      await expect(start).toBeFocused();
      expect(posts).toBe(0);
      await start.fill(day(3));
      await order.click();
      await expect(statusMessage(page, 'Service ordered')).toBeVisible();
      const { rows } = await app.db.query(`SELECT starts_on::text FROM services WHERE customer_id = $1 AND status = 'Ordered'`, [customer.id]);
      expect(rows).toEqual([{ starts_on: day(3) }]);
    });

    test('half a time is refused at its field, and stays typed', async ({ page, app, visit, createCustomer, browserErrors }) => {
      browserErrors.allow(/status of 422/);
      const customer = await createCustomer({ peak_hours: ['21:00', '00:00'] });
      const form = new Form(page);
      await visit(page, `/customers/${customer.id}/edit`);
      await form.fill({ peak_hours: ['21:', '00:00'] });
      await form.save.click();
      await expect(form.error('peak_hours')).toContainText('“21:” is no time of day');
      await form.holds({ peak_hours: ['21:', '00:00'] });
      const { rows } = await app.db.query('SELECT peak_hours FROM customers WHERE id = $1', [customer.id]);
      expect(rows).toEqual([{ peak_hours: [1260, 0] }]);
    });

    test('a phone number that is none says what is wrong with it', async ({ page, visit, browserErrors }) => {
      browserErrors.allow(/status of 422/);
      const form = new Form(page);
      await visit(page, '/customers/new');
      for (const [phone, message] of [['98450 1234', 'this number has 9'], ['98450 12345, 98450 54321', 'these are two'], ['98450 1234x', '“x”']]) {
        await form.fill({ ...customerFields(), phone });
        await form.save.click();
        await expect(form.error('phone')).toContainText(message);
        await form.holds({ phone });
      }
    });

    test('a name that nobody can see is no name', async ({ page, visit, browserErrors }) => {
      browserErrors.allow(/status of 422/);
      const form = new Form(page);
      await visit(page, '/customers/new');
      for (const name of ['\u200b', '\u2800', '\u3164']) {
        await form.fill({ ...customerFields(), name });
        await form.save.click();
        await expect(form.error('name')).toContainText('full name');
      }
    });

    test('a search finds what people take for the same', async ({ page, visit, createCustomer }) => {
      const word = unique();
      const jose = await createCustomer({ name: `José ${word} D’Souza`, phone: '98450 77777' });
      const list = new List(page);
      for (const search of [`jose ${word}`, `"D'Souza, ${word}"`, `${word}, JOSÉ`, `${word}\u200b`, jose.account.replace('LM-', 'lm')]) {
        await visit(page, '/customers');
        await list.search.fill(search);
        await list.search.press('Enter');
        await list.shows([jose.id]);
      }
    });
  });
}
