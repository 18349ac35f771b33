import type { Page } from '@playwright/test';
import { createCustomer, customerFields, editFields } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { TestPostgres } from '../support/postgres.ts';
import { formBody } from '../support/records.ts';
import { runCommand, Server } from '../support/server.ts';
import { expect, open, SCRIPT_MODES, statusMessage, test, waitForHydration } from '../support/test.ts';
import { password, unique } from '../support/unique.ts';
import {
  createUser, decodeBase32, endSessions, fetchAs, oneTimeLink, postForm, ROLES, sessionCookie, setTotpSecret, signIn, signOut,
  submitSignIn, totpCode, useSession, userCommand, type User,
} from '../support/users.ts';

// Whole journeys of several users.
test.describe.configure({ timeout: 60_000 });

test.use({ role: 'nobody' });

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });
const summary = (page: Page) => page.locator('.summary');
const sessionOf = async (page: Page) => (await page.context().cookies()).find(({ name }) => name === sessionCookie(page.url()))?.value;

for (const [mode, javaScriptEnabled] of SCRIPT_MODES) {
  test.describe(mode, () => {
    test.use({ javaScriptEnabled });

    test('a page leads to sign-in; a wrong password keeps the email; the right one leads to the page', async ({
      page, app, visit, browserErrors,
    }) => {
      browserErrors.allow(/status of 422/);
      const { Staff } = app.users;
      const address = '/customers?q=a%26b&status=Active&sort=-nps';
      await visit(page, address);
      await expect(page).toHaveURL((url) => url.pathname === '/sign-in' && url.searchParams.get('next') === address);
      await expect(heading(page, 'Sign in')).toBeVisible();
      await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link')).toHaveCount(1);
      await expect(page.getByLabel('Email', { exact: true })).toBeFocused();
      for (const [email, wrong, message] of [
        [Staff.email, 'not the password', /Incorrect email or password/],
        ['nobody@lastmile.example', Staff.password, /Incorrect email or password/],
        [Staff.email, '', /^Fix 1 field to continue\.Enter your password\.$/],
        ['', '', /^Fix 2 fields to continue\.Enter your email\.Enter your password\.$/],
      ] as const) {
        await submitSignIn(page, email, wrong);
        await expect(summary(page)).toHaveText(message);
        await expect(page.getByLabel('Email', { exact: true })).toHaveValue(email);
        await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
      }
      // The case of an email does not matter.
      await submitSignIn(page, ` ${Staff.email.toUpperCase()} `, Staff.password);
      await expect(page).toHaveURL((url) => url.pathname + url.search === address);
      await expect(page.getByRole('link', { name: `Your account: ${Staff.name}, Staff` })).toBeVisible();
      // Whom a page has sent here although somebody is signed in goes on by a link: a redirect could lead to and fro for ever.
      await page.goto('/sign-in?next=%2Faccount');
      await expect(heading(page, 'You are signed in')).toBeVisible();
      await page.getByRole('link', { name: 'Continue' }).click();
      await expect(page).toHaveURL(/\/account$/);
    });

    test('after signing out Back shows nothing, and the session has ended', async ({ page, app, createCustomer, visit, context }) => {
      const customer = await createCustomer();
      const { email, password: secret } = await createUser(app, 'Admin');
      await visit(page, `/customers/${customer.id}`);
      await submitSignIn(page, email, secret);
      await expect(heading(page, customer.name)).toBeVisible();
      const cookie = (await context.cookies()).find(({ name }) => name === sessionCookie(app.url));
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
      await signOut(page);
      await expect(statusMessage(page, 'You are signed out')).toBeVisible();
      expect((await context.cookies()).map(({ name }) => name)).not.toContain(sessionCookie(app.url));
      await page.goBack();
      await expect(heading(page, 'Sign in')).toBeVisible();
      expect(await page.content()).not.toContain(customer.name);
      // The server has ended the session too.
      const ended = { ...app.users.Admin, session: cookie?.value ?? '' };
      const response = await fetchAs(`${app.url}/customers/${customer.id}`, { redirect: 'manual' }, ended);
      expect(response.status).toBe(303);
      expect(await response.text()).not.toContain(customer.name);
    });

    test('after ten failed attempts an account has to wait (429); a one-time link ends the wait', async ({ page, app, visit, browserErrors }) => {
      browserErrors.allow(/status of 429/);
      const locked = await createUser(app, 'Staff');
      for (let attempt = 0; attempt < 10; attempt += 1) {
        expect((await postForm(`${app.url}/sign-in`, { email: locked.email, password: 'wrong' }, null)).status).toBe(422);
      }
      await visit(page, '/sign-in?next=%2Faccount');
      const posted = page.waitForResponse((response) => response.request().method() === 'POST');
      await submitSignIn(page, locked.email, locked.password);
      const response = await posted;
      expect(response.status()).toBe(429);
      expect(Number(await response.headerValue('retry-after'))).toBeGreaterThan(0);
      await expect(summary(page)).toContainText('Too many attempts');
      await expect(page.getByLabel('Email', { exact: true })).toHaveValue(locked.email);

      const link = oneTimeLink(await userCommand(app, 'reset', locked.email), app.url);
      // Opening it does not use it up.
      for (let times = 0; times < 2; times += 1) {
        await visit(page, link);
        await expect(heading(page, 'Set a new password')).toBeVisible();
      }
      const chosen = password();
      await page.getByLabel('New password').fill(chosen);
      await page.getByRole('button', { name: 'Set password' }).click();
      await expect(statusMessage(page, 'Password set')).toBeVisible();
      await submitSignIn(page, locked.email, chosen);
      await expect(page).toHaveURL(/\/customers$/);
    });

    test('a password that is easy to guess is refused with advice', async ({ page, app, visit, browserErrors }) => {
      browserErrors.allow(/status of 422/);
      const email = `easy.${unique()}@lastmile.example`;
      await visit(page, oneTimeLink(await userCommand(app, 'add', '--name', 'Easy Going', '--email', email, '--role', 'Staff'), app.url));
      for (const [easy, says] of [['short', /at least 12/], ['password12345', /too easy to guess/], ['EasyGoingEasyGoing', /too easy to guess/]] as const) {
        await page.getByLabel('New password').fill(easy);
        await page.getByRole('button', { name: 'Set password' }).click();
        await expect(page.locator('#input-password-error')).toHaveText(says);
        await expect(page.getByLabel('New password')).toHaveAttribute('aria-invalid', 'true');
      }
      // Long passwords with any characters are accepted.
      const long = 'तीन नीली चायदानी गाती है 🫖 '.repeat(5);
      await page.getByLabel('New password').fill(long);
      await page.getByRole('button', { name: 'Set password' }).click();
      await submitSignIn(page, email, long);
      await expect(page).toHaveURL(/\/customers$/);
    });

    test('two-step sign-in: set-up, each code works once, each recovery code works once', async ({ page, app, visit, browserErrors }) => {
      browserErrors.allow(/status of 422/);
      const user = await createUser(app, 'Sales');
      await useSession(page.context(), user);
      await visit(page, '/account');
      await page.getByRole('link', { name: 'Turn on' }).click();
      const dialog = page.getByRole('dialog', { name: 'Turn on two-step sign-in' });
      await expect(dialog.getByRole('img', { name: /QR code/ })).toBeVisible();
      const shown = await dialog.locator('code.secret').innerText();
      const secret = decodeBase32(shown);
      // A mistake first: the secret stays, the password does not.
      await dialog.getByLabel('Code', { exact: true }).fill('000');
      await dialog.getByLabel('Current password').fill('not it');
      await dialog.getByRole('button', { name: 'Turn on' }).click();
      await expect(dialog.locator('#input-code-error')).toContainText('Incorrect code');
      await expect(dialog.locator('#input-password-error')).toContainText('Incorrect password');
      await expect(dialog.getByLabel('Current password')).toHaveValue('');
      await expect(dialog.locator('code.secret')).toHaveText(shown);
      const first = totpCode(secret);
      await dialog.getByLabel('Code', { exact: true }).fill(first);
      await dialog.getByLabel('Current password').fill(user.password);
      await dialog.getByRole('button', { name: 'Turn on' }).click();
      const codes = page.getByRole('dialog', { name: 'Your recovery codes' }).getByRole('listitem');
      await expect(codes).toHaveCount(10);
      const recovery = await codes.allInnerTexts();
      expect(new Set(recovery).size).toBe(10);
      await page.getByRole('link', { name: "I've saved these" }).click();
      await expect(page).toHaveURL(/\/account$/);
      await expect(page.getByText('10 recovery codes are left')).toBeVisible();
      for (const address of ['/account', '/account/two-step', '/account/recovery-codes']) {
        await visit(page, address);
        expect(await page.content(), address).not.toContain(recovery[0]);
      }
      // The session has a new token: the old one has ended.
      expect((await fetchAs(`${app.url}/account`, { redirect: 'manual' }, user)).status).toBe(303);
      await visit(page, '/customers');
      await signOut(page);

      const submitCode = async (code: string) => {
        await page.getByLabel('Code', { exact: true }).fill(code);
        await page.getByRole('button', { name: 'Continue' }).click();
      };
      const submitPassword = async () => {
        await visit(page, '/customers?sort=-nps');
        await submitSignIn(page, user.email, user.password);
        await expect(heading(page, 'Enter your code')).toBeVisible();
        await expect(page).toHaveURL(/\/sign-in\/code\?next=/);
        await expect(page.getByText(`Signing in as ${user.name}`)).toBeVisible();
      };
      const expectSignedIn = async () => {
        await expect(page).toHaveURL((url) => url.pathname + url.search === '/customers?sort=-nps');
        await visit(page, '/customers');
        await signOut(page);
      };
      const typeRecoveryCode = async (code: string) => {
        const input = page.getByLabel('Recovery code', { exact: true });
        // It is open already where another one was refused.
        if (!(await input.isVisible())) await page.getByText('Use a recovery code', { exact: true }).click();
        await input.fill(code);
      };
      const submitRecoveryCode = async (code: string) => {
        await typeRecoveryCode(code);
        await page.getByRole('button', { name: 'Continue' }).click();
      };
      const expectRefused = async (input = 'code') =>
        await expect(page.locator(`#input-${input}-error`)).toContainText(/Incorrect (recovery )?code/);

      await submitPassword();
      // With the password alone the user is not signed in.
      await visit(page, '/account');
      await expect(page).toHaveURL(/\/sign-in\/code\?next=%2Faccount$/);
      await visit(page, '/customers?sort=-nps');
      await expect(heading(page, 'Enter your code')).toBeVisible();
      expect((await fetchAs(`${app.url}/api/customers/list?address=`, {}, { ...user, session: (await sessionOf(page)) ?? '' })).status).toBe(401);
      await submitCode(first);
      await expectRefused();
      await expect(page.getByLabel('Code', { exact: true })).toHaveValue('');
      // As if the last code had never been used: the app shows the same one for 30 seconds.
      await app.db.query('UPDATE users SET totp_step = 0 WHERE email = $1', [user.email]);
      const second = totpCode(secret);
      await submitCode(`${second.slice(0, 3)} ${second.slice(3)}`);
      await expectSignedIn();
      await submitPassword();
      await submitCode(second);
      await expectRefused();
      await submitRecoveryCode(recovery[3].toLowerCase());
      await expectSignedIn();
      await submitPassword();
      await submitRecoveryCode(recovery[3]);
      await expectRefused('recovery_code');
      await submitRecoveryCode(recovery[4]);
      await expect(page).toHaveURL((url) => url.pathname === '/customers');
      await visit(page, '/account');
      await expect(page.getByText('8 recovery codes are left')).toBeVisible();

      // New recovery codes replace those that are left; then two-step sign-in is turned off.
      await page.getByRole('link', { name: 'New recovery codes' }).click();
      await page.getByLabel('Current password').fill(user.password);
      await page.getByRole('button', { name: 'Create new codes' }).click();
      await expect(page.locator('#input-code-error')).toContainText(/Incorrect (recovery )?code/);
      await page.getByLabel('Current password').fill(user.password);
      await typeRecoveryCode(recovery[5]);
      await page.getByRole('button', { name: 'Create new codes' }).click();
      await expect(codes).toHaveCount(10);
      const renewed = await codes.allInnerTexts();
      expect(renewed).not.toContain(recovery[0]);
      await page.getByRole('link', { name: "I've saved these" }).click();
      await page.getByRole('link', { name: 'Turn off' }).click();
      await page.getByLabel('Current password').fill('not it');
      await page.getByRole('button', { name: 'Turn off' }).click();
      await expect(page.locator('#input-password-error')).toContainText('Incorrect password');
      await page.getByLabel('Current password').fill(user.password);
      await typeRecoveryCode(renewed[0]);
      await page.getByRole('button', { name: 'Turn off' }).click();
      await expect(statusMessage(page, 'Two-step sign-in is off')).toBeVisible();
      await expect(page.getByRole('link', { name: 'Turn on' })).toBeVisible();
    });

    test('a user whose role requires two-step sign-in sets it up first', async ({ page, newPage, ownApp, visit, browserErrors }) => {
      browserErrors.allow(/status of 422/);
      const { url, users } = ownApp;
      const admin = await newPage(users.Admin);
      await visit(admin, `${url}/settings/roles`);
      await admin.getByRole('link', { name: 'Change: Two-step sign-in for Staff' }).click();
      await admin.getByLabel('Second step').selectOption('required');
      await admin.getByRole('button', { name: 'Save' }).click();
      await expect(statusMessage(admin, 'Settings saved')).toBeVisible();
      await expect(admin.getByRole('cell', { name: /required/ })).toHaveCount(1);

      // It applies to users who are signed in, too.
      await useSession(page.context(), users.Staff);
      const customer = await createCustomer(ownApp);
      for (const address of ['/customers', `/customers/${customer.id}`, '/account', '/account/password', '/settings/roles', '/sign-in']) {
        await visit(page, url + address);
        await expect(page).toHaveURL(/\/account\/two-step$/);
        expect(await page.content()).not.toContain(customer.name);
      }
      expect((await fetchAs(`${url}/api/customers/list?address=`, {}, users.Staff)).status).toBe(401);
      expect((await postForm(`${url}/account/password`, { password: users.Staff.password, new_password: password() }, users.Staff)).status).toBe(401);
      const dialog = page.getByRole('dialog');
      await expect(dialog).toContainText('Your role requires two-step sign-in');
      await expect(dialog.getByRole('link', { name: 'Cancel' })).toHaveCount(0);
      await dialog.getByLabel('Code', { exact: true }).fill(totpCode(decodeBase32(await dialog.locator('code.secret').innerText())));
      await dialog.getByLabel('Current password').fill(users.Staff.password);
      await dialog.getByRole('button', { name: 'Turn on' }).click();
      await page.getByRole('link', { name: "I've saved these" }).click();
      await expect(page.getByText('10 recovery codes are left')).toBeVisible();
      await expect(page.getByRole('link', { name: 'Turn off' })).toHaveCount(0);
      await visit(page, `${url}/account/two-step/off`);
      await page.getByLabel('Current password').fill(users.Staff.password);
      await page.getByRole('button', { name: 'Turn off' }).click();
      await expect(summary(page)).toContainText('requires two-step sign-in');
      await visit(page, `${url}/customers`);
      await expect(page.getByRole('link', { name: customer.name })).toBeVisible();
    });

    test('the first start prints a link for the first Admin, which works once', async ({ page, visit, browserErrors }) => {
      browserErrors.allow(/status of (404|422)/);
      const postgres = await TestPostgres.create();
      const env = { DATABASE_URL: postgres.url };
      let server: Server | undefined;
      try {
        await runCommand(['migrate'], env);
        server = await Server.start([], env);
        await expect.poll(() => server?.stdout ?? '').toContain('Create the first Admin');
        const link = oneTimeLink(server.stdout, server.url);
        expect(server.stdout).toContain(link);
        expect(server.log).not.toContain('/link/');
        await visit(page, link);
        await expect(heading(page, 'Welcome to Lastmile')).toBeVisible();
        const secret = password();
        await page.getByLabel('Your name').fill('Asha <b>First</b>');
        await page.getByLabel('Email', { exact: true }).fill('not an address');
        await page.getByLabel('New password').fill('short');
        await page.getByRole('button', { name: 'Create the first Admin' }).click();
        await expect(summary(page).getByRole('link')).toHaveCount(2);
        await expect(page.getByLabel('Your name')).toHaveValue('Asha <b>First</b>');
        await expect(page.getByLabel('Email', { exact: true })).toHaveValue('not an address');
        await expect(page.getByLabel('New password')).toHaveValue('');
        await page.getByLabel('Email', { exact: true }).fill('asha@lastmile.example');
        await page.getByLabel('New password').fill(secret);
        await page.getByRole('button', { name: 'Create the first Admin' }).click();
        await expect(page).toHaveURL(/\/sign-in$/);
        await submitSignIn(page, 'asha@lastmile.example', secret);
        await expect(page.getByRole('link', { name: 'Your account: Asha <b>First</b>, Admin' })).toBeVisible();
        expect((await visit(page, link)).status()).toBe(404);
        await expect(heading(page, 'This link no longer works')).toBeVisible();
        // A later start prints none.
        await page.goto('about:blank');
        await server.stop();
        server = await Server.start([], env);
        expect(server.stdout).not.toContain('first Admin');
      } finally {
        // A page that still requests something, its icon for example, would report an error.
        await page.goto('about:blank');
        await server?.stop();
        await postgres.remove();
      }
    });

    test('a demo has a sign-in button for each role, and prints passwords', async ({ page, visit }) => {
      const postgres = await TestPostgres.create();
      const env = { DATABASE_URL: postgres.url };
      let server: Server | undefined;
      try {
        await runCommand(['migrate'], env);
        server = await Server.start(['--demo'], env);
        await expect.poll(() => server?.stdout ?? '').toMatch(/Sales: .*\n/);
        const { url } = server;
        for (const role of ['Admin', 'Sales']) {
          const [, email, secret] = new RegExp(`${role}: (\\S+) with the password (\\S+)`).exec(server.stdout) ?? [];
          await visit(page, `${url}/sign-in`);
          await submitSignIn(page, email, secret);
          await expect(page.getByRole('link', { name: new RegExp(`^Your account: .*, ${role}$`) })).toBeVisible();
          await signOut(page);
        }
        for (const role of ROLES) {
          await visit(page, `${url}/customers?sort=-nps`);
          await page.getByRole('button', { name: `Sign in as ${role}` }).click();
          await expect(page).toHaveURL(`${url}/customers?sort=-nps`);
          await expect(page.getByRole('link', { name: new RegExp(`^Your account: .*, ${role}$`) })).toBeVisible();
          await signOut(page);
        }
      } finally {
        // A page that still requests something, its icon for example, would report an error.
        await page.goto('about:blank');
        await server?.stop();
        await postgres.remove();
      }
    });
  });
}

test('without a demo there are no such buttons, and their address signs nobody in', async ({ page, app, browserErrors }) => {
  browserErrors.allow(/status of 404/);
  await page.goto('/sign-in');
  await expect(page.getByRole('button', { name: /^Sign in as/ })).toHaveCount(0);
  const response = await postForm(`${app.url}/sign-in/demo`, { role: 'Admin' }, null);
  expect(response.status).toBe(404);
  expect(response.headers.getSetCookie().join()).not.toContain(`${sessionCookie(app.url)}=`);
});

test('sign-in never leads to another site', async ({ page, app, context, browserErrors }) => {
  browserErrors.allow(/status of 404/);
  const { email, password: secret } = await createUser(app, 'Staff');
  for (const next of [
    'https://evil.example/', '//evil.example', '///evil.example', '/\\evil.example', '\\\\evil.example', '/\t/evil.example', '\t//evil.example',
    ' //evil.example', 'javascript:alert(1)', 'data:text/html,x', 'evil.example', '/\n//evil.example', '/sign-in?next=//evil.example', 'http:evil.example',
    '/%09/evil.example\r\nset-cookie: a=b',
  ]) {
    const response = await postForm(`${app.url}/sign-in`, { email, password: secret, next }, null);
    expect(response.status, next).toBe(303);
    expect(response.headers.get('location'), next).toBe('/customers');
    const session = await signIn(app.url, email, secret);
    const signedIn = await fetchAs(`${app.url}/sign-in?${new URLSearchParams({ next })}`, { redirect: 'manual' }, { session } as User);
    expect([...(await signedIn.text()).matchAll(/href="([^"]*)"/g)].map(([, href]) => href), next).toEqual(['/favicon.svg', '/customers']);
  }
  await page.goto(`/sign-in?${new URLSearchParams({ next: '//evil.example/' })}`);
  await submitSignIn(page, email, secret);
  await expect(page).toHaveURL(`${app.url}/customers`);
  await context.clearCookies();
  // An unknown path of this site stays on this site.
  await page.goto(`/sign-in?${new URLSearchParams({ next: '/..//evil.example' })}`);
  await submitSignIn(page, email, secret);
  await expect(page).toHaveURL((url) => url.origin === app.url);
});

test('a set-up that the role requires cannot be closed', async ({ page, ownApp }) => {
  const { url, users } = ownApp;
  await postForm(`${url}/settings/roles/Staff/two-step`, { two_step: 'required' });
  await useSession(page.context(), users.Staff);
  await open(page, `${url}/customers`);
  const dialog = page.getByRole('dialog');
  await expect(page.locator('dialog:modal')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toContainText('Your role requires two-step sign-in');
  await expect(page).toHaveURL(/\/account\/two-step$/);
});

test.describe('a session that ends while a user types', () => {
  for (const what of ['a new customer', 'an edit']) {
    test(`${what}, with script: after sign-in the form returns with all that was typed, and it saves`, async ({
      newPage, app, createCustomer, browserErrors,
    }) => {
      browserErrors.allow(/status of (401|422)/);
      const user = await createUser(app, 'Admin');
      const page = await newPage(user);
      const customer = await createCustomer();
      await page.goto(`/customers?q=${customer.email}`);
      await waitForHydration(page);
      await page.getByRole('link', { name: what === 'an edit' ? `Edit ${customer.name}` : 'New customer' }).click();
      const form = new Form(page);
      const contact = { city: 'Kept & "quoted" <b>', address: "7, O'Hara +1 %41 = </textarea><script>" };
      const typed = what === 'an edit'
        ? editFields({ ...contact, most_used_ott: 'ZEE5', peak_hours: ['21:00', '00:00', '07:00', '09:30'], data_used: '1,799.50' })
        : customerFields({ ...contact, referred_by: customer.account });
      await form.fill(typed);
      await endSessions(app.url, user);
      await form.save.click();
      const alert = form.dialog.getByRole('alert');
      await expect(alert).toContainText('You are signed out');
      await form.holds(typed);
      await alert.getByRole('button', { name: 'Sign in and come back' }).click();
      await expect(page.getByText('What you typed is kept. You will see it again')).toBeVisible();
      await expect(page.getByRole('table')).toHaveCount(0);
      // A wrong password on the way loses nothing.
      await submitSignIn(page, user.email, 'not the password');
      await expect(summary(page)).toContainText('Incorrect email or password');
      await submitSignIn(page, user.email, user.password);
      await expect(form.dialog).toBeVisible();
      await waitForHydration(page);
      await form.holds(typed);
      await form.save.click();
      await expect(statusMessage(page, `Customer ${typed.name}`)).toBeVisible();
      await expect(page).toHaveURL((url) => url.pathname + url.search === `/customers?q=${encodeURIComponent(customer.email)}`);
      const found = await app.db.query('SELECT city, address_line FROM customers WHERE email = $1', [typed.email]);
      expect(found.rows).toEqual([{ city: typed.city, address_line: typed.address }]);
    });
  }

  test('closing a restored form asks first', async ({ newPage, app, browserErrors }) => {
    browserErrors.allow(/status of 401/);
    const user = await createUser(app, 'Admin');
    const page = await newPage(user);
    await page.goto('/customers/new');
    await waitForHydration(page);
    const form = new Form(page);
    await form.fill({ name: 'Typed before' });
    await endSessions(app.url, user);
    await form.save.click();
    await form.dialog.getByRole('button', { name: 'Sign in and come back' }).click();
    await submitSignIn(page, user.email, user.password);
    await expect(form.dialog).toBeVisible();
    await waitForHydration(page);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('alertdialog')).toContainText('Discard changes?');
  });

  test('with two-step sign-in nothing is lost either', async ({ newPage, app, browserErrors }) => {
    browserErrors.allow(/status of (401|422)/);
    const user = await createUser(app, 'Admin');
    const page = await newPage(user);
    await page.goto('/customers/new');
    await waitForHydration(page);
    const form = new Form(page);
    const typed = customerFields();
    await form.fill(typed);
    const secret = Buffer.alloc(20, 7);
    await setTotpSecret(app, user, secret);
    await endSessions(app.url, user);
    await form.save.click();
    await form.dialog.getByRole('button', { name: 'Sign in and come back' }).click();
    await submitSignIn(page, user.email, user.password);
    await expect(heading(page, 'Enter your code')).toBeVisible();
    await page.getByLabel('Code', { exact: true }).fill('000000');
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.locator('#input-code-error')).toBeVisible();
    await page.getByLabel('Code', { exact: true }).fill(totpCode(secret));
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(form.dialog).toBeVisible();
    await form.holds(typed);
  });

  test('while browsing: the page says so, and sign-in leads back to it', async ({ newPage, app, createCustomer, browserErrors }) => {
    browserErrors.allow(/status of 401/);
    const user = await createUser(app, 'Staff');
    const page = await newPage(user);
    const customer = await createCustomer();
    await page.goto('/customers');
    await waitForHydration(page);
    await endSessions(app.url, user);
    await page.getByRole('searchbox', { name: 'Search customers' }).fill(customer.email);
    const alert = page.getByRole('alert').filter({ hasText: 'You are signed out' });
    await expect(alert).toBeVisible();
    await alert.getByRole('link', { name: 'Sign in' }).click();
    await submitSignIn(page, user.email, user.password);
    await expect(page).toHaveURL((url) => url.searchParams.get('q') === customer.email);
    await expect(page.getByRole('link', { name: customer.name, exact: true })).toBeVisible();
  });

  test.describe('without script', () => {
    test.use({ javaScriptEnabled: false });

    test('an edit: after sign-in and "Continue" the form returns with all that was typed', async ({ newPage, app, createCustomer, browserErrors }) => {
      browserErrors.allow(/status of 401/);
      const user = await createUser(app, 'Admin');
      const page = await newPage(user);
      const customer = await createCustomer();
      await page.goto(`/customers/${customer.id}/edit?q=${customer.email}`);
      const form = new Form(page);
      const typed = editFields({ city: 'Kept & "quoted" <b>', most_used_ott: 'ZEE5', peak_hours: ['21:00', '00:00'] });
      await form.fill(typed);
      await endSessions(app.url, user);
      const response = page.waitForResponse((response) => response.request().method() === 'POST');
      await form.save.click();
      expect((await response).status()).toBe(401);
      await expect(page.getByText('What you typed is kept. You will see it again')).toBeVisible();
      await submitSignIn(page, user.email, user.password);
      await page.getByRole('button', { name: 'Continue' }).click();
      await form.holds(typed);
      await form.save.click();
      await expect(page).toHaveURL((url) => url.pathname === '/customers');
      await expect(statusMessage(page, `Customer ${typed.name} saved`)).toBeVisible();
      const found = await app.db.query('SELECT city, version FROM customers WHERE id = $1', [customer.id]);
      expect(found.rows).toEqual([{ city: typed.city, version: '2' }]);
    });

    test('a deletion asks again after sign-in', async ({ newPage, app, createCustomer, browserErrors }) => {
      browserErrors.allow(/status of 401/);
      const user = await createUser(app, 'Admin');
      const page = await newPage(user);
      const customer = await createCustomer({ status: 'Cancelled' });
      await page.goto(`/customers/${customer.id}/delete`);
      await endSessions(app.url, user);
      await page.getByRole('button', { name: 'Delete customer' }).click();
      await submitSignIn(page, user.email, user.password);
      await expect(page).toHaveURL(new RegExp(`/customers/${customer.id}/delete$`));
      await page.getByRole('button', { name: 'Delete customer' }).click();
      await expect(statusMessage(page, `Customer ${customer.name} deleted`)).toBeVisible();
    });
  });

  test('a form that the role does not allow returns with what was typed (403)', async ({ app }) => {
    const typed = customerFields();
    const form = formBody({ id: crypto.randomUUID(), ...typed });
    const init = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form };
    const response = await fetchAs(`${app.url}/customers/new`, init, app.users.Staff);
    expect(response.status).toBe(403);
    const page = await response.text();
    expect(page).toContain("You don't have permission to ");
    expect(page).toContain(String(typed.email));
    expect((await app.db.query('SELECT 1 FROM customers WHERE email = $1', [typed.email])).rowCount).toBe(0);
  });
});

test('recovery codes are copied, printed and downloaded, and closing asks', async ({ page, app }) => {
  const user = await createUser(app, 'Staff');
  await useSession(page.context(), user);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.addInitScript(() => Object.assign(window, { prints: 0, print: () => (window as unknown as { prints: number }).prints++ }));
  // The set-up can be left, and nothing is turned on.
  await open(page, '/account/two-step');
  await page.getByRole('link', { name: 'Cancel' }).click();
  await expect(page).toHaveURL(/\/account$/);
  await page.getByRole('link', { name: 'Turn on' }).click();
  const secret = decodeBase32(await page.locator('code.secret').innerText());
  await page.getByLabel('Code', { exact: true }).fill(totpCode(secret));
  await page.getByLabel('Current password').fill(user.password);
  await page.getByRole('button', { name: 'Turn on' }).click();
  const codes = page.getByRole('dialog', { name: 'Your recovery codes' });
  await expect(codes).toBeVisible();
  await waitForHydration(page);
  const shown = (await codes.getByRole('listitem').allInnerTexts()).map((code) => code.trim());
  await codes.getByRole('button', { name: 'Copy' }).click();
  await expect(codes.getByRole('button', { name: 'Copied' })).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.split(/\s+/).filter((word) => shown.includes(word))).toEqual(shown);
  await codes.getByRole('button', { name: 'Print' }).click();
  expect(await page.evaluate(() => (window as unknown as { prints: number }).prints)).toBe(1);
  const download = page.waitForEvent('download');
  await codes.getByRole('link', { name: 'Download' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('lastmile-recovery-codes.txt');
  const stream = await file.createReadStream();
  const text = (await stream.toArray()).join('');
  expect(text.split('\n')).toEqual(shown);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('alertdialog')).toContainText('This is shown only once.');
  await page.getByRole('button', { name: 'Keep it open' }).click();
  await expect(codes.getByRole('listitem')).toHaveCount(shown.length);
  await codes.getByRole('link', { name: "I've saved these" }).click();
  await expect(page.getByText('10 recovery codes are left')).toBeVisible();
});
