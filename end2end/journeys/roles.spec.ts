import { body, fields, remove, send, uuid, type Customer } from '../support/customers.ts';
import { List } from '../support/list.ts';
import { ask, post, ROLES, type Person, type Role } from '../support/people.ts';
import { expect, open, test, told, WAYS, type House } from '../support/test.ts';

const FORBIDDEN = 'Your role does not allow this. Ask an Admin if you need it.';

/** What each role may: the table of the README. */
const MAY: Record<Role, { edit: boolean; administer: boolean }> = {
  Staff: { edit: false, administer: false },
  Sales: { edit: false, administer: false },
  Admin: { edit: true, administer: true },
};

/** Addresses that only those may open who edit customers, and those who see to people. */
const desk = (id: string) => ['/customers/new', '/customers/deleted', `/customers/${id}/edit`, `/customers/${id}/delete`, `/customers/${id}/edit?from=record`];
const house_keeping = (person: Person) => [
  '/settings/users', '/settings/users/new', `/settings/users/${person.id}/role`, `/settings/users/${person.id}/reset`, '/history',
];

/** What an Admin alone may do by a form: address and body. */
function deeds(customer: Customer, person: Person): [string, Record<string, string>][] {
  const typed = Object.fromEntries(Object.entries(fields()).map(([name, value]) => [name, String(value)]));
  return [
    ['/customers/new', { id: uuid(), ...typed }],
    [`/customers/${customer.id}/edit`, { id: customer.id, version: '1', account: customer.account, ...typed }],
    [`/customers/${customer.id}/delete`, {}],
    [`/customers/${customer.id}/restore`, {}],
    ['/settings/users/new', { name: 'Intruder', email: 'intruder@lastmile.example', role: 'Admin' }],
    ...['role', 'disable', 'enable', 'sessions', 'reset'].map((action) => [`/settings/users/${person.id}/${action}`, { role: 'Staff' }] as [string, Record<string, string>]),
    ['/settings/roles/sessions', { idle_minutes: '5', absolute_minutes: '30' }],
    ['/settings/roles/Staff/two-step', { two_step: 'required' }],
  ];
}

/** All that a deed could change, to be compared. */
async function everything(house: House, customer: Customer): Promise<unknown> {
  const found = await house.db.query(
    `SELECT (SELECT row_to_json(c)::text FROM customers c WHERE id = $1) AS customer,
       (SELECT json_agg(row_to_json(u) ORDER BY id)::text FROM users u) AS users,
       (SELECT json_agg(row_to_json(r) ORDER BY id)::text FROM role_rules r) AS roles,
       (SELECT json_agg(row_to_json(s))::text FROM session_rules s) AS sessions,
       (SELECT count(*) FROM one_time_links) AS links, (SELECT count(*) FROM customers) AS customers, (SELECT count(*) FROM sessions) AS open`,
    [customer.id],
  );
  return found.rows[0];
}

for (const role of ROLES) {
  const { edit, administer } = MAY[role];

  for (const [way, javaScriptEnabled] of WAYS) {
    test.describe(`${role}, ${way}`, () => {
      test.use({ role, javaScriptEnabled });

      test('is offered what the role may do, and nothing else', async ({ page, make, visit }) => {
        const customer = await make();
        const main = page.getByRole('navigation', { name: 'Main' });
        await visit(page, `/customers?q=${customer.email}`);
        for (const name of ['Customers', 'At risk', 'Owing most', 'Next bills', 'To connect', 'Roles']) {
          await expect(main.getByRole('link', { name, exact: true }), name).toBeVisible();
        }
        await expect(main.getByRole('link', { name: 'Deleted', exact: true })).toHaveCount(edit ? 1 : 0);
        for (const name of ['Users', 'History']) await expect(main.getByRole('link', { name, exact: true }), name).toHaveCount(administer ? 1 : 0);
        await expect(main.getByRole('link', { name: new RegExp(`^Your account: .*, ${role}$`) })).toBeVisible();
        await expect(main.getByRole('button', { name: 'Sign out' })).toBeVisible();

        const list = new List(page);
        const offered = async () => {
          for (const name of [`Edit ${customer.name}`, `Delete ${customer.name}`]) {
            await expect(page.getByRole('link', { name }), name).toHaveCount(edit ? 1 : 0);
          }
        };
        await expect(list.row(customer.name)).toBeVisible();
        await expect(page.getByRole('link', { name: 'New customer' })).toHaveCount(edit ? 1 : 0);
        await offered();
        // The rest is there for everybody: search, filters, sorts, columns, records.
        await (await list.menu('Columns')).getByRole('checkbox', { name: 'City' }).check();
        await page.getByRole('link', { name: customer.name, exact: true }).click();
        await expect(page.getByRole('heading', { level: 1, name: customer.name })).toBeVisible();
        await offered();

        await visit(page, '/customers?q=nobody-is-called-this');
        await expect(page.getByRole('heading', { name: 'No customers match' })).toBeVisible();
        await expect(page.getByRole('link', { name: 'New customer' })).toHaveCount(edit ? 1 : 0);

        await visit(page, '/settings/roles');
        await expect(page.getByRole('table', { name: 'What each role may do' })).toBeVisible();
        await expect(page.getByRole('main').getByRole('link', { name: /^Change/ })).toHaveCount(administer ? 4 : 0);
        await visit(page, '/account');
        await expect(page.getByRole('link', { name: 'Change password' })).toBeVisible();
      });

      test('what is not there is a 404 page, whose ways are those of the role', async ({ page, visit, complaints }) => {
        complaints.allow(/status of 404/);
        for (const address of [`/customers/${uuid()}`, '/nowhere']) {
          expect((await visit(page, address)).status()).toBe(404);
          await expect(page.getByRole('main').getByRole('link', { name: 'All customers' })).toBeVisible();
          await expect(page.getByRole('main').getByRole('link', { name: 'Deleted customers' })).toHaveCount(edit && address !== '/nowhere' ? 1 : 0);
        }
      });
    });
  }

  test(`${role}: the addresses answer as the role may`, async ({ house, make }) => {
    const customer = await make({ city: 'Rameswaram' });
    const gone = await make({ name: 'Gone For Good', city: 'Dhanushkodi' });
    await remove(house.db, gone.id);
    const person = house.people[role];
    const get = async (address: string) => {
      const answer = await ask(house.url + address, { redirect: 'manual' }, person);
      return { status: answer.status, text: await answer.text() };
    };
    for (const address of ['/customers', `/customers/${customer.id}`, '/settings/roles', '/account', '/account/password', '/account/two-step']) {
      expect((await get(address)).status, address).toBe(200);
    }
    for (const [addresses, may] of [[desk(customer.id), edit], [house_keeping(house.people.Sales), administer]] as const) {
      for (const address of addresses) {
        const { status, text } = await get(address);
        expect(status, address).toBe(may ? 200 : 403);
        expect(text.includes('Your role does not allow this'), address).toBe(!may);
        if (!may) {
          for (const secret of [gone.name, 'Dhanushkodi', house.people.Admin.email, 'customer-form', 'delete-form', '<form class="editor"']) {
            expect(text, address).not.toContain(secret);
          }
        }
      }
    }
    for (const address of ['/settings/roles/sessions', '/settings/roles/Staff/two-step']) {
      const { status, text } = await get(address);
      expect(status, address).toBe(administer ? 200 : 403);
      expect(text.includes('Your role does not allow this'), address).toBe(!administer);
    }
  });

  test(`${role}: the server functions answer as the role may`, async ({ house, make }) => {
    const customer = await make();
    const person = house.people[role];
    const get = (name: string) => ask(`${house.url}/api/${name}`, {}, person);
    const id = `id=${customer.id}`;
    for (const name of ['customers/list?address=', `customers/record?${id}`, 'customers/find?search=asha', 'people/roles', 'people/account', 'people/two-step']) {
      expect((await get(name)).status, name).toBe(200);
    }
    for (const [names, may] of [
      [['customers/form', `customers/form?${id}`, `customers/deletion?${id}`, 'customers/deleted'], edit],
      [['people/users'], administer],
    ] as const) {
      for (const name of names) {
        const answer = await get(name);
        expect(answer.status, name).toBe(may ? 200 : 403);
        if (!may) expect(await answer.json(), name).toBe('Forbidden');
      }
    }
    const typed = body({ id: uuid(), ...fields() });
    expect((await send(house.url, typed, person)).status).toBe(edit ? 200 : 403);
    const call = (name: string) =>
      ask(`${house.url}/api/customers/${name}`, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: id }, person);
    for (const name of ['delete', 'restore']) expect((await call(name)).status, name).toBe(edit ? 200 : 403);
  });
}

for (const role of ['Staff', 'Sales'] as const) {
  test(`${role}: forms sent anyway are refused (403) and change nothing`, async ({ house, make }) => {
    const customer = await make();
    const before = await everything(house, customer);
    for (const [address, form] of deeds(customer, house.people.Admin)) {
      const answer = await post(house.url + address, form, house.people[role]);
      expect(answer.status, address).toBe(403);
      const text = await answer.text();
      expect(text, address).toContain('Your role does not allow this');
      expect(text, address).not.toContain(house.people.Admin.email);
    }
    expect(await everything(house, customer)).toEqual(before);
  });

  test(`${role}: a dialog that is asked for anyway says so and closes to where one may be`, async ({ page, person, make, complaints }) => {
    complaints.allow(/status of 403/);
    const customer = await make();
    const theirs = await person(role);
    for (const [address, behind] of [
      ['/customers/new', '/customers'], [`/customers/${customer.id}/delete?from=record`, `/customers/${customer.id}`], ['/settings/roles/sessions', '/settings/roles'],
    ]) {
      expect((await open(theirs, address)).status(), address).toBe(403);
      await expect(theirs.getByRole('dialog', { name: 'Not allowed' })).toContainText(FORBIDDEN);
      await theirs.keyboard.press('Escape');
      await expect(theirs.getByRole('dialog')).toHaveCount(0);
      await expect(theirs).toHaveURL((url) => url.pathname === behind);
    }
    await page.close();
  });
}

test('nobody: pages lead to signing in, functions and forms say 401, and nothing is changed', async ({ house, make }) => {
  const customer = await make();
  const before = await everything(house, customer);
  const pages = [
    '/', '/customers', `/customers/${customer.id}`, ...desk(customer.id), ...house_keeping(house.people.Sales), '/settings/roles', '/account', '/account/two-step',
    '/nowhere',
  ];
  for (const address of pages) {
    const answer = await ask(house.url + address, { redirect: 'manual' }, null);
    expect(answer.status, address).toBe(303);
    expect(answer.headers.get('location'), address).toBe(`/sign-in?next=${encodeURIComponent(address)}`);
    expect(await answer.text(), address).toBe('');
  }
  for (const name of [
    'customers/list?address=', `customers/record?id=${customer.id}`, 'customers/form', 'customers/deleted', 'customers/find?search=a', 'people/users', 'people/roles',
    'people/account', 'people/two-step',
  ]) {
    const answer = await ask(`${house.url}/api/${name}`, {}, null);
    expect(answer.status, name).toBe(401);
    expect(await answer.json(), name).toBe('SignedOut');
  }
  for (const [address, form] of deeds(customer, house.people.Admin)) {
    const answer = await post(house.url + address, form, null);
    expect(answer.status, address).toBe(401);
    expect(await answer.text(), address).not.toContain(house.people.Admin.email);
  }
  expect((await send(house.url, body({ id: uuid(), ...fields() }), null)).status).toBe(401);
  expect(await everything(house, customer)).toEqual(before);
  // A made-up session is none.
  for (const session of ['', 'x', 'A'.repeat(43), `${house.people.Admin.session}x`]) {
    expect((await ask(`${house.url}/customers`, { redirect: 'manual' }, { ...house.people.Admin, session })).status, session).toBe(303);
  }
});

test('a role that is taken away is gone from the open page, too', async ({ page, ownHouse, complaints }) => {
  complaints.allow(/status of 401/);
  const { url, people } = ownHouse;
  await post(`${url}/settings/users/${people.Sales.id}/role`, { role: 'Admin' });
  await open(page, `${url}/customers`);
  await page.getByRole('link', { name: 'New customer' }).first().click();
  // From here on the dialog is above the page, and Escape is its.
  await expect(page.getByLabel('Name', { exact: true })).toBeFocused();
  await page.keyboard.press('Escape');
  await ownHouse.db.query('UPDATE users SET role = $2 WHERE id = $1', [people.Admin.id, 'Staff']);
  complaints.allow(/status of 403/);
  await page.getByRole('link', { name: 'New customer' }).first().click();
  await expect(page.getByRole('dialog')).toContainText(FORBIDDEN);
  await open(page, `${url}/customers`);
  await expect(page.getByRole('link', { name: 'New customer' })).toHaveCount(0);
});

test('what a role may do stands in the table for everybody', async ({ person }) => {
  const page = await person('Staff');
  await open(page, '/settings/roles');
  const table = page.getByRole('table', { name: 'What each role may do' });
  const rows: [string, [string, string, string]][] = [
    ['Browse, search, filter and read customers', ['yes', 'yes', 'yes']],
    ['Create, edit and convert leads', ['no', 'yes', 'yes']],
    ['Create, edit, delete and restore customers', ['no', 'no', 'yes']],
    ['Export', ['no', 'yes', 'yes']],
    ['Users, sessions of others, history of everything', ['no', 'no', 'yes']],
  ];
  for (const [right, cells] of rows) {
    const row = table.getByRole('row').filter({ has: page.getByRole('rowheader', { name: right, exact: true }) });
    for (const [index, said] of cells.entries()) await expect(row.getByRole('cell').nth(index), right).toContainText(said);
  }
  await expect(told(page, /./)).toHaveCount(0);
});
