import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { fields, remove, unique, uuid } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { tabTo } from '../support/keys.ts';
import { List } from '../support/list.ts';
import { become, bytesOf, code, enter, linkIn, newcomer, user, type Role } from '../support/people.ts';
import { expect, open, takenOver, test, type House } from '../support/test.ts';

// axe looks at every screen four times.
test.describe.configure({ timeout: 60_000 });

/** What axe finds, in a line each. */
async function violations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help} (${target.join(' ')})`));
}

const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

const screens: [string, (page: Page, id: string) => Promise<void>][] = [
  ['the list', async (page) => void (await open(page, '/customers?status=Active&churn=High&churn=Low&q=a'))],
  ['the list with a menu open', async (page) => {
    await open(page, '/customers');
    await new List(page).menu('Status');
  }],
  ['the list with nobody in it', async (page) => void (await open(page, `/customers?q=${unique()}&size=3`))],
  ['a record', async (page, id) => void (await open(page, `/customers/${id}`))],
  ['New customer', async (page) => void (await open(page, '/customers/new'))],
  ['New customer with errors', async (page) => {
    await open(page, '/customers/new');
    await new Form(page).save.click();
    await expect(new Form(page).summary).toBeVisible();
  }],
  ['New customer with the question', async (page) => {
    await open(page, '/customers/new');
    await new Form(page).fill({ name: 'Typed' });
    await page.keyboard.press('Escape');
    await expect(page.getByRole('alertdialog')).toBeVisible();
  }],
  ['Edit', async (page, id) => void (await open(page, `/customers/${id}/edit`))],
  ['Delete', async (page, id) => void (await open(page, `/customers/${id}/delete`))],
  ['the deleted', async (page) => void (await open(page, '/customers/deleted'))],
  ['a page that is not there', async (page) => void (await open(page, `/customers/${uuid()}`))],
];

/** axe and the width of the page, light and dark, wide and narrow. */
async function looked(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const width of [1440, 768, 360]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await overflow(page), `no sideways scrolling at ${width}`).toBeLessThanOrEqual(0);
      if (width !== 768) expect(await violations(page), `${colorScheme}, ${width}`).toEqual([]);
    }
  }
}

for (const [name, show] of screens) {
  test(`axe finds nothing: ${name}, light and dark, wide and narrow`, async ({ page, make, house, complaints }) => {
    complaints.allow(/status of 404/);
    const customer = await make({ status: 'Cancelled', cancelled_on: '2026-10-31', cancel_reason: 'Moved away', churn: 'High', outstanding: '500' });
    const gone = await make();
    await remove(house.db, gone.id);
    await show(page, customer.id);
    await looked(page);
  });
}

/** Somebody who has just signed in, with the second step on where it is wanted. */
async function secured(page: Page, house: House): Promise<Buffer> {
  const secret = Buffer.alloc(20, 5);
  const me = await newcomer(house, 'Staff');
  await house.db.query('UPDATE users SET totp_secret = $2 WHERE id = $1', [me.id, secret]);
  await open(page, '/sign-in');
  await enter(page, me.email, me.password);
  await takenOver(page);
  return secret;
}

async function mine(page: Page, house: House): Promise<void> {
  await become(page.context(), await newcomer(house, 'Staff'));
}

const doors: [string, Role | 'nobody', (page: Page, house: House) => Promise<void>][] = [
  ['sign-in', 'nobody', async (page) => void (await open(page, '/customers?q=a'))],
  ['sign-in with an error', 'nobody', async (page) => {
    await open(page, '/sign-in');
    await enter(page, 'nobody@lastmile.example', 'wrong');
    await expect(page.locator('.summary')).toBeVisible();
    await takenOver(page);
  }],
  ['sign-in with what was typed kept', 'nobody', async (page, house) => {
    await become(page.context(), house.people.Admin);
    await open(page, '/customers/new');
    await page.context().clearCookies();
    await new Form(page).save.click();
    await page.getByRole('button', { name: 'Sign in and come back' }).click();
    await expect(page.getByText('What you typed is kept')).toBeVisible();
  }],
  ['the second step', 'nobody', async (page, house) => void (await secured(page, house))],
  ['the second step with an error', 'nobody', async (page, house) => {
    await secured(page, house);
    await page.getByLabel('Code', { exact: true }).fill('1');
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect(page.locator('#input-code-error')).toBeVisible();
    await takenOver(page);
  }],
  ['a link', 'nobody', async (page, house) => {
    await open(page, linkIn(await user(house, 'reset', house.people.Staff.email), house.url));
    await page.getByLabel('New password').fill('short');
    await page.getByRole('button', { name: 'Choose this password' }).click();
    await expect(page.locator('#input-password-error')).toBeVisible();
    await takenOver(page);
  }],
  ['a link that works no more', 'nobody', async (page) => void (await open(page, `/link/${'A'.repeat(43)}`))],
  ['the account', 'Staff', async (page) => void (await open(page, '/account'))],
  ['the account with the second step on', 'nobody', async (page, house) => {
    const secret = await secured(page, house);
    await page.getByLabel('Code', { exact: true }).fill(code(secret));
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect(page.getByRole('table', { name: 'Customers' })).toBeVisible();
    await open(page, '/account');
  }],
  ['another password, with errors and the question', 'Staff', async (page, house) => {
    await mine(page, house);
    await open(page, '/account/password');
    await page.getByRole('button', { name: 'Change password' }).click();
    await expect(page.locator('.summary')).toBeVisible();
    await takenOver(page);
    await page.getByLabel('New password').fill('typed');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('alertdialog')).toBeVisible();
  }],
  ['setting the second step up, and its recovery codes', 'Staff', async (page, house) => {
    const me = await newcomer(house, 'Staff');
    await become(page.context(), me);
    await open(page, '/account/two-step');
    const secret = bytesOf(await page.locator('code.secret').innerText());
    await looked(page);
    await page.getByLabel('Code', { exact: true }).fill(code(secret));
    await page.getByLabel('Your password now').fill(me.password);
    await page.getByRole('button', { name: 'Turn on' }).click();
    await expect(page.getByRole('dialog', { name: 'Your recovery codes' })).toBeVisible();
    await takenOver(page);
  }],
  ['turning the second step off', 'Staff', async (page) => void (await open(page, '/account/two-step/off'))],
  ['new recovery codes', 'Staff', async (page) => void (await open(page, '/account/recovery-codes'))],
  ['the users', 'Admin', async (page) => void (await open(page, '/settings/users'))],
  ['an invitation', 'Admin', async (page) => void (await open(page, '/settings/users/new'))],
  ['an invitation with errors', 'Admin', async (page) => {
    await open(page, '/settings/users/new');
    await page.getByRole('button', { name: 'Invite' }).click();
    await expect(page.locator('.summary')).toBeVisible();
    await takenOver(page);
  }],
  ['a link to be passed on', 'Admin', async (page, house) => {
    await open(page, `/settings/users/${(await newcomer(house, 'Staff')).id}/reset`);
    await page.getByRole('button', { name: 'Make a link' }).click();
    await expect(page.getByLabel('The link', { exact: true })).toBeVisible();
    await takenOver(page);
  }],
  ['another role', 'Admin', async (page, house) => void (await open(page, `/settings/users/${house.people.Sales.id}/role`))],
  ['disabling', 'Admin', async (page, house) => void (await open(page, `/settings/users/${house.people.Sales.id}/disable`))],
  ['a user who does not exist', 'Admin', async (page) => void (await open(page, `/settings/users/${uuid()}/role`))],
  ['the roles', 'Admin', async (page) => void (await open(page, '/settings/roles'))],
  ['how long sessions last, with errors', 'Admin', async (page) => {
    await open(page, '/settings/roles/sessions');
    await page.getByLabel('Minutes without doing anything').fill('1');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.locator('.summary')).toBeVisible();
    await takenOver(page);
  }],
  ['the second step of a role', 'Admin', async (page) => void (await open(page, '/settings/roles/Sales/two-step'))],
  ['the history', 'Admin', async (page) => void (await open(page, '/history?kind=user&q=staff'))],
  ['the history with nothing in it', 'Admin', async (page) => void (await open(page, '/history?q=nothing-is-called-this&x=1'))],
  ['what is not allowed', 'Staff', async (page) => void (await open(page, '/settings/users'))],
  ['a dialog that is not allowed', 'Staff', async (page) => void (await open(page, '/customers/new'))],
];

for (const [name, role, show] of doors) {
  test.describe(name, () => {
    test.use({ role });

    test('axe finds nothing, light and dark, wide and narrow', async ({ page, house, complaints }) => {
      complaints.allow(/status of (401|403|404|422)/);
      await show(page, house);
      await looked(page);
    });
  });
}

test('a narrow screen: the dialog fits and its buttons can be reached', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  await open(page, '/customers/new');
  const form = new Form(page);
  await form.fill(fields());
  const box = await form.dialog.boundingBox();
  expect(box && box.x >= 0 && box.x + box.width <= 360 && box.y >= 0 && box.y + box.height <= 640).toBe(true);
  await form.save.click();
  await expect(page.getByRole('status').filter({ hasText: 'Customer' })).toBeVisible();
});

test('by keyboard alone: skip to the content, search, filter, open, edit, save', async ({ page, make, house }) => {
  const word = unique();
  const customer = await make({ name: `Key ${word}`, churn: 'High' });
  await make({ name: `Other ${word}`, churn: 'Low', email: `other.${word}@example.in` });
  await open(page, '/customers');
  const list = new List(page);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await tabTo(page, list.search, 3);
  await page.keyboard.type(word);
  await expect(list.rows).toHaveCount(2);
  const summary = page.locator('summary', { hasText: 'Churn risk' });
  await tabTo(page, summary);
  await page.keyboard.press('Enter');
  const high = page.getByRole('checkbox', { name: /^High/ });
  await tabTo(page, high, 5);
  await page.keyboard.press('Space');
  await list.shows([customer.id]);
  await page.keyboard.press('Escape');
  await expect(summary).toBeFocused();
  const edit = page.getByRole('link', { name: `Edit Key ${word}` });
  await tabTo(page, edit);
  await page.keyboard.press('Enter');
  const form = new Form(page);
  await expect(form.dialog).toBeVisible();
  await tabTo(page, form.field('city'), 12);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('Tirupati');
  await tabTo(page, form.save);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status').filter({ hasText: `Customer Key ${word} saved` })).toBeVisible();
  await expect(edit).toBeFocused();
  const found = await house.db.query('SELECT city FROM customers WHERE id = $1', [customer.id]);
  expect(found.rows).toEqual([{ city: 'Tirupati' }]);
});
