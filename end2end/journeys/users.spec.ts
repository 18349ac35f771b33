import { make, unique } from '../support/customers.ts';
import { tabTo } from '../support/keys.ts';
import { ask, become, bytesOf, code, enter, leave, newcomer, password, post, signIn, type Person } from '../support/people.ts';
import { expect, open, takenOver, test, told, WAYS } from '../support/test.ts';
import type { Locator, Page } from '@playwright/test';

// Whole journeys, by several people.
test.describe.configure({ timeout: 60_000 });

/** The row of somebody in the table of users. */
const rowOf = (page: Page, email: string) =>
  page.getByRole('table', { name: 'Users' }).getByRole('row').filter({ has: page.getByText(email, { exact: true }) });
const cell = (row: Locator, label: string) => row.locator(`td[data-l="${label}"]`);
const dialog = (page: Page, name: string) => page.getByRole('dialog', { name });
const summary = (page: Page) => page.locator('.summary');
const theLink = (page: Page) => page.getByLabel('The link', { exact: true });

/** Whether somebody's session still lets them in. */
async function isIn(url: string, person: Person): Promise<boolean> {
  const answer = await ask(`${url}/account`, { redirect: 'manual' }, person);
  return answer.status === 200;
}

for (const [way, javaScriptEnabled] of WAYS) {
  test.describe(way, () => {
    test.use({ javaScriptEnabled });

    test('somebody is invited: the link is shown once and works once', async ({ page, person, house, visit, complaints }) => {
      complaints.allow(/status of (404|422)/);
      const word = unique();
      const [name, email] = [`Meera <i>${word}</i>`, `meera.${word}@lastmile.example`];
      await visit(page, '/settings/users');
      await page.getByRole('link', { name: 'Invite somebody' }).click();
      const form = dialog(page, 'Invite somebody');
      await expect(form.getByLabel('Name')).toBeFocused();
      // What is wrong is said, and what was typed stays.
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
      await form.getByLabel('Email').fill(house.people.Staff.email.toUpperCase());
      await form.getByRole('button', { name: 'Invite' }).click();
      await expect(page.locator('#input-email-error')).toContainText('Somebody has this email already');
      await expect(form.getByLabel('Name')).toHaveValue(name);
      await expect(form.getByLabel('Email')).toHaveValue(house.people.Staff.email.toUpperCase());
      await expect(form.getByLabel('Role')).toHaveValue('Sales');
      await form.getByLabel('Email').fill(email);
      await form.getByRole('button', { name: 'Invite' }).click();

      await expect(dialog(page, `A link for ${name}`)).toContainText('within 72 hours');
      const link = await theLink(page).inputValue();
      expect(link.startsWith(`${house.url}/link/`)).toBe(true);
      await page.getByRole('link', { name: 'Done' }).click();
      await expect(page).toHaveURL(/\/settings\/users$/);
      const row = rowOf(page, email);
      await expect(cell(row, 'Role')).toHaveText('Sales');
      await expect(cell(row, 'State')).toHaveText('Invited');
      await expect(cell(row, 'Signed in')).toHaveText('nowhere');
      for (const address of ['/settings/users', '/settings/users/new']) {
        await visit(page, address);
        expect(await page.content(), address).not.toContain(link.slice(-43));
      }

      const invited = await person('nobody');
      await visit(invited, link);
      await expect(invited.getByRole('heading', { level: 1, name: 'Welcome to Lastmile' })).toBeVisible();
      await expect(invited.locator('main')).toContainText(name);
      const chosen = password();
      await invited.getByLabel('New password').fill(chosen);
      await invited.getByRole('button', { name: 'Choose this password' }).click();
      await expect(told(invited, 'Your password is set')).toBeVisible();
      await enter(invited, email, chosen);
      await expect(invited.getByRole('link', { name: `Your account: ${name}, Sales` })).toBeVisible();
      await visit(page, '/settings/users');
      await expect(cell(row, 'State')).toHaveText('Active');
      await expect(cell(row, 'Signed in')).toHaveText('in 1 place');

      const late = await person('nobody');
      expect((await visit(late, link)).status()).toBe(404);
      await expect(late.getByRole('heading', { level: 1, name: 'This link does not work any more' })).toBeVisible();
      expect((await post(link, { password: password() }, null)).status).toBe(404);
      await late.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
      await enter(late, email, chosen);
      await expect(late).toHaveURL(/\/customers$/);
    });

    test('another role: signed out at once, and the new role holds from the next sign-in', async ({ page, person, house, visit }) => {
      const colleague = await newcomer(house, 'Staff');
      await visit(page, '/settings/users');
      await page.getByRole('link', { name: `Role: ${colleague.name}` }).click();
      const form = dialog(page, `Change the role of ${colleague.name}`);
      await expect(form.getByLabel('Role')).toHaveValue('Staff');
      await form.getByLabel('Role').selectOption('Admin');
      await form.getByRole('button', { name: 'Change role' }).click();
      await expect(told(page, `${colleague.name} has another role now`)).toBeVisible();
      await expect(cell(rowOf(page, colleague.email), 'Role')).toHaveText('Admin');
      expect(await isIn(house.url, colleague)).toBe(false);
      const theirs = await person('nobody');
      await visit(theirs, '/settings/users');
      await enter(theirs, colleague.email, colleague.password);
      await expect(rowOf(theirs, colleague.email)).toContainText(`${colleague.name} (you)`);
    });

    test('disabled: out at once, and no way in until enabled again', async ({ page, person, house, visit, complaints }) => {
      complaints.allow(/status of 422/);
      const colleague = await newcomer(house, 'Sales');
      const theirs = await person(colleague);
      await visit(theirs, '/customers');
      await visit(page, '/settings/users');
      await page.getByRole('link', { name: `Disable: ${colleague.name}` }).click();
      await expect(dialog(page, `Disable ${colleague.name}?`)).toContainText('cannot sign in');
      await page.getByRole('button', { name: 'Disable', exact: true }).click();
      await expect(told(page, `${colleague.name} is disabled and signed out everywhere`)).toBeVisible();
      const row = rowOf(page, colleague.email);
      await expect(cell(row, 'State')).toHaveText('Disabled');
      await expect(row.getByRole('link', { name: `Disable: ${colleague.name}` })).toHaveCount(0);
      await theirs.reload();
      await expect(theirs).toHaveURL(/\/sign-in\?next=/);
      await enter(theirs, colleague.email, colleague.password);
      // No word about why: whoever guesses learns nothing.
      await expect(summary(theirs)).toContainText('Email or password is not right');
      await page.getByRole('link', { name: `Enable: ${colleague.name}` }).click();
      await page.getByRole('button', { name: 'Enable', exact: true }).click();
      await expect(told(page, `${colleague.name} is enabled`)).toBeVisible();
      await expect(cell(row, 'State')).toHaveText('Active');
      await enter(theirs, colleague.email, colleague.password);
      await expect(theirs).toHaveURL(/\/customers$/);
    });

    test('signed out everywhere by an Admin', async ({ page, house, visit }) => {
      const colleague = await newcomer(house, 'Staff');
      const second = { ...colleague, session: await signIn(house.url, colleague.email, colleague.password) };
      await visit(page, '/settings/users');
      await expect(cell(rowOf(page, colleague.email), 'Signed in')).toHaveText('in 2 places');
      await page.getByRole('link', { name: `Sign out: ${colleague.name}` }).click();
      await page.getByRole('button', { name: 'Sign out everywhere' }).click();
      await expect(told(page, `${colleague.name} is signed out everywhere`)).toBeVisible();
      await expect(cell(rowOf(page, colleague.email), 'Signed in')).toHaveText('nowhere');
      expect([await isIn(house.url, colleague), await isIn(house.url, second)]).toEqual([false, false]);
    });

    test('a link for somebody who lost the password: with the second step kept, and without it', async ({ page, person, house, visit, complaints }) => {
      complaints.allow(/status of 422/);
      const colleague = await newcomer(house, 'Staff');
      const secret = Buffer.alloc(20, 9);
      await house.db.query('UPDATE users SET totp_secret = $2 WHERE id = $1', [colleague.id, secret]);
      const theirs = await person('nobody');
      for (const keeps of [true, false]) {
        await visit(page, '/settings/users');
        await expect(cell(rowOf(page, colleague.email), 'Two-step')).toHaveText('On');
        await page.getByRole('link', { name: `Link: ${colleague.name}` }).click();
        await dialog(page, `A one-time link for ${colleague.name}`).getByLabel(/two-step sign-in off/).setChecked(!keeps);
        await page.getByRole('button', { name: 'Make a link' }).click();
        await expect(dialog(page, `A link for ${colleague.name}`)).toContainText('within 24 hours');
        await visit(theirs, await theLink(page).inputValue());
        await theirs.getByLabel('New password').fill((colleague.password = password()));
        await theirs.getByRole('button', { name: 'Choose this password' }).click();
        await enter(theirs, colleague.email, colleague.password);
        if (keeps) {
          await theirs.getByLabel('Code', { exact: true }).fill(code(secret));
          await theirs.getByRole('button', { name: 'Go on' }).click();
        }
        await expect(theirs).toHaveURL(/\/customers$/);
        await visit(theirs, '/customers');
        await leave(theirs);
      }
      await visit(page, '/settings/users');
      await expect(cell(rowOf(page, colleague.email), 'Two-step')).toHaveText('Off');
    });

    test('the last Admin can neither be demoted nor disabled (409)', async ({ page, ownHouse, visit, complaints }) => {
      complaints.allow(/status of 409/);
      const { url, people } = ownHouse;
      for (const [address, form] of [
        [`/settings/users/${people.Admin.id}/role`, 'Change role'],
        [`/settings/users/${people.Admin.id}/disable`, 'Disable'],
      ]) {
        await visit(page, url + address);
        if (form === 'Change role') await page.getByLabel('Role', { exact: true }).selectOption('Staff');
        const answered = page.waitForResponse((response) => response.request().method() === 'POST');
        await page.getByRole('button', { name: form, exact: true }).click();
        expect((await answered).status()).toBe(409);
        await expect(summary(page)).toContainText('This is the last Admin');
        if (form === 'Change role') await expect(page.getByLabel('Role', { exact: true })).toHaveValue('Staff');
      }
      expect(await isIn(url, people.Admin)).toBe(true);
      // With a second one, the first may go.
      await post(`${url}/settings/users/${people.Sales.id}/role`, { role: 'Admin' });
      await visit(page, `${url}/settings/users/${people.Admin.id}/role`);
      await page.getByLabel('Role', { exact: true }).selectOption('Staff');
      await page.getByRole('button', { name: 'Change role' }).click();
      await expect(page).toHaveURL(/\/sign-in/);
      expect(await isIn(url, people.Admin)).toBe(false);
    });

    test('the own account: where one is signed in; one session ends, then all others', async ({ page, house, visit }) => {
      const me = await newcomer(house, 'Staff');
      const others: Person[] = [];
      for (let place = 0; place < 3; place += 1) others.push({ ...me, session: await signIn(house.url, me.email, me.password) });
      const open = async () => await Promise.all(others.map((other) => isIn(house.url, other)));
      await become(page.context(), me);
      await visit(page, '/account');
      const table = page.getByRole('table', { name: 'Where you are signed in' });
      await expect(table.getByRole('row')).toHaveCount(5);
      await expect(table.getByText('This one')).toHaveCount(1);
      await expect(table.getByRole('cell', { name: '127.0.0.1', exact: true })).toHaveCount(4);
      await table.getByRole('button', { name: /^End the session in/ }).first().click();
      await expect(told(page, 'The session is ended')).toBeVisible();
      await expect(table.getByRole('row')).toHaveCount(4);
      expect((await open()).filter(Boolean)).toHaveLength(2);
      await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
      await expect(told(page, 'You are signed out everywhere else')).toBeVisible();
      await expect(table.getByRole('row')).toHaveCount(2);
      await expect(page.getByRole('button', { name: 'Sign out everywhere else' })).toHaveCount(0);
      expect(await open()).toEqual([false, false, false]);
      // And nobody else's can be ended from there.
      const answer = await house.db.query<{ id: string }>('SELECT id FROM sessions WHERE user_id = $1', [house.people.Admin.id]);
      await post(`${house.url}/account/sessions`, { session: answer.rows[0].id }, me);
      expect(await isIn(house.url, house.people.Admin)).toBe(true);
    });

    test('another password ends all other sessions, and the old one works no more', async ({ page, person, house, visit, complaints }) => {
      complaints.allow(/status of 422/);
      const me = await newcomer(house, 'Staff');
      const elsewhere = { ...me, session: await signIn(house.url, me.email, me.password) };
      await become(page.context(), me);
      await visit(page, '/account');
      await page.getByRole('link', { name: 'Change password' }).click();
      const form = dialog(page, 'Change password');
      await form.getByLabel('Your password now').fill('not it');
      await form.getByLabel('New password').fill('password12345');
      await form.getByRole('button', { name: 'Change password' }).click();
      await expect(page.locator('#input-password-error')).toContainText('not your password');
      await expect(page.locator('#input-new_password-error')).toContainText('too easy to guess');
      expect(await page.content()).not.toContain('password12345');
      const chosen = password();
      await form.getByLabel('Your password now').fill(me.password);
      await form.getByLabel('New password').fill(chosen);
      await form.getByRole('button', { name: 'Change password' }).click();
      await expect(told(page, 'Your password is changed')).toBeVisible();
      await expect(page).toHaveURL(/\/account$/);
      // The old token is of no use any more either.
      expect([await isIn(house.url, elsewhere), await isIn(house.url, me)]).toEqual([false, false]);
      const theirs = await person('nobody');
      await visit(theirs, '/account');
      await enter(theirs, me.email, me.password);
      await expect(summary(theirs)).toContainText('Email or password is not right');
      await enter(theirs, me.email, chosen);
      await expect(theirs).toHaveURL(/\/account$/);
    });

    test('somebody who does not exist, and nothing to do, are pages with a way back (404)', async ({ page, visit, complaints }) => {
      complaints.allow(/status of 404/);
      for (const address of ['/settings/users/7', '/settings/users/00000000-0000-7000-8000-000000000000/role', '/settings/users/new/x/y']) {
        expect((await visit(page, address)).status(), address).toBe(404);
        await expect(page.getByText('Not found').first()).toBeVisible();
      }
    });
  });
}

test.describe('the dialogs', () => {
  const openers: [string, string, string][] = [
    ['/settings/users', 'Invite somebody', 'Name'],
    ['/account', 'Change password', 'New password'],
    ['/settings/roles', 'Change', 'Minutes after signing in'],
  ];
  for (const [address, opener, field] of openers) {
    for (const [way, leave] of [
      ['Escape', async (page: Page) => page.keyboard.press('Escape')],
      ['×', async (page: Page) => page.getByRole('dialog').getByRole('link', { name: 'Close' }).click()],
      ['Cancel', async (page: Page) => page.getByRole('dialog').getByRole('link', { name: 'Cancel' }).click()],
    ] as const) {
      test(`${opener} on ${address}: ${way} closes, and asks first where something was typed`, async ({ page }) => {
        await open(page, address);
        const link = page.getByRole('main').getByRole('link', { name: opener, exact: true });
        await link.click();
        const form = page.getByRole('dialog');
        await expect(form).toBeVisible();
        expect(await form.evaluate((form) => form.matches(':modal'))).toBe(true);
        await leave(page);
        await expect(form).toHaveCount(0);
        await expect(link).toBeFocused();
        await link.click();
        await form.getByLabel(field, { exact: true }).fill('77');
        await leave(page);
        const question = page.getByRole('alertdialog');
        await expect(question).toContainText('Throw away what you typed?');
        await expect(question.getByRole('button', { name: 'Keep editing' })).toBeFocused();
        await question.getByRole('button', { name: 'Keep editing' }).click();
        await expect(question).toHaveCount(0);
        await expect(form.getByLabel(field, { exact: true })).toHaveValue('77');
        await leave(page);
        await question.getByRole('button', { name: 'Throw away' }).click();
        await expect(form).toHaveCount(0);
        await expect(page).toHaveURL((url) => url.pathname === address);
        await expect(link).toBeFocused();
        await link.click();
        await expect(form.getByLabel(field, { exact: true })).not.toHaveValue('77');
      });
    }
  }

  test('a form that came back with an error is asked about, too', async ({ page, complaints }) => {
    complaints.allow(/status of 422/);
    await open(page, '/settings/users/new');
    await page.getByLabel('Name').fill('Typed');
    await page.getByRole('button', { name: 'Invite' }).click();
    await expect(summary(page)).toBeFocused();
    await takenOver(page);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('alertdialog')).toContainText('Throw away what you typed?');
  });

  test('the summary leads to the field, and a form that came back is gone once one went elsewhere', async ({ page, complaints }) => {
    complaints.allow(/status of 422/);
    await open(page, '/settings/users/new');
    await page.getByLabel('Name').fill('Typed');
    await page.getByRole('button', { name: 'Invite' }).click();
    await takenOver(page);
    await summary(page).getByRole('link').click();
    await expect(page.getByLabel('Email')).toBeFocused();
    await page.keyboard.type('more');
    await page.getByRole('dialog').getByRole('link', { name: 'Cancel' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Throw away' }).click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.getByRole('link', { name: 'Invite somebody' }).click();
    await expect(page.getByLabel('Name')).toHaveValue('');
    await expect(summary(page)).toHaveCount(0);
  });

  test('a double click invites once', async ({ page, house }) => {
    const email = `double.${unique()}@lastmile.example`;
    await open(page, '/settings/users/new');
    await page.getByLabel('Name').fill('Double Click');
    await page.getByLabel('Email').fill(email);
    await page.getByRole('button', { name: 'Invite' }).dblclick();
    await expect(dialog(page, 'A link for Double Click')).toBeVisible();
    expect((await house.db.query('SELECT 1 FROM users WHERE email = $1', [email])).rowCount).toBe(1);
  });

  test('the link is selected whole when it has the focus', async ({ page, house }) => {
    const colleague = await newcomer(house, 'Staff');
    await open(page, `/settings/users/${colleague.id}/reset`);
    await page.getByRole('button', { name: 'Make a link' }).click();
    await takenOver(page);
    await theLink(page).focus();
    const selected = await theLink(page).evaluate((input: HTMLInputElement) => input.value.slice(input.selectionStart ?? 0, input.selectionEnd ?? 0));
    expect(selected).toBe(await theLink(page).inputValue());
  });
});

test('the rules of sessions: out of range is said, typed text stays, and they hold at once', async ({ page, ownHouse, complaints }) => {
  complaints.allow(/status of 422/);
  const { url, db, people } = ownHouse;
  await open(page, `${url}/settings/roles/sessions`);
  const [idle, absolute] = [page.getByLabel('Minutes without doing anything'), page.getByLabel('Minutes after signing in')];
  await idle.fill('4');
  await absolute.fill('10081');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(summary(page).getByRole('link')).toHaveCount(2);
  await expect(idle).toHaveValue('4');
  await expect(absolute).toHaveValue('10081');
  await idle.fill('5');
  await absolute.fill('30');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(told(page, 'The rules are saved')).toBeVisible();
  await expect(page.getByText('for 5 minutes')).toBeVisible();
  expect(await isIn(url, people.Staff)).toBe(true);
  await db.query("UPDATE sessions SET last_seen_at = last_seen_at - interval '6 minutes' WHERE user_id = $1", [people.Staff.id]);
  await db.query("UPDATE sessions SET signed_in_at = signed_in_at - interval '31 minutes' WHERE user_id = $1", [people.Sales.id]);
  expect([await isIn(url, people.Staff), await isIn(url, people.Sales)]).toEqual([false, false]);
});

test('by keyboard alone: sign in, invite somebody, change a role, sign out', async ({ person, house }) => {
  const me = await newcomer(house, 'Admin');
  const page = await person('nobody');
  const word = unique();
  const press = async (wanted: Locator) => {
    await tabTo(page, wanted);
    await page.keyboard.press('Enter');
  };
  await open(page, '/settings/users');
  await expect(page.getByLabel('Email', { exact: true })).toBeFocused();
  await page.keyboard.type(me.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(me.password);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/settings\/users$/);
  await takenOver(page);
  await press(page.getByRole('link', { name: 'Skip to content' }));
  await press(page.getByRole('link', { name: 'Invite somebody' }));
  await expect(page.getByLabel('Name')).toBeFocused();
  await page.keyboard.type(`Key ${word}`);
  await page.keyboard.press('Tab');
  await page.keyboard.type(`key.${word}@lastmile.example`);
  await page.keyboard.press('Enter');
  await expect(dialog(page, `A link for Key ${word}`)).toBeVisible();
  await takenOver(page);
  await page.context().grantPermissions(['clipboard-read']);
  await press(page.getByRole('button', { name: 'Copy' }));
  await expect(page.getByRole('button', { name: 'Copied' })).toBeFocused();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await page.getByLabel('The link').inputValue());
  await press(page.getByRole('link', { name: 'Done' }));
  await expect(rowOf(page, `key.${word}@lastmile.example`)).toBeVisible();
  await takenOver(page);
  await press(page.getByRole('link', { name: `Role: Key ${word}` }));
  await tabTo(page, page.getByLabel('Role', { exact: true }), 10);
  await page.keyboard.type('Sal');
  await press(page.getByRole('button', { name: 'Change role' }));
  await expect(told(page, `Key ${word} has another role now`)).toBeVisible();
  await expect(cell(rowOf(page, `key.${word}@lastmile.example`), 'Role')).toHaveText('Sales');
  await takenOver(page);
  await press(page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'Sign out' }));
  await expect(told(page, 'You are signed out')).toBeVisible();
});

test('nothing personal of the users is in what others may ask for', async ({ house }) => {
  const customer = await make(house.url);
  for (const address of ['/settings/roles', '/account', `/customers/${customer.id}`]) {
    const text = await (await ask(house.url + address, {}, house.people.Staff)).text();
    expect(text, address).not.toContain(house.people.Admin.email);
  }
  const account = await ask(`${house.url}/api/people/account`, {}, house.people.Staff);
  expect(await account.text()).not.toMatch(/argon2|password_hash|totp|token/);
});

test('the picture of the second step holds the secret that is shown', async ({ page, house }) => {
  const me = await newcomer(house, 'Staff');
  await become(page.context(), me);
  await open(page, '/account/two-step');
  const shown = await page.locator('code.secret').innerText();
  expect(bytesOf(shown)).toHaveLength(20);
  await expect(page.locator('input[name=secret]')).toHaveValue(shown.replace(/\s/g, ''));
});
