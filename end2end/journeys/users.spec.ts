import type { Locator, Page } from '@playwright/test';
import { createCustomer } from '../support/customers.ts';
import { tabTo } from '../support/keyboard.ts';
import { expect, open, SCRIPT_MODES, statusMessage, test, waitForHydration } from '../support/test.ts';
import { password, unique } from '../support/unique.ts';
import { createUser, decodeBase32, fetchAs, postForm, setTotpSecret, signIn, signOut, submitSignIn, totpCode, useSession, type User } from '../support/users.ts';

// Whole journeys of several users.
test.describe.configure({ timeout: 60_000 });

/** The row of a user in the table. */
const rowOf = (page: Page, email: string) =>
  page.getByRole('table', { name: 'Users' }).getByRole('row').filter({ has: page.getByText(email, { exact: true }) });
const cell = (row: Locator, label: string) => row.locator(`td[data-label="${label}"]`);
const dialog = (page: Page, name: string) => page.getByRole('dialog', { name });
const summary = (page: Page) => page.locator('.summary');
const theLink = (page: Page) => page.getByLabel('Sign-in link', { exact: true });

/** Whether the session of a user is valid. */
async function isSignedIn(url: string, user: User): Promise<boolean> {
  const response = await fetchAs(`${url}/account`, { redirect: 'manual' }, user);
  return response.status === 200;
}

for (const [mode, javaScriptEnabled] of SCRIPT_MODES) {
  test.describe(mode, () => {
    test.use({ javaScriptEnabled });

    test('an invitation: the link is shown once and works once', async ({ page, newPage, app, visit, browserErrors }) => {
      browserErrors.allow(/status of (404|422)/);
      const word = unique();
      const [name, email] = [`Meera <i>${word}</i>`, `meera.${word}@lastmile.example`];
      await visit(page, '/settings/users');
      await page.getByRole('link', { name: 'Invite user' }).click();
      const form = dialog(page, 'Invite user');
      await expect(form.getByLabel('Name')).toBeFocused();
      // Errors are shown, and typed text stays.
      await form.getByLabel('Name').fill(name);
      await form.getByLabel('Email').fill('nowhere');
      await form.getByLabel('Role').selectOption('Sales');
      await form.getByRole('button', { name: 'Invite' }).click();
      await expect(page.locator('#input-email-error')).toContainText('name@example.in');
      await expect(summary(page).getByRole('link')).toHaveCount(1);
      await expect(form.getByLabel('Name')).toHaveValue(name);
      await expect(form.getByLabel('Email')).toHaveValue('nowhere');
      await expect(form.getByLabel('Role')).toHaveValue('Sales');
      // An email that is taken, in any case.
      await form.getByLabel('Email').fill(app.users.Staff.email.toUpperCase());
      await form.getByRole('button', { name: 'Invite' }).click();
      await expect(page.locator('#input-email-error')).toContainText('Another user has this email');
      await expect(form.getByLabel('Name')).toHaveValue(name);
      await expect(form.getByLabel('Email')).toHaveValue(app.users.Staff.email.toUpperCase());
      await expect(form.getByLabel('Role')).toHaveValue('Sales');
      await form.getByLabel('Email').fill(email);
      await form.getByRole('button', { name: 'Invite' }).click();

      await expect(dialog(page, `Sign-in link for ${name}`)).toContainText('within 72 hours');
      const link = await theLink(page).inputValue();
      expect(link.startsWith(`${app.url}/link/`)).toBe(true);
      await page.getByRole('link', { name: 'Done' }).click();
      await expect(page).toHaveURL(/\/settings\/users$/);
      const row = rowOf(page, email);
      await expect(cell(row, 'Role')).toHaveText('Sales');
      await expect(cell(row, 'Status')).toHaveText('Invited');
      await expect(cell(row, 'Sessions')).toHaveText('0');
      for (const address of ['/settings/users', '/settings/users/new']) {
        await visit(page, address);
        expect(await page.content(), address).not.toContain(link.slice(-43));
      }

      const invited = await newPage('nobody');
      await visit(invited, link);
      await expect(invited.getByRole('heading', { level: 1, name: 'Welcome to Lastmile' })).toBeVisible();
      await expect(invited.locator('main')).toContainText(name);
      const chosen = password();
      await invited.getByLabel('New password').fill(chosen);
      await invited.getByRole('button', { name: 'Set password' }).click();
      await expect(statusMessage(invited, 'Password set')).toBeVisible();
      await submitSignIn(invited, email, chosen);
      await expect(invited.getByRole('link', { name: `Your account: ${name}, Sales` })).toBeVisible();
      await visit(page, '/settings/users');
      await expect(cell(row, 'Status')).toHaveText('Active');
      await expect(cell(row, 'Sessions')).toHaveText('1');

      const second = await newPage('nobody');
      expect((await visit(second, link)).status()).toBe(404);
      await expect(second.getByRole('heading', { level: 1, name: 'This link no longer works' })).toBeVisible();
      expect((await postForm(link, { password: password() }, null)).status).toBe(404);
      await second.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
      await submitSignIn(second, email, chosen);
      await expect(second).toHaveURL(/\/customers$/);
    });

    test('a changed role: the user is signed out at once, and has the new role after the next sign-in', async ({ page, newPage, app, visit }) => {
      const colleague = await createUser(app, 'Staff');
      await visit(page, '/settings/users');
      await page.getByRole('link', { name: `Change role: ${colleague.name}` }).click();
      const form = dialog(page, `Change role of ${colleague.name}`);
      await expect(form.getByLabel('Role')).toHaveValue('Staff');
      await form.getByLabel('Role').selectOption('Admin');
      await form.getByRole('button', { name: 'Change role' }).click();
      await expect(statusMessage(page, `${colleague.name}'s role changed`)).toBeVisible();
      await expect(cell(rowOf(page, colleague.email), 'Role')).toHaveText('Admin');
      expect(await isSignedIn(app.url, colleague)).toBe(false);
      const colleaguePage = await newPage('nobody');
      await visit(colleaguePage, '/settings/users');
      await submitSignIn(colleaguePage, colleague.email, colleague.password);
      await expect(rowOf(colleaguePage, colleague.email)).toContainText(`${colleague.name} (you)`);
    });

    test('a disabled user is signed out at once and cannot sign in until enabled', async ({ page, newPage, app, visit, browserErrors }) => {
      browserErrors.allow(/status of 422/);
      const colleague = await createUser(app, 'Sales');
      const colleaguePage = await newPage(colleague);
      await visit(colleaguePage, '/customers');
      await visit(page, '/settings/users');
      await page.getByRole('link', { name: `Disable: ${colleague.name}` }).click();
      await expect(dialog(page, `Disable ${colleague.name}?`)).toContainText("can't sign in");
      await page.getByRole('button', { name: 'Disable', exact: true }).click();
      await expect(statusMessage(page, `${colleague.name} disabled and signed out everywhere`)).toBeVisible();
      const row = rowOf(page, colleague.email);
      await expect(cell(row, 'Status')).toHaveText('Disabled');
      await expect(row.getByRole('link', { name: `Disable: ${colleague.name}` })).toHaveCount(0);
      await colleaguePage.reload();
      await expect(colleaguePage).toHaveURL(/\/sign-in\?next=/);
      await submitSignIn(colleaguePage, colleague.email, colleague.password);
      // It does not say why, so that guessing tells nothing.
      await expect(summary(colleaguePage)).toContainText('Incorrect email or password');
      await page.getByRole('link', { name: `Enable: ${colleague.name}` }).click();
      await page.getByRole('button', { name: 'Enable', exact: true }).click();
      await expect(statusMessage(page, `${colleague.name} enabled`)).toBeVisible();
      await expect(cell(row, 'Status')).toHaveText('Active');
      await submitSignIn(colleaguePage, colleague.email, colleague.password);
      await expect(colleaguePage).toHaveURL(/\/customers$/);
    });

    test('an Admin signs a user out everywhere', async ({ page, app, visit }) => {
      const colleague = await createUser(app, 'Staff');
      const second = { ...colleague, session: await signIn(app.url, colleague.email, colleague.password) };
      await visit(page, '/settings/users');
      await expect(cell(rowOf(page, colleague.email), 'Sessions')).toHaveText('2');
      await page.getByRole('link', { name: `Sign out: ${colleague.name}` }).click();
      await page.getByRole('button', { name: 'Sign out everywhere' }).click();
      await expect(statusMessage(page, `${colleague.name} signed out everywhere`)).toBeVisible();
      await expect(cell(rowOf(page, colleague.email), 'Sessions')).toHaveText('0');
      expect([await isSignedIn(app.url, colleague), await isSignedIn(app.url, second)]).toEqual([false, false]);
    });

    test('a link for a lost password, with two-step sign-in kept and turned off', async ({ page, newPage, app, visit, browserErrors }) => {
      browserErrors.allow(/status of 422/);
      const colleague = await createUser(app, 'Staff');
      const secret = Buffer.alloc(20, 9);
      await setTotpSecret(app, colleague, secret);
      const colleaguePage = await newPage('nobody');
      for (const keepTwoStep of [true, false]) {
        await visit(page, '/settings/users');
        await expect(cell(rowOf(page, colleague.email), 'Two-step')).toHaveText('On');
        await page.getByRole('link', { name: `Reset link: ${colleague.name}` }).click();
        await dialog(page, `Sign-in link for ${colleague.name}`).getByLabel(/two-step sign-in off/).setChecked(!keepTwoStep);
        await page.getByRole('button', { name: 'Create link' }).click();
        await expect(dialog(page, `Sign-in link for ${colleague.name}`)).toContainText('within 24 hours');
        await visit(colleaguePage, await theLink(page).inputValue());
        await colleaguePage.getByLabel('New password').fill((colleague.password = password()));
        await colleaguePage.getByRole('button', { name: 'Set password' }).click();
        await submitSignIn(colleaguePage, colleague.email, colleague.password);
        if (keepTwoStep) {
          await colleaguePage.getByLabel('Code', { exact: true }).fill(totpCode(secret));
          await colleaguePage.getByRole('button', { name: 'Continue' }).click();
        }
        await expect(colleaguePage).toHaveURL(/\/customers$/);
        await visit(colleaguePage, '/customers');
        await signOut(colleaguePage);
      }
      await visit(page, '/settings/users');
      await expect(cell(rowOf(page, colleague.email), 'Two-step')).toHaveText('Off');
    });

    test('the last Admin can neither be demoted nor disabled (409)', async ({ page, ownApp, visit, browserErrors }) => {
      browserErrors.allow(/status of 409/);
      const { url, users } = ownApp;
      for (const [address, form] of [
        [`/settings/users/${users.Admin.id}/role`, 'Change role'],
        [`/settings/users/${users.Admin.id}/disable`, 'Disable'],
      ]) {
        await visit(page, url + address);
        if (form === 'Change role') await page.getByLabel('Role', { exact: true }).selectOption('Staff');
        const response = page.waitForResponse((response) => response.request().method() === 'POST');
        await page.getByRole('button', { name: form, exact: true }).click();
        expect((await response).status()).toBe(409);
        await expect(summary(page)).toContainText('This is the only Admin');
        if (form === 'Change role') await expect(page.getByLabel('Role', { exact: true })).toHaveValue('Staff');
      }
      expect(await isSignedIn(url, users.Admin)).toBe(true);
      // With a second Admin, the first may be demoted.
      await postForm(`${url}/settings/users/${users.Sales.id}/role`, { role: 'Admin' });
      await visit(page, `${url}/settings/users/${users.Admin.id}/role`);
      await page.getByLabel('Role', { exact: true }).selectOption('Staff');
      await page.getByRole('button', { name: 'Change role' }).click();
      await expect(page).toHaveURL(/\/sign-in/);
      expect(await isSignedIn(url, users.Admin)).toBe(false);
    });

    test('the account: a user ends one session, then all others', async ({ page, app, visit }) => {
      const user = await createUser(app, 'Staff');
      const others: User[] = [];
      for (let count = 0; count < 3; count += 1) others.push({ ...user, session: await signIn(app.url, user.email, user.password) });
      const othersSignedIn = () => Promise.all(others.map((other) => isSignedIn(app.url, other)));
      await useSession(page.context(), user);
      await visit(page, '/account');
      const table = page.getByRole('table', { name: 'Where you are signed in' });
      await expect(table.getByRole('row')).toHaveCount(5);
      await expect(table.getByText('This device')).toHaveCount(1);
      await expect(table.getByRole('cell', { name: '127.0.0.1', exact: true })).toHaveCount(4);
      const dialog = page.getByRole('dialog');
      await table.getByRole('link', { name: /^Sign out .* at / }).first().click();
      await dialog.getByLabel('Current password').fill(user.password);
      await dialog.getByRole('button', { name: 'Sign out session' }).click();
      await expect(statusMessage(page, 'Session signed out')).toBeVisible();
      await expect(table.getByRole('row')).toHaveCount(4);
      expect((await othersSignedIn()).filter(Boolean)).toHaveLength(2);
      await page.getByRole('link', { name: 'Sign out everywhere else' }).click();
      await dialog.getByLabel('Current password').fill(user.password);
      await dialog.getByRole('button', { name: 'Sign out everywhere else' }).click();
      await expect(statusMessage(page, 'You are signed out everywhere else')).toBeVisible();
      await expect(table.getByRole('row')).toHaveCount(2);
      await expect(page.getByRole('link', { name: 'Sign out everywhere else' })).toHaveCount(0);
      expect(await othersSignedIn()).toEqual([false, false, false]);
      // The sessions of other users cannot be ended from there.
      const sessions = await app.db.query<{ id: string }>('SELECT id FROM sessions WHERE user_id = $1', [app.users.Admin.id]);
      await postForm(`${app.url}/account/sessions`, { session: sessions.rows[0].id, password: user.password }, user);
      expect(await isSignedIn(app.url, app.users.Admin)).toBe(true);
    });

    test('a changed password ends all other sessions, and the old one stops working', async ({ page, newPage, app, visit, browserErrors }) => {
      browserErrors.allow(/status of 422/);
      const user = await createUser(app, 'Staff');
      const other = { ...user, session: await signIn(app.url, user.email, user.password) };
      await useSession(page.context(), user);
      await visit(page, '/account');
      await page.getByRole('link', { name: 'Change password' }).click();
      const form = dialog(page, 'Change password');
      await form.getByLabel('Current password').fill('not it');
      await form.getByLabel('New password').fill('password12345');
      await form.getByRole('button', { name: 'Change password' }).click();
      await expect(page.locator('#input-password-error')).toContainText('Incorrect password');
      await expect(page.locator('#input-new_password-error')).toContainText('too easy to guess');
      expect(await page.content()).not.toContain('password12345');
      const chosen = password();
      await form.getByLabel('Current password').fill(user.password);
      await form.getByLabel('New password').fill(chosen);
      await form.getByRole('button', { name: 'Change password' }).click();
      await expect(statusMessage(page, 'Password changed')).toBeVisible();
      await expect(page).toHaveURL(/\/account$/);
      // The old token of this session has ended, too.
      expect([await isSignedIn(app.url, other), await isSignedIn(app.url, user)]).toEqual([false, false]);
      const colleaguePage = await newPage('nobody');
      await visit(colleaguePage, '/account');
      await submitSignIn(colleaguePage, user.email, user.password);
      await expect(summary(colleaguePage)).toContainText('Incorrect email or password');
      await submitSignIn(colleaguePage, user.email, chosen);
      await expect(colleaguePage).toHaveURL(/\/account$/);
    });

    test('an unknown user and an unknown action are 404 pages', async ({ page, visit, browserErrors }) => {
      browserErrors.allow(/status of 404/);
      for (const address of ['/settings/users/7', '/settings/users/00000000-0000-7000-8000-000000000000/role', '/settings/users/new/x/y']) {
        expect((await visit(page, address)).status(), address).toBe(404);
        await expect(page.getByText('not found').first()).toBeVisible();
      }
    });
  });
}

test.describe('the dialogs', () => {
  const openers: [string, string, string][] = [
    ['/settings/users', 'Invite user', 'Name'],
    ['/account', 'Change password', 'New password'],
    ['/settings/roles', 'Change', 'Longest session (minutes)'],
  ];
  for (const [address, opener, field] of openers) {
    for (const [way, close] of [
      ['Escape', async (page: Page) => page.keyboard.press('Escape')],
      ['×', async (page: Page) => page.getByRole('dialog').getByRole('link', { name: 'Close' }).click()],
      ['Cancel', async (page: Page) => page.getByRole('dialog').getByRole('link', { name: 'Cancel' }).click()],
    ] as const) {
      test(`${opener} on ${address}: ${way} closes, and asks first if something was typed`, async ({ page }) => {
        await open(page, address);
        const link = page.getByRole('main').getByRole('link', { name: opener, exact: true });
        await link.click();
        const form = page.getByRole('dialog');
        await expect(form).toBeVisible();
        expect(await form.evaluate((form) => form.matches(':modal'))).toBe(true);
        await close(page);
        await expect(form).toHaveCount(0);
        await expect(link).toBeFocused();
        await link.click();
        await form.getByLabel(field, { exact: true }).fill('77');
        await close(page);
        const question = page.getByRole('alertdialog');
        await expect(question).toContainText('Discard changes?');
        await expect(question.getByRole('button', { name: 'Keep editing' })).toBeFocused();
        await question.getByRole('button', { name: 'Keep editing' }).click();
        await expect(question).toHaveCount(0);
        await expect(form.getByLabel(field, { exact: true })).toHaveValue('77');
        await close(page);
        await question.getByRole('button', { name: 'Discard' }).click();
        await expect(form).toHaveCount(0);
        await expect(page).toHaveURL((url) => url.pathname === address);
        await expect(link).toBeFocused();
        await link.click();
        await expect(form.getByLabel(field, { exact: true })).not.toHaveValue('77');
      });
    }
  }

  test('closing a form that has errors asks first, too', async ({ page, browserErrors }) => {
    browserErrors.allow(/status of 422/);
    await open(page, '/settings/users/new');
    await page.getByLabel('Name').fill('Typed');
    await page.getByRole('button', { name: 'Invite' }).click();
    await expect(summary(page)).toBeFocused();
    await waitForHydration(page);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('alertdialog')).toContainText('Discard changes?');
  });

  test('the summary links to the field, and a form with errors is empty when it is opened again', async ({ page, browserErrors }) => {
    browserErrors.allow(/status of 422/);
    await open(page, '/settings/users/new');
    await page.getByLabel('Name').fill('Typed');
    await page.getByRole('button', { name: 'Invite' }).click();
    await waitForHydration(page);
    await summary(page).getByRole('link').click();
    await expect(page.getByLabel('Email')).toBeFocused();
    await page.keyboard.type('more');
    await page.getByRole('dialog').getByRole('link', { name: 'Cancel' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Discard' }).click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.getByRole('link', { name: 'Invite user' }).click();
    await expect(page.getByLabel('Name')).toHaveValue('');
    await expect(summary(page)).toHaveCount(0);
  });

  test('a double click invites once', async ({ page, app }) => {
    const email = `double.${unique()}@lastmile.example`;
    await open(page, '/settings/users/new');
    await page.getByLabel('Name').fill('Double Click');
    await page.getByLabel('Email').fill(email);
    await page.getByRole('button', { name: 'Invite' }).dblclick();
    await expect(dialog(page, 'Sign-in link for Double Click')).toBeVisible();
    expect((await app.db.query('SELECT 1 FROM users WHERE email = $1', [email])).rowCount).toBe(1);
  });

  test('the whole link is selected when it has the focus', async ({ page, app }) => {
    const colleague = await createUser(app, 'Staff');
    await open(page, `/settings/users/${colleague.id}/reset`);
    await page.getByRole('button', { name: 'Create link' }).click();
    await waitForHydration(page);
    await theLink(page).focus();
    const selected = await theLink(page).evaluate((input: HTMLInputElement) => input.value.slice(input.selectionStart ?? 0, input.selectionEnd ?? 0));
    expect(selected).toBe(await theLink(page).inputValue());
  });
});

test('session limits: out of range is an error, typed text stays, and they apply at once', async ({ page, ownApp, browserErrors }) => {
  browserErrors.allow(/status of 422/);
  const { url, db, users } = ownApp;
  await open(page, `${url}/settings/roles/sessions`);
  const [idle, absolute] = [page.getByLabel('Idle limit (minutes)'), page.getByLabel('Longest session (minutes)')];
  await idle.fill('4');
  await absolute.fill('10081');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(summary(page).getByRole('link')).toHaveCount(2);
  await expect(idle).toHaveValue('4');
  await expect(absolute).toHaveValue('10081');
  await idle.fill('5');
  await absolute.fill('30');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(statusMessage(page, 'Settings saved')).toBeVisible();
  await expect(page.getByText('Signed out after 5 minutes idle')).toBeVisible();
  expect(await isSignedIn(url, users.Staff)).toBe(true);
  await db.query("UPDATE sessions SET last_seen_at = last_seen_at - interval '6 minutes' WHERE user_id = $1", [users.Staff.id]);
  await db.query("UPDATE sessions SET signed_in_at = signed_in_at - interval '31 minutes' WHERE user_id = $1", [users.Sales.id]);
  expect([await isSignedIn(url, users.Staff), await isSignedIn(url, users.Sales)]).toEqual([false, false]);
});

test('with the keyboard alone: sign in, invite somebody, change a role, sign out', async ({ newPage, app }) => {
  const user = await createUser(app, 'Admin');
  const page = await newPage('nobody');
  const word = unique();
  const press = async (wanted: Locator) => {
    await tabTo(page, wanted);
    await page.keyboard.press('Enter');
  };
  await open(page, '/settings/users');
  await expect(page.getByLabel('Email', { exact: true })).toBeFocused();
  await page.keyboard.type(user.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(user.password);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/settings\/users$/);
  await waitForHydration(page);
  await press(page.getByRole('link', { name: 'Skip to content' }));
  await press(page.getByRole('link', { name: 'Invite user' }));
  await expect(page.getByLabel('Name')).toBeFocused();
  await page.keyboard.type(`Key ${word}`);
  await page.keyboard.press('Tab');
  await page.keyboard.type(`key.${word}@lastmile.example`);
  await page.keyboard.press('Enter');
  await expect(dialog(page, `Sign-in link for Key ${word}`)).toBeVisible();
  await waitForHydration(page);
  await page.context().grantPermissions(['clipboard-read']);
  await press(page.getByRole('button', { name: 'Copy' }));
  await expect(page.getByRole('button', { name: 'Copied' })).toBeFocused();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await theLink(page).inputValue());
  await press(page.getByRole('link', { name: 'Done' }));
  await expect(rowOf(page, `key.${word}@lastmile.example`)).toBeVisible();
  await waitForHydration(page);
  await press(page.getByRole('link', { name: `Change role: Key ${word}` }));
  await tabTo(page, page.getByLabel('Role', { exact: true }), 10);
  await page.keyboard.type('Sal');
  await press(page.getByRole('button', { name: 'Change role' }));
  await expect(statusMessage(page, `Key ${word}'s role changed`)).toBeVisible();
  await expect(cell(rowOf(page, `key.${word}@lastmile.example`), 'Role')).toHaveText('Sales');
  await waitForHydration(page);
  await press(page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'Sign out' }));
  await expect(statusMessage(page, 'You are signed out')).toBeVisible();
});

test('no personal data of users is in what others can read', async ({ app }) => {
  const customer = await createCustomer(app);
  for (const address of ['/settings/roles', '/account', `/customers/${customer.id}`]) {
    const text = await (await fetchAs(app.url + address, {}, app.users.Staff)).text();
    expect(text, address).not.toContain(app.users.Admin.email);
  }
  const account = await fetchAs(`${app.url}/api/users/account`, {}, app.users.Staff);
  expect(await account.text()).not.toMatch(/argon2|password_hash|totp|token/);
});

test('the form of two-step sign-in shows a secret and sends none', async ({ page, app }) => {
  const user = await createUser(app, 'Staff');
  await useSession(page.context(), user);
  await open(page, '/account/two-step');
  const shown = await page.locator('code.secret').innerText();
  expect(decodeBase32(shown)).toHaveLength(20);
  await expect(page.locator('input[name=secret]')).toHaveCount(0);
  await page.reload();
  await expect(page.locator('code.secret')).toHaveText(shown);
});
