// What people do most, in Firefox: another engine has its own ways with forms, focus and addresses. As Debian has built it, which Playwright cannot
// drive: puppeteer can.
import type { Browser } from 'puppeteer-core';
import { customerFields } from '../support/customers.ts';
import { PLAN } from '../support/plans.ts';
import { endServices } from '../support/services.ts';
import { FirefoxPage, launchFirefox } from '../support/firefox.ts';
import { expect, test as base } from '../support/test.ts';
import { createUser, type User } from '../support/users.ts';

const test = base.extend<{ openFirefox: (user?: User) => Promise<FirefoxPage> }, { firefox: Browser }>({
  firefox: [
    async ({}, use) => {
      const browser = await launchFirefox();
      await use(browser);
      await browser.close();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  openFirefox: async ({ firefox, app }, use) => {
    const pages: FirefoxPage[] = [];
    await use(async (user) => {
      const page = await FirefoxPage.open(firefox, app.url, user);
      pages.push(page);
      return page;
    });
    for (const page of pages) await page.close();
    expect(pages.flatMap((page) => page.errors)).toEqual([]);
  },
});

test.describe('in Firefox', () => {
  test.setTimeout(60_000);

  test('signing in leads to the page that was asked for, and signing out leaves nothing behind', async ({ app, openFirefox }) => {
    const user = await createUser(app, 'Staff');
    const page = await openFirefox();
    await page.goto('/customers?sort=-nps');
    await page.isAt('/sign-in?next=%2Fcustomers%3Fsort%3D-nps');
    expect(await page.focus()).toBe('email');
    await page.fill('email', user.email);
    await page.fill('password', 'not the password');
    await page.click('button', 'Sign in');
    await page.sees('Incorrect email or password');
    await page.hydrated();
    await page.fill('password', user.password);
    await page.click('button', 'Sign in');
    await page.isAt('/customers?sort=-nps');
    await page.hydrated();
    await page.click('button', 'Sign out');
    await page.isAt('/sign-in');
    await page.hydrated();
    await page.page.goBack();
    await page.sees('Sign in');
    expect(await page.names()).toEqual([]);
  });

  test('the list: search, filter, sort, pages, and Back', async ({ app, openFirefox }) => {
    const page = await openFirefox(app.users.Sales);
    await page.goto('/customers');
    const first = await page.names();
    expect(first).toHaveLength(25);
    await page.click('link', 'Next');
    await expect.poll(() => page.names()).not.toEqual(first);
    expect(await page.names()).toHaveLength(25);
    await page.page.goBack();
    await expect.poll(() => page.names()).toEqual(first);
    await page.fill('q', first[3]);
    await expect.poll(async () => (await page.names())[0]).toBe(first[3]);
    await expect.poll(() => page.page.evaluate(() => new URLSearchParams(location.search).get('q'))).toBe(first[3]);
    expect(await page.focus()).toBe('q');
    await page.clear('q');
    await expect.poll(() => page.names()).toEqual(first);
    await page.goto('/customers?status=Suspended');
    await page.click('link', 'Outstanding');
    await expect.poll(() => page.page.evaluate(() => location.search)).toMatch(/^\?status=Suspended&sort=-?outstanding$/);
    const rows = await app.db.query<{ name: string }>("SELECT name FROM customers WHERE status = 'Suspended' AND deleted_at IS NULL");
    const suspended = new Set(rows.rows.map((row) => row.name));
    await expect.poll(async () => (await page.names()).every((name) => suspended.has(name))).toBe(true);
  });

  test('a form: an error at its field, created, edited, deleted, undone', async ({ app, openFirefox }) => {
    const page = await openFirefox(app.users.Admin);
    await page.goto('/customers');
    await page.click('link', 'New customer');
    const { name, email, phone } = customerFields();
    await page.fill('name', String(name));
    await page.fill('email', 'asha');
    await page.fill('phone', String(phone));
    await page.click('button', 'Save customer');
    await page.sees('Email');
    await expect.poll(() => page.page.$eval('[name="email"]', (input) => input.getAttribute('aria-invalid'))).toBe('true');
    await page.fill('email', String(email));
    for (const [field, text] of Object.entries({ address: '14, MG Road', city: 'Bengaluru', state: 'Karnataka', pin_code: '560001', plan_id: PLAN })) {
      await page.fill(field, text);
    }
    await page.click('button', 'Save customer');
    await page.sees(`Customer ${String(name)} created`);
    const { rows } = await app.db.query<{ id: string }>('SELECT id FROM customers WHERE email = $1', [email]);
    const path = `/customers/${rows[0].id}`;
    await page.goto(path);
    await page.click('link', `Edit ${String(name)}`);
    await page.fill('city', 'Mysuru');
    await page.click('button', 'Save customer');
    await page.sees('Mysuru');
    await endServices(app.db, rows[0].id);
    await page.click('link', `Delete ${String(name)}`);
    await page.click('button', 'Delete customer');
    await page.sees('deleted');
    await page.click('button', 'Undo');
    await page.sees('restored');
    const restored = await app.db.query('SELECT 1 FROM customers WHERE email = $1 AND deleted_at IS NULL', [email]);
    expect(restored.rowCount).toBe(1);
  });
});
