import { Cluster } from '../support/cluster.ts';
import { body, fields, make } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import {
  ask, become, bytesOf, code, endSessions, enter, leave, linkIn, newcomer, password, post, SESSION, signIn, user, type Person,
} from '../support/people.ts';
import { Program, run } from '../support/program.ts';
import { expect, open, takenOver, test, told, WAYS } from '../support/test.ts';
import type { Page } from '@playwright/test';

// Whole journeys, by several people.
test.describe.configure({ timeout: 60_000 });

test.use({ role: 'nobody' });

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });
const summary = (page: Page) => page.locator('.summary');
const sessionIn = async (page: Page) => (await page.context().cookies()).find(({ name }) => name === SESSION)?.value;

for (const [way, javaScriptEnabled] of WAYS) {
  test.describe(way, () => {
    test.use({ javaScriptEnabled });

    test('a page leads to signing in; a wrong password says so and keeps the email; the right one leads on to the page', async ({
      page, house, visit, complaints,
    }) => {
      complaints.allow(/status of 422/);
      const { Staff } = house.people;
      const address = '/customers?q=a%26b&status=Active&sort=-nps';
      await visit(page, address);
      await expect(page).toHaveURL((url) => url.pathname === '/sign-in' && url.searchParams.get('next') === address);
      await expect(heading(page, 'Sign in')).toBeVisible();
      await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link')).toHaveCount(1);
      await expect(page.getByLabel('Email', { exact: true })).toBeFocused();
      for (const [email, wrong, said] of [
        [Staff.email, 'not the password', /Email or password is not right/],
        ['nobody@lastmile.example', Staff.password, /Email or password is not right/],
        [Staff.email, '', /^Enter your password\.$/],
        ['', '', /^Enter your email\.Enter your password\.$/],
      ] as const) {
        await enter(page, email, wrong);
        await expect(summary(page)).toHaveText(said);
        await expect(page.getByLabel('Email', { exact: true })).toHaveValue(email);
        await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
      }
      // The case of an email does not matter.
      await enter(page, ` ${Staff.email.toUpperCase()} `, Staff.password);
      await expect(page).toHaveURL((url) => url.pathname + url.search === address);
      await expect(page.getByRole('link', { name: `Your account: ${Staff.name}, Staff` })).toBeVisible();
      // Whoever is in has no use for the door.
      await visit(page, '/sign-in?next=%2Faccount');
      await expect(page).toHaveURL(/\/account$/);
    });

    test('after signing out Back shows nothing, and the session is over', async ({ page, house, make, visit, context }) => {
      const customer = await make();
      const { email, password: secret } = await newcomer(house, 'Admin');
      await visit(page, `/customers/${customer.id}`);
      await enter(page, email, secret);
      await expect(heading(page, customer.name)).toBeVisible();
      const cookie = (await context.cookies()).find(({ name }) => name === SESSION);
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
      await leave(page);
      await expect(told(page, 'You are signed out')).toBeVisible();
      expect((await context.cookies()).map(({ name }) => name)).not.toContain(SESSION);
      await page.goBack();
      await expect(heading(page, 'Sign in')).toBeVisible();
      expect(await page.content()).not.toContain(customer.name);
      // Not the browser alone has forgotten it.
      const answer = await ask(`${house.url}/customers/${customer.id}`, { redirect: 'manual' }, { ...house.people.Admin, session: cookie?.value ?? '' });
      expect(answer.status).toBe(303);
      expect(await answer.text()).not.toContain(customer.name);
    });

    test('ten wrong tries lock an account (429); a one-time link lets in at once', async ({ page, house, visit, complaints }) => {
      complaints.allow(/status of 429/);
      const locked = await newcomer(house, 'Staff');
      for (let tries = 0; tries < 10; tries += 1) {
        expect((await post(`${house.url}/sign-in`, { email: locked.email, password: 'wrong' }, null)).status).toBe(422);
      }
      await visit(page, '/sign-in?next=%2Faccount');
      const answered = page.waitForResponse((response) => response.request().method() === 'POST');
      await enter(page, locked.email, locked.password);
      const answer = await answered;
      expect(answer.status()).toBe(429);
      expect(Number(await answer.headerValue('retry-after'))).toBeGreaterThan(0);
      await expect(summary(page)).toContainText('Too many tries');
      await expect(page.getByLabel('Email', { exact: true })).toHaveValue(locked.email);

      const link = linkIn(await user(house, 'reset', locked.email), house.url);
      // Opening it uses nothing up.
      for (let times = 0; times < 2; times += 1) {
        await visit(page, link);
        await expect(heading(page, 'Choose a new password')).toBeVisible();
      }
      const chosen = password();
      await page.getByLabel('New password').fill(chosen);
      await page.getByRole('button', { name: 'Choose this password' }).click();
      await expect(told(page, 'Your password is set')).toBeVisible();
      await enter(page, locked.email, chosen);
      await expect(page).toHaveURL(/\/customers$/);
    });

    test('a password that is easy to guess is refused, with what to do', async ({ page, house, visit, complaints }) => {
      complaints.allow(/status of 422/);
      const email = `easy.${Date.now()}${way.length}@lastmile.example`;
      await visit(page, linkIn(await user(house, 'add', '--name', 'Easy Going', '--email', email, '--role', 'Staff'), house.url));
      for (const [easy, says] of [['short', /at least 12/], ['password12345', /too easy to guess/], ['EasyGoingEasyGoing', /too easy to guess/]] as const) {
        await page.getByLabel('New password').fill(easy);
        await page.getByRole('button', { name: 'Choose this password' }).click();
        await expect(page.locator('#input-password-error')).toHaveText(says);
        await expect(page.getByLabel('New password')).toHaveAttribute('aria-invalid', 'true');
      }
      // As long as people like, and with any characters.
      const long = 'तीन नीली चायदानी गाती है 🫖 '.repeat(5);
      await page.getByLabel('New password').fill(long);
      await page.getByRole('button', { name: 'Choose this password' }).click();
      await enter(page, email, long);
      await expect(page).toHaveURL(/\/customers$/);
    });

    test('the second step: set up, codes count once, recovery codes work once', async ({ page, house, visit, complaints }) => {
      complaints.allow(/status of 422/);
      const careful = await newcomer(house, 'Sales');
      await become(page.context(), careful);
      await visit(page, '/account');
      await page.getByRole('link', { name: 'Turn on' }).click();
      const dialog = page.getByRole('dialog', { name: 'Turn two-step sign-in on' });
      await expect(dialog.getByRole('img', { name: /QR code/ })).toBeVisible();
      const shown = await dialog.locator('code.secret').innerText();
      const secret = bytesOf(shown);
      // A slip first: the secret stays, the password does not.
      await dialog.getByLabel('Code', { exact: true }).fill('000');
      await dialog.getByLabel('Your password now').fill('not it');
      await dialog.getByRole('button', { name: 'Turn on' }).click();
      await expect(dialog.locator('#input-code-error')).toContainText('not the code');
      await expect(dialog.locator('#input-password-error')).toContainText('not your password');
      await expect(dialog.getByLabel('Your password now')).toHaveValue('');
      await expect(dialog.locator('code.secret')).toHaveText(shown);
      const first = code(secret);
      await dialog.getByLabel('Code', { exact: true }).fill(first);
      await dialog.getByLabel('Your password now').fill(careful.password);
      await dialog.getByRole('button', { name: 'Turn on' }).click();
      const codes = page.getByRole('dialog', { name: 'Your recovery codes' }).getByRole('listitem');
      await expect(codes).toHaveCount(10);
      const recovery = await codes.allInnerTexts();
      expect(new Set(recovery).size).toBe(10);
      await page.getByRole('link', { name: 'I have kept them' }).click();
      await expect(page).toHaveURL(/\/account$/);
      await expect(page.getByText('10 recovery codes are left')).toBeVisible();
      for (const address of ['/account', '/account/two-step', '/account/recovery-codes']) {
        await visit(page, address);
        expect(await page.content(), address).not.toContain(recovery[0]);
      }
      // The token is another now: whoever had the old one is out.
      expect((await ask(`${house.url}/account`, { redirect: 'manual' }, careful)).status).toBe(303);
      await visit(page, '/customers');
      await leave(page);

      const giveCode = async (given: string) => {
        await page.getByLabel('Code', { exact: true }).fill(given);
        await page.getByRole('button', { name: 'Go on' }).click();
      };
      const come = async () => {
        await visit(page, '/customers?sort=-nps');
        await enter(page, careful.email, careful.password);
        await expect(heading(page, 'Second step')).toBeVisible();
        await expect(page).toHaveURL(/\/sign-in\/code\?next=/);
        await expect(page.getByText(`Signing in as ${careful.name}`)).toBeVisible();
      };
      const isIn = async () => {
        await expect(page).toHaveURL((url) => url.pathname + url.search === '/customers?sort=-nps');
        await visit(page, '/customers');
        await leave(page);
      };
      const refused = async () => await expect(page.locator('#input-code-error')).toContainText('not right, or was used before');

      await come();
      // Half-way in is not in.
      await visit(page, '/account');
      await expect(page).toHaveURL(/\/sign-in\/code\?next=%2Faccount$/);
      await visit(page, '/customers?sort=-nps');
      await expect(heading(page, 'Second step')).toBeVisible();
      expect((await ask(`${house.url}/api/customers/list?address=`, {}, { ...careful, session: (await sessionIn(page)) ?? '' })).status).toBe(401);
      await giveCode(first);
      await refused();
      await expect(page.getByLabel('Code', { exact: true })).toHaveValue('');
      // As if the next code had come.
      await house.db.query('UPDATE users SET totp_step = 0 WHERE email = $1', [careful.email]);
      const second = code(secret);
      await giveCode(`${second.slice(0, 3)} ${second.slice(3)}`);
      await isIn();
      await come();
      await giveCode(second);
      await refused();
      await giveCode(recovery[3].toLowerCase());
      await isIn();
      await come();
      await giveCode(recovery[3]);
      await refused();
      await giveCode(recovery[4]);
      await expect(page).toHaveURL((url) => url.pathname === '/customers');
      await visit(page, '/account');
      await expect(page.getByText('8 recovery codes are left')).toBeVisible();

      // New ones take the place of all that are left; and off is off.
      await page.getByRole('link', { name: 'New recovery codes' }).click();
      await page.getByLabel('Your password now').fill(careful.password);
      await page.getByRole('button', { name: 'Make new codes' }).click();
      await expect(codes).toHaveCount(10);
      expect(await codes.allInnerTexts()).not.toContain(recovery[0]);
      await page.getByRole('link', { name: 'I have kept them' }).click();
      await page.getByRole('link', { name: 'Turn off' }).click();
      await page.getByLabel('Your password now').fill('not it');
      await page.getByRole('button', { name: 'Turn off' }).click();
      await expect(page.locator('#input-password-error')).toContainText('not your password');
      await page.getByLabel('Your password now').fill(careful.password);
      await page.getByRole('button', { name: 'Turn off' }).click();
      await expect(told(page, 'Two-step sign-in is off')).toBeVisible();
      await expect(page.getByRole('link', { name: 'Turn on' })).toBeVisible();
    });

    test('whose role needs the second step sets it up before anything else', async ({ page, person, ownHouse, visit, complaints }) => {
      complaints.allow(/status of 422/);
      const { url, people } = ownHouse;
      const admin = await person(people.Admin);
      await visit(admin, `${url}/settings/roles`);
      await admin.getByRole('link', { name: 'Change: Two-step sign-in of Staff' }).click();
      await admin.getByLabel('Second step').selectOption('required');
      await admin.getByRole('button', { name: 'Save' }).click();
      await expect(told(admin, 'The rules are saved')).toBeVisible();
      await expect(admin.getByRole('cell', { name: /required/ })).toHaveCount(1);

      // It holds for those who are in, too.
      await become(page.context(), people.Staff);
      const customer = await make(url);
      for (const address of ['/customers', `/customers/${customer.id}`, '/account', '/account/password', '/settings/roles', '/sign-in']) {
        await visit(page, url + address);
        await expect(page).toHaveURL(/\/account\/two-step$/);
        expect(await page.content()).not.toContain(customer.name);
      }
      expect((await ask(`${url}/api/customers/list?address=`, {}, people.Staff)).status).toBe(401);
      expect((await post(`${url}/account/password`, { password: people.Staff.password, new_password: password() }, people.Staff)).status).toBe(401);
      const dialog = page.getByRole('dialog');
      await expect(dialog).toContainText('Your role needs a second step');
      await expect(dialog.getByRole('link', { name: 'Cancel' })).toHaveCount(0);
      await dialog.getByLabel('Code', { exact: true }).fill(code(bytesOf(await dialog.locator('code.secret').innerText())));
      await dialog.getByLabel('Your password now').fill(people.Staff.password);
      await dialog.getByRole('button', { name: 'Turn on' }).click();
      await page.getByRole('link', { name: 'I have kept them' }).click();
      await expect(page.getByText('10 recovery codes are left')).toBeVisible();
      await expect(page.getByRole('link', { name: 'Turn off' })).toHaveCount(0);
      await visit(page, `${url}/account/two-step/off`);
      await page.getByLabel('Your password now').fill(people.Staff.password);
      await page.getByRole('button', { name: 'Turn off' }).click();
      await expect(summary(page)).toContainText('needs the second step');
      await visit(page, `${url}/customers`);
      await expect(page.getByRole('link', { name: customer.name })).toBeVisible();
    });

    test('the first start prints a link for the first Admin, once used it is used up', async ({ page, visit, complaints }) => {
      complaints.allow(/status of (404|422)/);
      const cluster = await Cluster.create();
      const env = { DATABASE_URL: cluster.url };
      let program: Program | undefined;
      try {
        await run(['migrate'], env);
        program = await Program.start([], env);
        await expect.poll(() => program?.said ?? '').toContain('Create the first Admin');
        const link = linkIn(program.said, program.url);
        expect(program.said).toContain(link);
        expect(program.log).not.toContain('/link/');
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
        await enter(page, 'asha@lastmile.example', secret);
        await expect(page.getByRole('link', { name: 'Your account: Asha <b>First</b>, Admin' })).toBeVisible();
        expect((await visit(page, link)).status()).toBe(404);
        await expect(heading(page, 'This link does not work any more')).toBeVisible();
        // And a later start prints none.
        await page.goto('about:blank');
        await program.stop();
        program = await Program.start([], env);
        expect(program.said).not.toContain('first Admin');
      } finally {
        // What the page still asks for, its icon for one, would find nobody.
        await page.goto('about:blank');
        await program?.stop();
        await cluster.remove();
      }
    });

    test('a demo has a button for each of its people, and prints passwords', async ({ page, visit }) => {
      const cluster = await Cluster.create();
      const env = { DATABASE_URL: cluster.url };
      let program: Program | undefined;
      try {
        await run(['migrate'], env);
        program = await Program.start(['--demo'], env);
        await expect.poll(() => program?.said ?? '').toMatch(/Sales: .*\n/);
        const { url } = program;
        for (const role of ['Admin', 'Sales']) {
          const [, email, secret] = new RegExp(`${role}: (\\S+) with the password (\\S+)`).exec(program.said) ?? [];
          await visit(page, `${url}/sign-in`);
          await enter(page, email, secret);
          await expect(page.getByRole('link', { name: new RegExp(`^Your account: .*, ${role}$`) })).toBeVisible();
          await leave(page);
        }
        for (const [button, role] of [['Come in as an Admin', 'Admin'], ['Come in as Sales', 'Sales'], ['Come in as a Staff visitor', 'Staff']]) {
          await visit(page, `${url}/customers?sort=-nps`);
          await page.getByRole('button', { name: button }).click();
          await expect(page).toHaveURL(`${url}/customers?sort=-nps`);
          await expect(page.getByRole('link', { name: new RegExp(`^Your account: .*, ${role}$`) })).toBeVisible();
          await leave(page);
        }
      } finally {
        // What the page still asks for, its icon for one, would find nobody.
        await page.goto('about:blank');
        await program?.stop();
        await cluster.remove();
      }
    });
  });
}

test('a house that is no demo has no such buttons, and nobody gets in by their address', async ({ page, house, complaints }) => {
  complaints.allow(/status of 404/);
  await page.goto('/sign-in');
  await expect(page.getByRole('button', { name: /^Come in as/ })).toHaveCount(0);
  const answer = await post(`${house.url}/sign-in/demo`, { role: 'Admin' }, null);
  expect(answer.status).toBe(404);
  expect(answer.headers.getSetCookie().join()).not.toContain(`${SESSION}=`);
});

test('signing in never leads to another site', async ({ page, house, context, complaints }) => {
  complaints.allow(/status of 404/);
  const { email, password: secret } = await newcomer(house, 'Staff');
  for (const next of [
    'https://evil.example/', '//evil.example', '///evil.example', '/\\evil.example', '\\\\evil.example', '/\t/evil.example', '\t//evil.example',
    ' //evil.example', 'javascript:alert(1)', 'data:text/html,x', 'evil.example', '/\n//evil.example', '/sign-in?next=//evil.example', 'http:evil.example',
    '/%09/evil.example\r\nset-cookie: a=b',
  ]) {
    const answer = await post(`${house.url}/sign-in`, { email, password: secret, next }, null);
    expect(answer.status, next).toBe(303);
    expect(answer.headers.get('location'), next).toBe('/customers');
    const session = await signIn(house.url, email, secret);
    const in_already = await ask(`${house.url}/sign-in?${new URLSearchParams({ next })}`, { redirect: 'manual' }, { session } as Person);
    expect(in_already.headers.get('location'), next).toBe('/customers');
  }
  await page.goto(`/sign-in?${new URLSearchParams({ next: '//evil.example/' })}`);
  await enter(page, email, secret);
  await expect(page).toHaveURL(`${house.url}/customers`);
  await context.clearCookies();
  // What is no address to be shown, but one of ours, leads to where that leads.
  await page.goto(`/sign-in?${new URLSearchParams({ next: '/..//evil.example' })}`);
  await enter(page, email, secret);
  await expect(page).toHaveURL((url) => url.origin === house.url);
});

test('a set-up that the role demands cannot be closed away', async ({ page, ownHouse }) => {
  const { url, people } = ownHouse;
  await post(`${url}/settings/roles/Staff/two-step`, { two_step: 'required' });
  await become(page.context(), people.Staff);
  await open(page, `${url}/customers`);
  const dialog = page.getByRole('dialog');
  await expect(page.locator('dialog:modal')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toContainText('Your role needs a second step');
  await expect(page).toHaveURL(/\/account\/two-step$/);
});

test.describe('a session that ends while somebody types', () => {
  for (const what of ['a new customer', 'an edit']) {
    test(`${what}, with script: signing in brings the form back with all that was typed, and it saves`, async ({ person, house, make, complaints }) => {
      complaints.allow(/status of (401|422)/);
      const typist = await newcomer(house, 'Admin');
      const page = await person(typist);
      const customer = await make();
      await page.goto(`/customers?q=${customer.email}`);
      await takenOver(page);
      await page.getByRole('link', { name: what === 'an edit' ? `Edit ${customer.name}` : 'New customer' }).click();
      const form = new Form(page);
      const typed = fields({
        city: 'Kept & "quoted" <b>', address: "7, O'Hara +1 %41 =", ott_apps: ['Netflix', 'ZEE5'], peak_hours: ['21:00', '00:00', '07:00', '09:30'],
        status: 'Cancelled', cancelled_on: '2026-10-31', cancel_reason: '</textarea><script>', price: '1,799.50', referred_by: customer.account,
      });
      if (what === 'an edit') delete typed.referred_by;
      await form.fill(typed);
      await endSessions(house.url, typist);
      await form.save.click();
      const alert = form.dialog.getByRole('alert');
      await expect(alert).toContainText('You are signed out');
      await form.holds(typed);
      await alert.getByRole('button', { name: 'Sign in and come back' }).click();
      await expect(page.getByText('What you typed is kept')).toBeVisible();
      await expect(page.getByRole('table')).toHaveCount(0);
      // A slip on the way loses nothing.
      await enter(page, typist.email, 'not the password');
      await expect(summary(page)).toContainText('Email or password is not right');
      await enter(page, typist.email, typist.password);
      await expect(form.dialog).toBeVisible();
      await takenOver(page);
      await form.holds(typed);
      await form.save.click();
      await expect(told(page, `Customer ${typed.name}`)).toBeVisible();
      await expect(page).toHaveURL((url) => url.pathname + url.search === `/customers?q=${encodeURIComponent(customer.email)}`);
      const found = await house.db.query('SELECT city, cancel_reason FROM customers WHERE email = $1', [typed.email]);
      expect(found.rows).toEqual([{ city: typed.city, cancel_reason: typed.cancel_reason }]);
    });
  }

  test('what came back is as good as typed: closing the form asks first', async ({ person, house, complaints }) => {
    complaints.allow(/status of 401/);
    const typist = await newcomer(house, 'Admin');
    const page = await person(typist);
    await page.goto('/customers/new');
    await takenOver(page);
    const form = new Form(page);
    await form.fill({ name: 'Typed before' });
    await endSessions(house.url, typist);
    await form.save.click();
    await form.dialog.getByRole('button', { name: 'Sign in and come back' }).click();
    await enter(page, typist.email, typist.password);
    await expect(form.dialog).toBeVisible();
    await takenOver(page);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('alertdialog')).toContainText('Throw away what you typed?');
  });

  test('with the second step on, the code comes between and nothing is lost', async ({ person, house, complaints }) => {
    complaints.allow(/status of (401|422)/);
    const typist = await newcomer(house, 'Admin');
    const page = await person(typist);
    await page.goto('/customers/new');
    await takenOver(page);
    const form = new Form(page);
    const typed = fields();
    await form.fill(typed);
    const secret = Buffer.alloc(20, 7);
    await house.db.query('UPDATE users SET totp_secret = $2 WHERE id = $1', [typist.id, secret]);
    await endSessions(house.url, typist);
    await form.save.click();
    await form.dialog.getByRole('button', { name: 'Sign in and come back' }).click();
    await enter(page, typist.email, typist.password);
    await expect(heading(page, 'Second step')).toBeVisible();
    await page.getByLabel('Code', { exact: true }).fill('000000');
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect(page.locator('#input-code-error')).toBeVisible();
    await page.getByLabel('Code', { exact: true }).fill(code(secret));
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect(form.dialog).toBeVisible();
    await form.holds(typed);
  });

  test('looking around: the page says so, and signing in leads back to it', async ({ person, house, make, complaints }) => {
    complaints.allow(/status of 401/);
    const reader = await newcomer(house, 'Staff');
    const page = await person(reader);
    const customer = await make();
    await page.goto('/customers');
    await takenOver(page);
    await endSessions(house.url, reader);
    await page.getByRole('searchbox', { name: 'Search customers' }).fill(customer.email);
    const alert = page.getByRole('alert').filter({ hasText: 'You are signed out' });
    await expect(alert).toBeVisible();
    await alert.getByRole('link', { name: 'Sign in' }).click();
    await enter(page, reader.email, reader.password);
    await expect(page).toHaveURL((url) => url.searchParams.get('q') === customer.email);
    await expect(page.getByRole('link', { name: customer.name, exact: true })).toBeVisible();
  });

  test.describe('without script', () => {
    test.use({ javaScriptEnabled: false });

    test('an edit: signing in, "Go on", and the form is back with all that was typed', async ({ person, house, make, complaints }) => {
      complaints.allow(/status of 401/);
      const typist = await newcomer(house, 'Admin');
      const page = await person(typist);
      const customer = await make();
      await page.goto(`/customers/${customer.id}/edit?q=${customer.email}`);
      const form = new Form(page);
      const typed = fields({ city: 'Kept & "quoted" <b>', ott_apps: ['Netflix', 'ZEE5'], peak_hours: ['21:00', '00:00'] });
      await form.fill(typed);
      await endSessions(house.url, typist);
      const answered = page.waitForResponse((response) => response.request().method() === 'POST');
      await form.save.click();
      expect((await answered).status()).toBe(401);
      await expect(page.getByText('What you typed is kept')).toBeVisible();
      await enter(page, typist.email, typist.password);
      await page.getByRole('button', { name: 'Go on' }).click();
      await form.holds(typed);
      await form.save.click();
      await expect(page).toHaveURL((url) => url.pathname === '/customers');
      await expect(told(page, `Customer ${typed.name} saved`)).toBeVisible();
      const found = await house.db.query('SELECT city, version FROM customers WHERE id = $1', [customer.id]);
      expect(found.rows).toEqual([{ city: typed.city, version: '2' }]);
    });

    test('a deletion leads to its question again', async ({ person, house, make, complaints }) => {
      complaints.allow(/status of 401/);
      const typist = await newcomer(house, 'Admin');
      const page = await person(typist);
      const customer = await make();
      await page.goto(`/customers/${customer.id}/delete`);
      await endSessions(house.url, typist);
      await page.getByRole('button', { name: 'Delete customer' }).click();
      await enter(page, typist.email, typist.password);
      await expect(page).toHaveURL(new RegExp(`/customers/${customer.id}/delete$`));
      await page.getByRole('button', { name: 'Delete customer' }).click();
      await expect(told(page, `Customer ${customer.name} deleted`)).toBeVisible();
    });
  });

  test('a form of somebody else\'s role comes back with what was typed, and is refused (403)', async ({ house }) => {
    const typed = fields();
    const form = body({ id: crypto.randomUUID(), ...typed });
    const init = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form };
    const answer = await ask(`${house.url}/customers/new`, init, house.people.Staff);
    expect(answer.status).toBe(403);
    const page = await answer.text();
    expect(page).toContain('Your role does not allow this');
    expect(page).toContain(String(typed.email));
    expect((await house.db.query('SELECT 1 FROM customers WHERE email = $1', [typed.email])).rowCount).toBe(0);
  });
});
