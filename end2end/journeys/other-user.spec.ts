// Two tabs of one browser: in the second, somebody else signs in.
import type { Page } from '@playwright/test';
import type { TestApp } from '../support/app.ts';
import { customerFields } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { expect, SCRIPT_MODES, statusMessage, test } from '../support/test.ts';
import { unique } from '../support/unique.ts';
import { createUser, submitSignIn, useSession, type User } from '../support/users.ts';

/** Asha fills a form; then Ravi signs in, in another tab. */
async function typeAsTheFirst(app: TestApp, newPage: (user: User) => Promise<Page>) {
  const [asha, ravi] = [await createUser(app, 'Admin', { name: `אשה ${unique()}` }), await createUser(app, 'Admin')];
  const page = await newPage(asha);
  await page.goto('/customers/new');
  const form = new Form(page);
  const typed = customerFields();
  await form.fill(typed);
  await useSession(page.context(), ravi);
  return { page, form, typed, asha, ravi };
}

/** A name that is written from right to left, as it stands in a sentence. */
const isolated = (name: string) => `\u2068${name}\u2069`;

for (const [mode, javaScriptEnabled] of SCRIPT_MODES) {
  test.describe(mode, () => {
    test.use({ javaScriptEnabled });

    test('the second user goes on with the form of the first', async ({ newPage, app, browserErrors }) => {
      browserErrors.allow(/status of 409/);
      const { page, form, typed, asha, ravi } = await typeAsTheFirst(app, newPage);
      await form.save.click();
      await expect(page.getByRole('alert')).toContainText(`This page was opened by ${isolated(asha.name)}. You are now signed in as ${ravi.name}`);
      expect((await app.db.query('SELECT 1 FROM customers WHERE email = $1', [typed.email])).rowCount).toBe(0);
      await page.getByRole('button', { name: `Continue as ${ravi.name}` }).click();
      await expect(statusMessage(page, `Customer ${typed.name} created`)).toBeVisible();
      const writers = await app.db.query(
        `SELECT DISTINCT h.actor FROM history h JOIN customers c ON c.id = h.entity_id WHERE c.email = $1`, [typed.email],
      );
      expect(writers.rows).toEqual([{ actor: ravi.id }]);
    });

    test('the first user signs in again and finds what was typed', async ({ newPage, app, browserErrors }) => {
      browserErrors.allow(/status of 409/);
      const { page, form, typed, asha } = await typeAsTheFirst(app, newPage);
      await form.save.click();
      await page.getByRole('button', { name: `Sign in as ${isolated(asha.name)}` }).click();
      await submitSignIn(page, asha.email, asha.password);
      if (!javaScriptEnabled) await page.getByRole('button', { name: 'Continue' }).click();
      await form.holds(typed);
      await form.save.click();
      await expect(statusMessage(page, `Customer ${typed.name} created`)).toBeVisible();
    });

    test('a deletion is asked again when somebody else has changed the customer', async ({ newPage, app, createCustomer, browserErrors }) => {
      browserErrors.allow(/status of 409/);
      const page = await newPage(app.users.Admin);
      const customer = await createCustomer({ status: 'Cancelled' });
      await page.goto(`/customers/${customer.id}/delete`);
      await app.db.query("UPDATE customers SET city = 'Mysuru', version = version + 1 WHERE id = $1", [customer.id]);
      await page.getByRole('button', { name: 'Delete customer' }).click();
      await expect(page.getByRole('alert')).toContainText('changed after you opened this');
      await page.getByRole('button', { name: 'Delete anyway' }).click();
      await expect(statusMessage(page, `Customer ${customer.name} deleted`)).toBeVisible();
    });
  });
}

test('a tab that is visible again says that somebody else is signed in', async ({ newPage, app }) => {
  const [asha, ravi] = [await createUser(app, 'Admin'), await createUser(app, 'Admin')];
  const page = await newPage(asha);
  await page.goto('/customers/new');
  const form = new Form(page);
  await form.fill({ name: 'Meera' });
  await useSession(page.context(), ravi);
  await expect(async () => {
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
    await expect(statusMessage(page, `This page was opened by ${asha.name}. You are now signed in as ${ravi.name}.`)).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await form.holds({ name: 'Meera' });
});
