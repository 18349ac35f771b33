import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { TestApp } from '../support/app.ts';
import { customerFields, deleteCustomers } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { tabTo } from '../support/keyboard.ts';
import { List } from '../support/list.ts';
import { setDeleted, type Subject } from '../support/records.ts';
import { createPlan } from '../support/plans.ts';
import {
  ACCOUNT_SCREENS, addFailedJob, CUSTOMER_SCREENS, debtorPlaces, JOB_SCREENS, LEAD_SCREENS, MONEY_LIST_SCREENS, MONEY_SCREENS, PIN_CODE_SCREENS,
  placed, PLAN_SCREENS, SERVICE_SCREENS, type Places, type Screen,
} from '../support/screens.ts';
import { createServedPinCode } from '../support/served-pin-codes.ts';
import { createServices } from '../support/services.ts';
import { expect, open, test, waitForHydration } from '../support/test.ts';
import { unique } from '../support/unique.ts';
import { createUser, decodeBase32, oneTimeLink, postForm, setTotpSecret, submitSignIn, totpCode, useSession, userCommand, type Role } from '../support/users.ts';

// axe looks at every screen five times.
test.describe.configure({ timeout: 180_000 });

/** What axe finds, in a line each: by all of its rules, or by those about colours. */
async function violations(page: Page, rules: 'all' | 'colours' = 'all'): Promise<string[]> {
  // Without frames there is nothing for which axe would need a second page. The rule about the size of targets (WCAG 2.5.8) is off by default.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } });
  if (rules === 'colours') axe.withRules(['color-contrast', 'link-in-text-block']);
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help} (${target.join(' ')})`));
}

const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

/** A screen that an address leads to, or that something has to be done for. */
type Shown = [name: string, show: (page: Page, places: Places) => Promise<unknown>];

const shown = (screens: Screen[]) => screens.map(([name, address]): Shown => [name, (page, places) => open(page, placed(address, places))]);

/** The screens of a subject's records that no address leads to. */
const recordScreens = (subject: Subject, facet: string): Shown[] => [
  ['the list with a menu open', async (page) => {
    await open(page, `/${subject}s`);
    await new List(page, subject).menu(facet);
  }],
  ['New with errors', async (page) => {
    await open(page, `/${subject}s/new`);
    await new Form(page, subject).save.click();
    await expect(new Form(page, subject).summary).toBeVisible();
  }],
  ['New with the question about typed text', async (page) => {
    await open(page, `/${subject}s/new`);
    await new Form(page, subject).fill({ name: 'Typed' });
    await page.keyboard.press('Escape');
    await expect(page.getByRole('alertdialog')).toBeVisible();
  }],
];

/** Checks a page with axe and its width, light and dark, wide and narrow. */
async function checkScreen(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // What the theme changes are colours, and those at 768 are those of the other widths.
    for (const width of colorScheme === 'light' ? [1440, 768, 360] : [1440, 360]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await overflow(page), `no sideways scrolling at ${width}`).toBeLessThanOrEqual(0);
      // The footer of a long table stands over rows: all of the page is in view, so that nothing covers anything.
      await page.setViewportSize({ width, height: Math.max(800, await page.evaluate(() => document.documentElement.scrollHeight)) });
      expect(await violations(page, colorScheme === 'light' ? 'all' : 'colours'), `${colorScheme}, ${width}`).toEqual([]);
    }
  }
}

for (const [name, show] of [...shown(CUSTOMER_SCREENS), ...recordScreens('customer', 'Status')]) {
  test(`axe finds nothing: customers, ${name}, light and dark, wide and narrow`, async ({ page, createCustomer, app, browserErrors }) => {
    browserErrors.allow(/status of 404/);
    const customer = await createCustomer({
      status: 'Cancelled', cancelled_on: '2026-10-31', cancel_reason: 'Moved away', churn: 'High',
      // Who owes something cannot be deleted.
      ...(name === 'Delete' ? {} : { outstanding: '500' }),
    });
    const deleted = await createCustomer();
    await deleteCustomers(app.db, deleted.id);
    await show(page, { customer: customer.id });
    await checkScreen(page);
  });
}

/** The screens of leads that no address leads to. */
const leadScreens: Shown[] = [
  ...recordScreens('lead', 'Owner'),
  ['the board with a menu open', async (page) => {
    await open(page, '/leads/board');
    await page.locator('.board-card summary').first().click();
  }],
  ['Convert with errors', async (page, { lead }) => {
    await open(page, `/leads/${lead}/convert`);
    const form = new Form(page, 'lead');
    await form.fill({ email: '' });
    await form.dialog.getByRole('button', { name: 'Convert to customer' }).click();
    await expect(form.summary).toBeVisible();
  }],
];

for (const [name, show] of [...shown(LEAD_SCREENS), ...leadScreens]) {
  test(`axe finds nothing: leads, ${name}, light and dark, wide and narrow`, async ({ page, createCustomer, createLead, app, browserErrors }) => {
    browserErrors.allow(/status of 404/);
    const lead = await createLead({
      stage: 'Lost', lost_reason: 'Chose another provider', owner: app.users.Sales.id, referred_by: (await createCustomer()).account, next_step: 'Ask again',
      next_step_on: '2026-01-05', notes: 'First call\nSecond call',
    });
    const deleted = await createLead();
    await setDeleted(app.db, 'lead', deleted.id, true);
    await show(page, { lead: lead.id });
    if (name === 'Convert') await expect(page.getByRole('region', { name: 'Possible duplicates' })).toBeVisible();
    await checkScreen(page);
  });
}

for (const [name, address] of PIN_CODE_SCREENS) {
  test(`axe finds nothing: served PIN codes, ${name}, light and dark, wide and narrow`, async ({ page, app }) => {
    const served = await createServedPinCode(app, { notes: 'First line\nSecond line' });
    if (name === 'the deleted') await postForm(`${app.url}/served-pin-codes/${served.id}/delete`, {});
    await open(page, placed(address, { pinCode: served.id }));
    await checkScreen(page);
  });
}

test('axe finds nothing: the form of a served PIN code with errors', async ({ page }) => {
  await open(page, '/served-pin-codes/new');
  const form = new Form(page, 'served PIN code');
  await form.save.click();
  await expect(form.summary).toBeVisible();
  await checkScreen(page);
});

for (const [name, address] of PLAN_SCREENS) {
  test(`axe finds nothing: plans, ${name}, light and dark, wide and narrow`, async ({ page, app }) => {
    const plan = await createPlan(app, { ott_apps: ['Netflix', 'ZEE5'] });
    if (name === 'the deleted') await postForm(`${app.url}/plans/${plan.id}/delete`, {});
    await open(page, placed(address, { plan: plan.id }));
    await checkScreen(page);
  });
}

for (const [name, address] of [...MONEY_LIST_SCREENS, ...MONEY_SCREENS]) {
  test(`axe finds nothing: money, ${name}, light and dark, wide and narrow`, async ({ page, app }) => {
    await open(page, placed(address, await debtorPlaces(app.db)));
    await checkScreen(page);
  });
}

for (const [name, address] of SERVICE_SCREENS) {
  test(`axe finds nothing: services, ${name}, light and dark, wide and narrow`, async ({ page, app, createCustomer, browserErrors }) => {
    if (name === 'a dialog of a service that is gone') browserErrors.allow(/status of 404/);
    const places = await createServices(app, (await createCustomer({ outstanding: '1250' })).id);
    await open(page, placed(address, places));
    await checkScreen(page);
  });
}

test('axe finds nothing: the form of an order with errors', async ({ page, createCustomer, browserErrors }) => {
  browserErrors.allow(/status of 422/);
  await open(page, `/services/${(await createCustomer()).id}/order`);
  await page.getByRole('button', { name: 'Order service' }).click();
  await expect(page.locator('.summary')).toBeVisible();
  await waitForHydration(page);
  await checkScreen(page);
});

for (const [name, address] of JOB_SCREENS) {
  test(`axe finds nothing: jobs, ${name}, light and dark, wide and narrow`, async ({ page, app }) => {
    await addFailedJob(app.db, app.users.Admin.id);
    await open(page, address);
    await checkScreen(page);
  });
}

/** Signs in as a user with two-step sign-in, up to the code; returns the secret for it. */
async function signInToCode(page: Page, app: TestApp): Promise<Buffer> {
  const secret = Buffer.alloc(20, 5);
  const user = await createUser(app, 'Staff');
  await setTotpSecret(app, user, secret);
  await open(page, '/sign-in');
  await submitSignIn(page, user.email, user.password);
  await waitForHydration(page);
  return secret;
}

/** The screens of users and sign-in: those that an address leads to, and others. */
const accountScreens: [string, Role | 'nobody', (page: Page, app: TestApp) => Promise<unknown>][] = [
  ...ACCOUNT_SCREENS.map(([name, address, role = 'Admin']): (typeof accountScreens)[number] => [
    name, role, (page, app) => open(page, placed(address, { user: app.users.Sales.id })),
  ]),
  ['sign-in with an error', 'nobody', async (page) => {
    await open(page, '/sign-in');
    await submitSignIn(page, 'nobody@lastmile.example', 'wrong');
    await expect(page.locator('.summary')).toBeVisible();
    await waitForHydration(page);
  }],
  ['sign-in for a pending form', 'nobody', async (page, app) => {
    await useSession(page.context(), app.users.Admin);
    await open(page, '/customers/new');
    await page.context().clearCookies();
    await new Form(page).save.click();
    await page.getByRole('button', { name: 'Sign in and come back' }).click();
    await expect(page.getByText('What you typed is kept. You will see it again')).toBeVisible();
  }],
  ['the code of two-step sign-in', 'nobody', async (page, app) => void (await signInToCode(page, app))],
  ['the code of two-step sign-in with an error', 'nobody', async (page, app) => {
    await signInToCode(page, app);
    await page.getByLabel('Code', { exact: true }).fill('1');
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.locator('#input-code-error')).toBeVisible();
    await waitForHydration(page);
  }],
  ['a one-time link', 'nobody', async (page, app) => {
    await open(page, oneTimeLink(await userCommand(app, 'reset', app.users.Staff.email), app.url));
    await page.getByLabel('New password').fill('short');
    await page.getByRole('button', { name: 'Set password' }).click();
    await expect(page.locator('#input-password-error')).toBeVisible();
    await waitForHydration(page);
  }],
  ['the account with two-step sign-in on', 'nobody', async (page, app) => {
    const secret = await signInToCode(page, app);
    await page.getByLabel('Code', { exact: true }).fill(totpCode(secret));
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByRole('table', { name: 'Customers' })).toBeVisible();
    await open(page, '/account');
  }],
  ['Change password with errors and the question about typed text', 'Staff', async (page, app) => {
    await useSession(page.context(), await createUser(app, 'Staff'));
    await open(page, '/account/password');
    await page.getByRole('button', { name: 'Change password' }).click();
    await expect(page.locator('.summary')).toBeVisible();
    await waitForHydration(page);
    await page.getByLabel('New password').fill('typed');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('alertdialog')).toBeVisible();
  }],
  ['setting up two-step sign-in, and the recovery codes', 'Staff', async (page, app) => {
    const user = await createUser(app, 'Staff');
    await useSession(page.context(), user);
    await open(page, '/account/two-step');
    const secret = decodeBase32(await page.locator('code.secret').innerText());
    await checkScreen(page);
    await page.getByLabel('Code', { exact: true }).fill(totpCode(secret));
    await page.getByLabel('Current password').fill(user.password);
    await page.getByRole('button', { name: 'Turn on' }).click();
    await expect(page.getByRole('dialog', { name: 'Your recovery codes' })).toBeVisible();
    await waitForHydration(page);
  }],
  ['an invitation with errors', 'Admin', async (page) => {
    await open(page, '/settings/users/new');
    await page.getByRole('button', { name: 'Invite' }).click();
    await expect(page.locator('.summary')).toBeVisible();
    await waitForHydration(page);
  }],
  ['a link to pass on', 'Admin', async (page, app) => {
    await open(page, `/settings/users/${(await createUser(app, 'Staff')).id}/reset`);
    await page.getByRole('button', { name: 'Create link' }).click();
    await expect(page.getByLabel('Sign-in link', { exact: true })).toBeVisible();
    await waitForHydration(page);
  }],
  ['session limits with errors', 'Admin', async (page) => {
    await open(page, '/settings/roles/sessions');
    await page.getByLabel('Idle limit (minutes)').fill('1');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.locator('.summary')).toBeVisible();
    await waitForHydration(page);
  }],
];

for (const [name, role, show] of accountScreens) {
  test.describe(name, () => {
    test.use({ role });

    test('axe finds nothing, light and dark, wide and narrow', async ({ page, app, browserErrors }) => {
      browserErrors.allow(/status of (401|403|404|422)/);
      await show(page, app);
      await checkScreen(page);
    });
  });
}

test('a narrow screen: the dialog fits and its buttons can be reached', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  await open(page, '/customers/new');
  const form = new Form(page);
  await form.fill(customerFields());
  const box = await form.dialog.boundingBox();
  expect(box && box.x >= 0 && box.x + box.width <= 360 && box.y >= 0 && box.y + box.height <= 640).toBe(true);
  await form.save.click();
  await expect(page.getByRole('status').filter({ hasText: 'Customer' })).toBeVisible();
});

test('with the keyboard alone: skip to the content, search, filter, open, edit, save', async ({ page, createCustomer, app }) => {
  const word = unique();
  const customer = await createCustomer({ name: `Key ${word}`, churn: 'High' });
  await createCustomer({ name: `Other ${word}`, churn: 'Low', email: `other.${word}@example.in` });
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
  const found = await app.db.query('SELECT city FROM customers WHERE id = $1', [customer.id]);
  expect(found.rows).toEqual([{ city: 'Tirupati' }]);
});
