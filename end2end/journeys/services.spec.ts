import type { Locator, Page } from '@playwright/test';
import type { TestApp } from '../support/app.ts';
import { Form } from '../support/form.ts';
import { tabTo } from '../support/keyboard.ts';
import { createPlan, PLAN } from '../support/plans.ts';
import { actOnService, day, dayText, servicesOf } from '../support/services.ts';
import { expect, SCRIPT_MODES, statusMessage, test } from '../support/test.ts';
import { unique } from '../support/unique.ts';
import { postForm } from '../support/users.ts';

const FORBIDDEN = "You don't have permission to";
const BASE_PLAN = 'Regular fiber';

/** The card of a service, by the name of its plan. */
const card = (page: Page, plan: string): Locator => page.getByRole('region', { name: new RegExp(`^${plan} `) });
const dialog = (page: Page): Locator => page.getByRole('dialog');
const summary = (page: Page): Locator => dialog(page).locator('.summary');
/** The tag beside a customer's name. */
const customerStatus = (page: Page): Locator => page.locator('.page-header .tag').first();

/** Opens the dialog of an action from the card of a service. */
async function openAction(page: Page, plan: string, action: string): Promise<void> {
  await card(page, plan).getByRole('link', { name: `${action}: ${plan}`, exact: true }).click();
  await expect(dialog(page).getByRole('heading', { level: 2 })).toHaveText(`${action}: ${plan}`);
}

const submit = (page: Page, name: string): Promise<void> => dialog(page).getByRole('button', { name, exact: true }).click();

/** What the database holds of a customer. */
async function stored(app: TestApp, id: string): Promise<Record<string, unknown>> {
  const found = await app.db.query(
    'SELECT status::text, plan_type::text, price_paise::int, cancelled_on::text, cancel_reason, version::int FROM customers WHERE id = $1', [id],
  );
  return found.rows[0];
}

for (const [mode, javaScriptEnabled] of SCRIPT_MODES) {
  test.describe(mode, () => {
    test.use({ javaScriptEnabled });

    test('a new customer takes at most fourteen controls, and has the service', async ({ page, app, visit }) => {
      const word = unique();
      await visit(page, '/customers/new');
      const form = new Form(page);
      const controls = form.dialog.locator('input:not([type=hidden]), select, textarea');
      expect(await controls.count()).toBeLessThanOrEqual(14);
      await form.holds({ starts_on: day(0) });
      await form.fill({
        name: `Asha ${word}`, email: `${word}@example.in`, phone: '98450 12345', address: '14, MG Road', city: 'Bengaluru', state: 'Karnataka', pin_code: '560001',
        plan_id: PLAN,
      });
      await form.save.click();
      await expect(statusMessage(page, `Customer Asha ${word} created`)).toBeVisible();
      const { rows } = await app.db.query('SELECT id FROM customers WHERE email = $1', [`${word}@example.in`]);
      await visit(page, `/customers/${rows[0].id}`);
      await expect(customerStatus(page)).toHaveText('Active');
      for (const text of ['Active', '₹799 per month, billed monthly', 'Fiber 100 Mbps', dayText(0)]) await expect(card(page, BASE_PLAN)).toContainText(text);
      expect(await stored(app, rows[0].id)).toMatchObject({ status: 'Active', plan_type: 'Fiber', price_paise: 79_900, version: 1 });
    });

    test('a second service is ordered for a later day, with a login', async ({ page, app, createCustomer, visit, browserErrors }) => {
      browserErrors.allow(/status of 422/);
      const customer = await createCustomer();
      const plan = await createPlan(app, { plan: 'Wireless', price: '1499' });
      const login = `${unique()}@fiber`;
      await visit(page, `/customers/${customer.id}`);
      await page.getByRole('link', { name: 'Order a service' }).click();
      await expect(dialog(page).getByRole('heading', { level: 2 })).toHaveText('Order a service');
      // Everything that is wrong is said at once.
      await dialog(page).getByLabel('Login').fill('a b');
      await submit(page, 'Order service');
      await expect(summary(page)).toContainText('Fix 2 fields to save.');
      await expect(dialog(page).locator('#input-plan-error')).toHaveText('Choose a plan.');
      await expect(dialog(page).locator('#input-login-error')).toContainText('Enter 3 to 64 letters');
      await expect(dialog(page).getByLabel('Login')).toHaveValue('a b');
      await dialog(page).getByLabel('Plan').selectOption(plan.id);
      await dialog(page).getByLabel('Start day').fill(day(5));
      await dialog(page).getByLabel('Login').fill(login);
      await submit(page, 'Order service');
      await expect(statusMessage(page, 'Service ordered')).toBeVisible();
      await expect(page).toHaveURL(new RegExp(`/customers/${customer.id}$`));
      for (const text of ['Ordered', '₹1,499 per month', `Planned start${dayText(5)}`, login, `${dayText(5)}: Activated`]) await expect(card(page, plan.name)).toContainText(text);
      // Who has a service that is connected is no customer who waits for one.
      await expect(customerStatus(page)).toHaveText('Active');
      await openAction(page, plan.name, 'Activate');
      await submit(page, 'Activate');
      await expect(statusMessage(page, `${plan.name}: activated`)).toBeVisible();
      await expect(card(page, plan.name).locator('.tag')).toHaveText('Active');
      // The dearer one is the main service now.
      expect(await stored(app, customer.id)).toMatchObject({ plan_type: 'Wireless', price_paise: 149_900 });
      // Another service cannot have its login.
      await openAction(page, BASE_PLAN, 'Change login');
      await dialog(page).getByLabel('Login').fill(login.toUpperCase());
      await submit(page, 'Change login');
      await expect(dialog(page).locator('#input-login-error')).toContainText('Another service has this login');
      await expect(dialog(page).getByLabel('Login')).toHaveValue(login.toUpperCase());
    });

    test('a change of plan for a later day is shown with its price, kept, and withdrawn', async ({ page, app, createCustomer, visit }) => {
      const customer = await createCustomer();
      const plan = await createPlan(app, { download: '300', price: '999' });
      await visit(page, `/customers/${customer.id}`);
      await openAction(page, BASE_PLAN, 'Change plan');
      await expect(dialog(page)).toContainText(`Now: ${BASE_PLAN}, ₹799 per month, billed monthly.`);
      await expect(dialog(page).getByRole('option', { name: plan.name })).toHaveText(`${plan.name}: 300 Mbps, ₹999 per month, billed monthly (₹200 more)`);
      await dialog(page).getByLabel('New plan').selectOption(plan.id);
      await dialog(page).getByLabel('Day', { exact: true }).fill(day(3));
      await submit(page, 'Change plan');
      await expect(statusMessage(page, `${BASE_PLAN}: plan changed on ${dayText(3)}`)).toBeVisible();
      const planned = `${dayText(3)}: Plan changed, ${plan.name} at ₹999 per month`;
      await expect(card(page, BASE_PLAN).getByRole('listitem')).toContainText(planned);
      expect(await stored(app, customer.id)).toMatchObject({ price_paise: 79_900 });
      await card(page, BASE_PLAN).getByRole('link', { name: `Withdraw ${planned}` }).click();
      await expect(dialog(page)).toContainText('The service stays as it is.');
      await submit(page, 'Withdraw');
      await expect(statusMessage(page, 'Planned change withdrawn')).toBeVisible();
      await expect(card(page, BASE_PLAN).getByRole('listitem')).toHaveCount(0);
      await page.getByRole('link', { name: 'All that happened' }).click();
      const row = page.getByRole('table', { name: `What happened to ${BASE_PLAN}` }).getByRole('row').filter({ hasText: 'Plan changed' });
      for (const text of [dayText(3), 'Withdrawn', 'Request', app.users.Admin.name]) await expect(row).toContainText(text);
    });

    test('a change of plan for today is there at once', async ({ page, app, createCustomer, visit }) => {
      const customer = await createCustomer();
      const plan = await createPlan(app, { price: '599', billing_cycle: 'Annual' });
      await visit(page, `/customers/${customer.id}`);
      await openAction(page, BASE_PLAN, 'Change plan');
      await dialog(page).getByLabel('New plan').selectOption(plan.id);
      await submit(page, 'Change plan');
      await expect(statusMessage(page, `${BASE_PLAN}: plan changed`)).toBeVisible();
      await expect(card(page, plan.name)).toContainText('₹599 per month, billed annual');
      expect(await stored(app, customer.id)).toMatchObject({ price_paise: 59_900, version: 1 });
    });

    test('a service is suspended for dues and resumed after a payment, each with its cause', async ({ page, createCustomer, visit }) => {
      const customer = await createCustomer({ outstanding: '1250' });
      await visit(page, `/customers/${customer.id}`);
      await openAction(page, BASE_PLAN, 'Suspend');
      await expect(dialog(page)).toContainText('The customer owes ₹1,250.');
      await expect(dialog(page).getByLabel('Cause')).toHaveValue('Dues');
      await dialog(page).getByLabel(/^Reason/).fill('Third reminder <b>');
      await submit(page, 'Suspend');
      await expect(statusMessage(page, `${BASE_PLAN}: suspended`)).toBeVisible();
      await expect(card(page, BASE_PLAN).locator('.tag')).toHaveText('Suspended');
      await expect(customerStatus(page)).toHaveText('Suspended');
      // It cannot be suspended or paused again.
      for (const name of ['Suspend', 'Pause']) await expect(card(page, BASE_PLAN).getByRole('link', { name: `${name}: ${BASE_PLAN}` })).toHaveCount(0);
      await openAction(page, BASE_PLAN, 'Resume');
      await dialog(page).getByLabel('Cause').selectOption('Payment');
      await submit(page, 'Resume');
      await expect(statusMessage(page, `${BASE_PLAN}: resumed`)).toBeVisible();
      await expect(customerStatus(page)).toHaveText('Active');
      await visit(page, `/services/${customer.id}`);
      const table = page.getByRole('table', { name: `What happened to ${BASE_PLAN}` });
      await expect(table.locator('tbody td[data-label="Why"]')).toHaveText(['Payment', 'Dues: Third reminder <b>', 'Request', 'Request'], { useInnerText: true });
      await expect(table.locator('tbody td[data-label="What"]').nth(0)).toHaveText('Resumed');
    });

    test('a service is ended with a reason: the customer has cancelled, and can be deleted', async ({ page, app, createCustomer, visit, browserErrors }) => {
      browserErrors.allow(/status of 422/);
      const customer = await createCustomer();
      // First the dialog of the deletion says why not, and leads to the services.
      await visit(page, `/customers/${customer.id}/delete?from=record`);
      await expect(dialog(page)).toContainText('This customer has a service. End it first');
      await expect(dialog(page).getByRole('button', { name: 'Delete customer' })).toHaveCount(0);
      await dialog(page).getByRole('link', { name: 'Services of this customer' }).click();
      await expect(page).toHaveURL(new RegExp(`/services/${customer.id}$`));
      await openAction(page, BASE_PLAN, 'End service');
      await submit(page, 'End service');
      await expect(dialog(page).locator('#input-reason-error')).toHaveText('Enter why the service ends.');
      await dialog(page).getByLabel('Cause').selectOption('Move');
      await dialog(page).getByLabel('Reason').fill('Moved to Pune');
      await submit(page, 'End service');
      await expect(statusMessage(page, `${BASE_PLAN}: ended`)).toBeVisible();
      await expect(customerStatus(page)).toHaveText('Cancelled');
      await expect(card(page, BASE_PLAN)).toContainText(`${dayText(0)}: Moved to Pune`);
      await expect(card(page, BASE_PLAN).getByRole('link')).toHaveCount(0);
      expect(await stored(app, customer.id)).toMatchObject({ status: 'Cancelled', cancelled_on: day(0), cancel_reason: 'Moved to Pune' });
      await page.getByRole('link', { name: `Delete ${customer.name}` }).click();
      await page.getByRole('button', { name: 'Delete customer' }).click();
      await expect(statusMessage(page, `Customer ${customer.name} deleted`)).toBeVisible();
    });

    test('the price of a plan that services have cannot be changed', async ({ page, app, createCustomer, visit, browserErrors }) => {
      browserErrors.allow(/status of 422/);
      const plan = await createPlan(app, { price: '899' });
      await createCustomer({ plan_id: plan.id });
      await visit(page, `/plans/${plan.id}/edit`);
      const form = new Form(page, 'plan');
      await form.fill({ price: '949' });
      await form.save.click();
      await expect(form.error('price')).toHaveText(
        '1 service has this plan at ₹899, and a price never changes silently. Create a new plan at the new price, and withdraw this one.',
      );
      await form.holds({ price: '949' });
      await form.fill({ price: '899', upload: '60' });
      await form.save.click();
      await expect(statusMessage(page, `Plan ${plan.name} saved`)).toBeVisible();
    });

    test('two people at once: the second sees how the service is now, with what was typed', async ({ page, newPage, createCustomer, visit, browserErrors }) => {
      browserErrors.allow(/status of 409/);
      const customer = await createCustomer();
      const other = await newPage('Admin');
      for (const each of [page, other]) {
        await visit(each, `/customers/${customer.id}`);
        await openAction(each, BASE_PLAN, 'End service');
      }
      await dialog(other).getByRole('link', { name: 'Cancel' }).click();
      await openAction(other, BASE_PLAN, 'Pause');
      await submit(other, 'Pause');
      await expect(statusMessage(other, `${BASE_PLAN}: paused`)).toBeVisible();
      await dialog(page).getByLabel('Reason').fill('Typed & "kept" <b>');
      await dialog(page).getByLabel('Cause').selectOption('Fault');
      await submit(page, 'End service');
      await expect(summary(page)).toContainText('Another user changed this service since you opened the page.');
      await expect(dialog(page).getByLabel('Reason')).toHaveValue('Typed & "kept" <b>');
      await expect(dialog(page).getByLabel('Cause')).toHaveValue('Fault');
      if (javaScriptEnabled) await expect(card(page, BASE_PLAN).locator('.tag')).toHaveText('Paused');
      // Whoever has seen it decides again.
      await submit(page, 'End service');
      await expect(statusMessage(page, `${BASE_PLAN}: ended`)).toBeVisible();
    });

    test('what was withdrawn by somebody else cannot be withdrawn again', async ({ page, newPage, app, createCustomer, visit, browserErrors }) => {
      browserErrors.allow(/status of 409/);
      const customer = await createCustomer();
      await actOnService(app.url, customer.id, 'pause', { day: day(4), cause: 'Move' });
      const other = await newPage('Admin');
      for (const each of [page, other]) {
        await visit(each, `/customers/${customer.id}`);
        await card(each, BASE_PLAN).getByRole('link', { name: /^Withdraw/ }).click();
      }
      await submit(other, 'Withdraw');
      await expect(statusMessage(other, 'Planned change withdrawn')).toBeVisible();
      await submit(page, 'Withdraw');
      await expect(dialog(page)).toContainText('was done or withdrawn meanwhile');
    });

    test('Staff see the services without buttons, and none of the dialogs', async ({ newPage, app, createCustomer, visit, browserErrors }) => {
      browserErrors.allow(/status of 403/);
      const customer = await createCustomer();
      await actOnService(app.url, customer.id, 'pause', { day: day(4), cause: 'Move' });
      const [service] = await servicesOf(app.url, customer.id);
      const { rows } = await app.db.query('SELECT id FROM service_events WHERE service_id = $1 AND applied_at IS NULL', [service.id]);
      const page = await newPage('Staff');
      for (const address of [`/customers/${customer.id}`, `/services/${customer.id}`]) {
        await visit(page, address);
        await expect(card(page, BASE_PLAN)).toContainText(`${dayText(4)}: Paused`);
        await expect(card(page, BASE_PLAN).getByRole('link')).toHaveCount(0);
        await expect(page.getByRole('link', { name: 'Order a service' })).toHaveCount(0);
      }
      const actions = ['activate', 'change-plan', 'suspend', 'pause', 'resume', 'end', 'login'].map((action) => `${service.id}/${action}`);
      for (const path of ['order', ...actions, `${rows[0].id}/withdraw`]) {
        const address = `/services/${customer.id}/${path}`;
        expect((await visit(page, address)).status(), address).toBe(403);
        await expect(page.getByRole('dialog', { name: 'Not allowed' })).toContainText(FORBIDDEN);
        const form = { version: String(service.version), day: day(0), cause: 'Request', reason: 'Intruder', plan: PLAN };
        expect((await postForm(app.url + address, form, app.users.Staff)).status, address).toBe(403);
      }
      expect((await servicesOf(app.url, customer.id))[0]).toEqual(service);
    });

    test('Sales order services and change plans, and nothing else', async ({ newPage, app, createCustomer, visit, browserErrors }) => {
      browserErrors.allow(/status of 403/);
      const customer = await createCustomer();
      const plan = await createPlan(app, { price: '749' });
      const [service] = await servicesOf(app.url, customer.id);
      const page = await newPage('Sales');
      await visit(page, `/customers/${customer.id}`);
      await expect(card(page, BASE_PLAN).getByRole('link')).toHaveText(['Change plan']);
      for (const action of ['suspend', 'pause', 'resume', 'end', 'login', 'activate']) {
        const address = `/services/${customer.id}/${service.id}/${action}`;
        expect((await visit(page, address)).status(), address).toBe(403);
        expect((await postForm(app.url + address, { version: '1', day: day(0), cause: 'Request', reason: 'x' }, app.users.Sales)).status, address).toBe(403);
      }
      await visit(page, `/customers/${customer.id}`);
      await openAction(page, BASE_PLAN, 'Change plan');
      await dialog(page).getByLabel('New plan').selectOption(plan.id);
      await submit(page, 'Change plan');
      await expect(statusMessage(page, `${BASE_PLAN}: plan changed`)).toBeVisible();
      await page.getByRole('link', { name: 'Order a service' }).click();
      await dialog(page).getByLabel('Plan').selectOption(PLAN);
      await submit(page, 'Order service');
      await expect(statusMessage(page, 'Service ordered')).toBeVisible();
      await expect(card(page, BASE_PLAN)).toContainText('Active');
      await expect(card(page, plan.name)).toContainText('Active');
    });

    test('a service of another customer, an unknown one and a deleted customer are not found', async ({ page, app, createCustomer, visit, browserErrors }) => {
      browserErrors.allow(/status of 404/);
      const [one, other] = [await createCustomer(), await createCustomer()];
      const [{ id, version }] = await servicesOf(app.url, other.id);
      const form = { version: String(version), day: day(0), cause: 'Request', reason: 'x' };
      expect((await postForm(`${app.url}/services/${one.id}/${id}/end`, form)).status).toBe(404);
      expect(await stored(app, other.id)).toMatchObject({ status: 'Active' });
      for (const path of [crypto.randomUUID(), '7', `${one.id}/fly`]) expect((await visit(page, `/services/${path}`)).status(), path).toBe(404);
    });
  });
}

test('with the keyboard alone: open a dialog, end a service, and go on where one was', async ({ page, createCustomer, visit }) => {
  const customer = await createCustomer();
  await visit(page, `/customers/${customer.id}`);
  const end = card(page, BASE_PLAN).getByRole('link', { name: `End service: ${BASE_PLAN}`, exact: true });
  await tabTo(page, end);
  await page.keyboard.press('Enter');
  await expect(dialog(page)).toBeVisible();
  // Escape leads back to the record, which is another page: one goes on at its heading.
  await page.keyboard.press('Escape');
  await expect(dialog(page)).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1, name: customer.name })).toBeFocused();
  await tabTo(page, end);
  await page.keyboard.press('Enter');
  await tabTo(page, dialog(page).getByLabel('Reason'), 12);
  await page.keyboard.type('Moved away');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('alertdialog')).toContainText('Discard changes?');
  // "Keep editing" has the focus.
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alertdialog')).toHaveCount(0);
  await tabTo(page, dialog(page).getByRole('button', { name: 'End service', exact: true }), 12);
  await page.keyboard.press('Enter');
  await expect(statusMessage(page, `${BASE_PLAN}: ended`)).toBeVisible();
  await expect(customerStatus(page)).toHaveText('Cancelled');
});
