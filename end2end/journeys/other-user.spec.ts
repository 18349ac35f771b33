// Two tabs of one browser: in the second, somebody else signs in.
import { customerFields } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { expect, SCRIPT_MODES, statusMessage, test } from '../support/test.ts';
import { createUser, submitSignIn, useSession } from '../support/users.ts';

for (const [mode, javaScriptEnabled] of SCRIPT_MODES) {
  test.describe(mode, () => {
    test.use({ javaScriptEnabled });

    test('the second user goes on with the form of the first', async ({ newPage, app, browserErrors }) => {
      browserErrors.allow(/status of 409/);
      const [asha, ravi] = [await createUser(app, 'Admin'), await createUser(app, 'Admin')];
      const page = await newPage(asha);
      await page.goto('/customers/new');
      const form = new Form(page);
      const typed = customerFields();
      await form.fill(typed);
      await useSession(page.context(), ravi);
      await form.save.click();
      await expect(page.getByRole('alert')).toContainText(`This page was opened by ${asha.name}. You are signed in as ${ravi.name} now`);
      expect((await app.db.query('SELECT 1 FROM customers WHERE email = $1', [typed.email])).rowCount).toBe(0);
      await page.getByRole('button', { name: `Go on as ${ravi.name}` }).click();
      await expect(statusMessage(page, `Customer ${typed.name} created`)).toBeVisible();
      const writers = await app.db.query(
        `SELECT DISTINCT h.actor FROM history h JOIN customers c ON c.id = h.entity_id WHERE c.email = $1`, [typed.email],
      );
      expect(writers.rows).toEqual([{ actor: ravi.id }]);
    });

    test('the first user signs in again and finds what was typed', async ({ newPage, app, browserErrors }) => {
      browserErrors.allow(/status of 409/);
      const [asha, ravi] = [await createUser(app, 'Admin'), await createUser(app, 'Admin')];
      const page = await newPage(asha);
      await page.goto('/customers/new');
      const form = new Form(page);
      const typed = customerFields();
      await form.fill(typed);
      await useSession(page.context(), ravi);
      await form.save.click();
      await page.getByRole('button', { name: `Sign in as ${asha.name}` }).click();
      await submitSignIn(page, asha.email, asha.password);
      if (!javaScriptEnabled) await page.getByRole('button', { name: 'Go on' }).click();
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
      await expect(page.getByRole('alert')).toContainText('was changed by somebody else since you opened this');
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
    await expect(statusMessage(page, `This page was opened by ${asha.name}. You are signed in as ${ravi.name} now.`)).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await form.holds({ name: 'Meera' });
});
