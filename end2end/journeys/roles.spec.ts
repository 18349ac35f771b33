import type { TestApp } from '../support/app.ts';
import { customerFields, deleteCustomers, editFields, saveCustomer, type Customer } from '../support/customers.ts';
import { List } from '../support/list.ts';
import { formBody } from '../support/records.ts';
import { expect, open, SCRIPT_MODES, statusMessage, test } from '../support/test.ts';
import { uuid } from '../support/unique.ts';
import { fetchAs, postForm, ROLES, type Role, type User } from '../support/users.ts';

const FORBIDDEN = "You don't have permission to ";

/** What each role can do: the table of the README. */
const PERMISSIONS: Record<Role, { edit: boolean; administer: boolean }> = {
  Staff: { edit: false, administer: false },
  Sales: { edit: false, administer: false },
  Admin: { edit: true, administer: true },
};

/** Addresses that only those may open who edit customers, and those who administer users. */
const editorPages = (id: string) => [
  '/customers/new', '/customers/deleted', `/customers/${id}/edit`, `/customers/${id}/delete`, `/customers/${id}/edit?from=record`,
];
const adminPages = (user: User) => [
  '/settings/users', '/settings/users/new', `/settings/users/${user.id}/role`, `/settings/users/${user.id}/reset`, '/history',
];

/** The forms that only an Admin may submit: address and body. */
function adminForms(customer: Customer, user: User): [string, Record<string, string>][] {
  const typed = Object.fromEntries(Object.entries({ ...editFields(), ...customerFields() }).map(([name, value]) => [name, String(value)]));
  return [
    ['/customers/new', { id: uuid(), ...typed }],
    [`/customers/${customer.id}/edit`, { id: customer.id, version: '1', reference: customer.account, ...typed }],
    [`/customers/${customer.id}/delete`, {}],
    [`/customers/${customer.id}/restore`, {}],
    ['/settings/users/new', { name: 'Intruder', email: 'intruder@lastmile.example', role: 'Admin' }],
    ...['role', 'disable', 'enable', 'sessions', 'reset'].map((action) => [`/settings/users/${user.id}/${action}`, { role: 'Staff' }] as [string, Record<string, string>]),
    ['/settings/roles/sessions', { idle_minutes: '5', absolute_minutes: '30' }],
    ['/settings/roles/Staff/two-step', { two_step: 'required' }],
  ];
}

/** All that such a form could change, to compare. */
async function snapshot(app: TestApp, customer: Customer): Promise<unknown> {
  const found = await app.db.query(
    `SELECT (SELECT row_to_json(c)::text FROM customers c WHERE id = $1) AS customer,
       (SELECT json_agg(row_to_json(u) ORDER BY id)::text FROM users u) AS users,
       (SELECT json_agg(row_to_json(r) ORDER BY id)::text FROM role_policies r) AS roles,
       (SELECT json_agg(row_to_json(s))::text FROM session_policy s) AS sessions,
       (SELECT count(*) FROM one_time_links) AS links, (SELECT count(*) FROM customers) AS customers, (SELECT count(*) FROM sessions) AS open`,
    [customer.id],
  );
  return found.rows[0];
}

for (const role of ROLES) {
  const { edit, administer } = PERMISSIONS[role];

  for (const [mode, javaScriptEnabled] of SCRIPT_MODES) {
    test.describe(`${role}, ${mode}`, () => {
      test.use({ role, javaScriptEnabled });

      test('sees what the role allows, and nothing else', async ({ page, createCustomer, visit }) => {
        const customer = await createCustomer();
        const main = page.getByRole('navigation', { name: 'Main' });
        await visit(page, `/customers?q=${customer.email}`);
        for (const name of ['Customers', 'At risk', 'Highest dues', 'Bills due', 'Awaiting connection', 'Roles']) {
          await expect(main.getByRole('link', { name, exact: true }), name).toBeVisible();
        }
        await expect(main.getByRole('link', { name: 'Deleted customers', exact: true })).toHaveCount(edit ? 1 : 0);
        for (const name of ['Users', 'History']) await expect(main.getByRole('link', { name, exact: true }), name).toHaveCount(administer ? 1 : 0);
        await expect(main.getByRole('link', { name: new RegExp(`^Your account: .*, ${role}$`) })).toBeVisible();
        await expect(main.getByRole('button', { name: 'Sign out' })).toBeVisible();

        const list = new List(page);
        const actions = async () => {
          for (const name of [`Edit ${customer.name}`, `Delete ${customer.name}`]) {
            await expect(page.getByRole('link', { name }), name).toHaveCount(edit ? 1 : 0);
          }
        };
        await expect(list.row(customer.name)).toBeVisible();
        await expect(page.getByRole('link', { name: 'New customer' })).toHaveCount(edit ? 1 : 0);
        await actions();
        // Everybody has the rest: search, filters, sorts, columns, records.
        await (await list.menu('Columns')).getByRole('checkbox', { name: 'City' }).check();
        await page.getByRole('link', { name: customer.name, exact: true }).click();
        await expect(page.getByRole('heading', { level: 1, name: customer.name })).toBeVisible();
        await actions();

        await visit(page, '/customers?q=nobody-is-called-this');
        await expect(page.getByRole('heading', { name: 'No customers match' })).toBeVisible();
        await expect(page.getByRole('link', { name: 'New customer' })).toHaveCount(edit ? 1 : 0);

        await visit(page, '/settings/roles');
        await expect(page.getByRole('table', { name: 'What each role can do' })).toBeVisible();
        await expect(page.getByRole('main').getByRole('link', { name: /^Change/ })).toHaveCount(administer ? 4 : 0);
        await visit(page, '/account');
        await expect(page.getByRole('link', { name: 'Change password' })).toBeVisible();
      });

      test('an unknown page is a 404 with the links that the role allows', async ({ page, visit, browserErrors }) => {
        browserErrors.allow(/status of 404/);
        for (const address of [`/customers/${uuid()}`, '/nowhere']) {
          expect((await visit(page, address)).status()).toBe(404);
          await expect(page.getByRole('main').getByRole('link', { name: 'All customers' })).toBeVisible();
          await expect(page.getByRole('main').getByRole('link', { name: 'Deleted customers' })).toHaveCount(edit && address !== '/nowhere' ? 1 : 0);
        }
      });
    });
  }

  test(`${role}: pages answer as the role allows`, async ({ app, createCustomer }) => {
    const customer = await createCustomer({ city: 'Rameswaram' });
    const deleted = await createCustomer({ name: 'Gone For Good', city: 'Dhanushkodi' });
    await deleteCustomers(app.db, deleted.id);
    const user = app.users[role];
    const get = async (address: string) => {
      const response = await fetchAs(app.url + address, { redirect: 'manual' }, user);
      return { status: response.status, text: await response.text() };
    };
    for (const address of ['/customers', `/customers/${customer.id}`, '/settings/roles', '/account', '/account/password', '/account/two-step']) {
      expect((await get(address)).status, address).toBe(200);
    }
    for (const [addresses, may] of [[editorPages(customer.id), edit], [adminPages(app.users.Sales), administer]] as const) {
      for (const address of addresses) {
        const { status, text } = await get(address);
        expect(status, address).toBe(may ? 200 : 403);
        expect(text.includes("You don't have permission to "), address).toBe(!may);
        if (!may) {
          for (const secret of [deleted.name, 'Dhanushkodi', app.users.Admin.email, 'customer-form', 'delete-form', '<form class="editor"']) {
            expect(text, address).not.toContain(secret);
          }
        }
      }
    }
    for (const address of ['/settings/roles/sessions', '/settings/roles/Staff/two-step']) {
      const { status, text } = await get(address);
      expect(status, address).toBe(administer ? 200 : 403);
      expect(text.includes("You don't have permission to "), address).toBe(!administer);
    }
  });

  test(`${role}: server functions answer as the role allows`, async ({ app, createCustomer }) => {
    const customer = await createCustomer({ status: 'Cancelled' });
    const user = app.users[role];
    const get = (name: string) => fetchAs(`${app.url}/api/${name}`, {}, user);
    const id = `id=${customer.id}`;
    for (const name of ['customers/list?address=', `customers/record?${id}`, 'customers/find?search=asha', 'users/roles', 'users/account', 'users/two-step']) {
      expect((await get(name)).status, name).toBe(200);
    }
    for (const [names, may] of [
      [['customers/form', `customers/form?${id}`, `customers/deletion?${id}`, 'customers/deleted'], edit],
      [['users/list'], administer],
    ] as const) {
      for (const name of names) {
        const response = await get(name);
        expect(response.status, name).toBe(may ? 200 : 403);
        if (!may) expect(Object.keys(await response.json()), name).toEqual(['Forbidden']);
      }
    }
    const typed = formBody({ id: uuid(), ...customerFields() });
    expect((await saveCustomer(app.url, typed, user)).status).toBe(edit ? 200 : 403);
    const call = (name: string) =>
      fetchAs(`${app.url}/api/customers/${name}`, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: id }, user);
    for (const name of ['delete', 'restore']) expect((await call(name)).status, name).toBe(edit ? 200 : 403);
  });
}

for (const role of ['Staff', 'Sales'] as const) {
  test(`${role}: forms that the role does not allow are refused (403) and change nothing`, async ({ app, createCustomer }) => {
    const customer = await createCustomer({ status: 'Cancelled' });
    const before = await snapshot(app, customer);
    for (const [address, form] of adminForms(customer, app.users.Admin)) {
      const response = await postForm(app.url + address, form, app.users[role]);
      expect(response.status, address).toBe(403);
      const text = await response.text();
      expect(text, address).toContain("You don't have permission to ");
      expect(text, address).not.toContain(app.users.Admin.email);
    }
    expect(await snapshot(app, customer)).toEqual(before);
  });

  test(`${role}: a dialog that the role does not allow says so and closes to an allowed page`, async ({ newPage, createCustomer, browserErrors }) => {
    browserErrors.allow(/status of 403/);
    const customer = await createCustomer();
    const page = await newPage(role);
    for (const [address, parent] of [
      ['/customers/new', '/customers'], [`/customers/${customer.id}/delete?from=record`, `/customers/${customer.id}`], ['/settings/roles/sessions', '/settings/roles'],
    ]) {
      expect((await open(page, address)).status(), address).toBe(403);
      await expect(page.getByRole('dialog', { name: 'No permission' })).toContainText(FORBIDDEN);
      await page.keyboard.press('Escape');
      await expect(page.getByRole('dialog')).toHaveCount(0);
      await expect(page).toHaveURL((url) => url.pathname === parent);
    }
  });
}

test('signed out: pages lead to sign-in, functions and forms are a 401, and nothing changes', async ({ app, createCustomer }) => {
  const customer = await createCustomer();
  const before = await snapshot(app, customer);
  const pages = [
    '/', '/customers', `/customers/${customer.id}`, ...editorPages(customer.id), ...adminPages(app.users.Sales), '/settings/roles', '/account', '/account/two-step',
    '/nowhere',
  ];
  for (const address of pages) {
    const response = await fetchAs(app.url + address, { redirect: 'manual' }, null);
    expect(response.status, address).toBe(303);
    expect(response.headers.get('location'), address).toBe(`/sign-in?next=${encodeURIComponent(address)}`);
    expect(await response.text(), address).toBe('');
  }
  for (const name of [
    'customers/list?address=', `customers/record?id=${customer.id}`, 'customers/form', 'customers/deleted', 'customers/find?search=a', 'users/list', 'users/roles',
    'users/account', 'users/two-step',
  ]) {
    const response = await fetchAs(`${app.url}/api/${name}`, {}, null);
    expect(response.status, name).toBe(401);
    expect(await response.json(), name).toBe('SignedOut');
  }
  for (const [address, form] of adminForms(customer, app.users.Admin)) {
    const response = await postForm(app.url + address, form, null);
    expect(response.status, address).toBe(401);
    expect(await response.text(), address).not.toContain(app.users.Admin.email);
  }
  expect((await saveCustomer(app.url, formBody({ id: uuid(), ...customerFields() }), null)).status).toBe(401);
  expect(await snapshot(app, customer)).toEqual(before);
  // An invented session signs nobody in.
  for (const session of ['', 'x', 'A'.repeat(43), `${app.users.Admin.session}x`]) {
    expect((await fetchAs(`${app.url}/customers`, { redirect: 'manual' }, { ...app.users.Admin, session })).status, session).toBe(303);
  }
});

test('a role that is taken away ends the rights of an open page too', async ({ page, ownApp, browserErrors }) => {
  browserErrors.allow(/status of 401/);
  const { url, users } = ownApp;
  await postForm(`${url}/settings/users/${users.Sales.id}/role`, { role: 'Admin' });
  await open(page, `${url}/customers`);
  await page.getByRole('link', { name: 'New customer' }).first().click();
  // From here on the dialog is open, and Escape closes it.
  await expect(page.getByLabel('Name', { exact: true })).toBeFocused();
  await page.keyboard.press('Escape');
  await ownApp.db.query('UPDATE users SET role = $2 WHERE id = $1', [users.Admin.id, 'Staff']);
  browserErrors.allow(/status of 403/);
  await page.getByRole('link', { name: 'New customer' }).first().click();
  await expect(page.getByRole('dialog')).toContainText(FORBIDDEN);
  await open(page, `${url}/customers`);
  await expect(page.getByRole('link', { name: 'New customer' })).toHaveCount(0);
});

test('everybody can read what each role may do', async ({ newPage }) => {
  const page = await newPage('Staff');
  await open(page, '/settings/roles');
  const table = page.getByRole('table', { name: 'What each role can do' });
  const rows: [string, [string, string, string]][] = [
    ['Browse, search, filter and read customers and plans', ['yes', 'yes', 'yes']],
    ['Create, edit and convert leads', ['no', 'yes', 'yes']],
    ['Create, edit, delete and restore customers', ['no', 'no', 'yes']],
    ['Export', ['no', 'yes', 'yes']],
    ['Manage users, sessions, plans, holidays, provider, served PIN codes, jobs and history', ['no', 'no', 'yes']],
  ];
  for (const [permission, cells] of rows) {
    const row = table.getByRole('row').filter({ has: page.getByRole('rowheader', { name: permission, exact: true }) });
    for (const [index, value] of cells.entries()) await expect(row.getByRole('cell').nth(index), permission).toContainText(value);
  }
  await expect(statusMessage(page, /./)).toHaveCount(0);
});
