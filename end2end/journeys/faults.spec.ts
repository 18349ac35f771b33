import { createCustomer, customerFields, saveCustomer } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { killDuringWrites } from '../support/kills.ts';
import { List } from '../support/list.ts';
import { formBody, openEdit, readForm, type Outcome } from '../support/records.ts';
import { Server } from '../support/server.ts';
import { expect, open, statusMessage, test, waitForHydration } from '../support/test.ts';
import { uuid } from '../support/unique.ts';
import { fetchAs, registerUsers, useSession } from '../support/users.ts';

/** The files of the code that is loaded when it is needed. */
const LAZY_CODE = '**/pkg/{split,chunk}_*.wasm';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

test.describe('the database stops', () => {
  test('every page is a 503 with Retry-After, says what happened, and recovers with Retry', async ({ page, ownApp, browserErrors }) => {
    browserErrors.allow(/status of 503/);
    const customer = await createCustomer(ownApp);
    const addresses = [
      '/customers', '/customers?q=asha&churn=Low', '/customers/deleted', `/customers/${customer.id}`, '/customers/new',
      `/customers/${customer.id}/edit`, `/customers/${customer.id}/delete`, `/customers/${customer.id}/edit?from=record`,
    ];
    await ownApp.postgres.stop();
    for (const address of addresses) {
      const response = await fetchAs(ownApp.url + address);
      expect(response.status, address).toBe(503);
      expect(Number(response.headers.get('retry-after')), address).toBeGreaterThan(0);
      const text = await response.text();
      expect(text, address).toContain('The database is not answering');
      expect(text, address).toContain('Retry');
    }
    expect((await fetch(`${ownApp.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${ownApp.url}/readyz`)).status).toBe(503);

    expect((await open(page, `${ownApp.url}/customers`)).status()).toBe(503);
    const alert = page.getByRole('alert').filter({ hasText: 'The database is not answering' });
    await expect(alert).toBeVisible();
    await alert.getByRole('link', { name: 'Retry' }).click();
    await expect(alert).toBeVisible();
    await ownApp.postgres.start();
    // Within seconds of the database's return, without a restart.
    await expect(async () => {
      if (await alert.isVisible()) await alert.getByRole('link', { name: 'Retry' }).click({ timeout: 500 });
      await expect(new List(page).row(customer.name)).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 8_000 });
    expect((await fetch(`${ownApp.url}/readyz`)).status).toBe(200);
    for (const address of addresses) expect((await fetchAs(ownApp.url + address)).status, address).toBe(200);
  });

  test('a search, a save, a deletion and an Undo each show the fault; typed text stays and is saved later', async ({
    page, ownApp, browserErrors,
  }) => {
    browserErrors.allow(/status of 503/);
    const { url, postgres, db } = ownApp;
    const [first, second] = [await createCustomer(ownApp), await createCustomer(ownApp, { status: 'Cancelled' })];
    await open(page, `${url}/customers`);
    const list = new List(page);
    const form = new Form(page);
    const alert = page.getByRole('alert').filter({ hasText: 'The database is not answering' });
    const retry = async () => {
      await expect(async () => {
        if (await alert.isVisible()) await alert.getByRole('link', { name: 'Retry' }).click({ timeout: 500 });
        await expect(alert).toHaveCount(0, { timeout: 500 });
      }).toPass({ timeout: 8_000 });
    };

    await postgres.stop();
    await list.type(first.email);
    await expect(alert).toBeVisible();
    await expect(list.search).toHaveValue(first.email);
    await postgres.start();
    await retry();
    await list.shows([first.id]);
    await list.type('');
    await expect(list.rows).toHaveCount(2);

    await page.getByRole('link', { name: 'New customer' }).click();
    const typed = customerFields({ city: 'Typed before the stop' });
    await form.fill(typed);
    await postgres.stop();
    await form.save.click();
    await expect(form.dialog.getByRole('alert')).toContainText('The database is not answering');
    await form.holds({ name: typed.name, email: typed.email, city: typed.city, plan_id: typed.plan_id });
    await postgres.start();
    await expect(async () => {
      const retry = form.dialog.getByRole('link', { name: 'Retry' });
      if (await retry.isVisible()) await retry.click({ timeout: 500 });
      await expect(form.dialog).toHaveCount(0, { timeout: 500 });
    }).toPass({ timeout: 8_000 });
    await expect(statusMessage(page, `Customer ${typed.name}`)).toBeVisible();
    expect((await db.query('SELECT city FROM customers WHERE email = $1', [typed.email])).rows).toEqual([{ city: typed.city }]);

    await page.getByRole('link', { name: `Delete ${second.name}` }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('button', { name: 'Delete customer' })).toBeVisible();
    await postgres.stop();
    await dialog.getByRole('button', { name: 'Delete customer' }).click();
    await expect(dialog.getByRole('alert')).toContainText('The database is not answering');
    await postgres.start();
    await expect(async () => {
      const retry = dialog.getByRole('link', { name: 'Retry' });
      if (await retry.isVisible()) await retry.click({ timeout: 500 });
      await expect(dialog).toHaveCount(0, { timeout: 500 });
    }).toPass({ timeout: 8_000 });
    await expect(statusMessage(page, 'deleted')).toBeVisible();

    await postgres.stop();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(statusMessage(page, 'The database is not answering')).toBeVisible();
    await postgres.start();
    await expect(async () => {
      await page.getByRole('button', { name: 'Undo' }).click({ timeout: 500 });
      await expect(statusMessage(page, 'restored')).toBeVisible({ timeout: 800 });
    }).toPass({ timeout: 8_000 });
    await expect(list.row(second.name)).toBeVisible();
  });

  test('a form submitted without script returns with all that was typed (503), and is saved later', async ({ ownApp }) => {
    const { url, postgres, db } = ownApp;
    const customer = await createCustomer(ownApp);
    const typed = customerFields({ city: 'Kept & "quoted"' });
    const form = { method: 'POST', headers: FORM, body: formBody({ id: uuid(), ...typed }), redirect: 'manual' as const };
    await postgres.stop();
    const refused = await fetchAs(`${url}/customers/new`, form);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const page = await refused.text();
    expect(page).toContain('The database is not answering');
    expect(readForm(page, 'customer')).toMatchObject(Object.fromEntries(Object.entries(typed).map(([name, value]) => [name, [value]])));
    for (const address of [`/customers/${customer.id}/delete`, `/customers/${customer.id}/restore`]) {
      expect((await fetchAs(url + address, { ...form, body: '' })).status, address).toBe(503);
    }
    await postgres.start();
    await expect.poll(async () => (await fetchAs(`${url}/customers/new`, form)).status, { timeout: 8_000 }).toBe(303);
    expect((await db.query('SELECT 1 FROM customers WHERE email = $1', [typed.email])).rowCount).toBe(1);
  });

  test('a database that hangs is a 503 within seconds too, and recovers', async ({ ownApp }) => {
    const { url, postgres } = ownApp;
    await createCustomer(ownApp);
    postgres.signal('SIGSTOP');
    try {
      for (const address of ['/customers', '/customers/new', '/api/customers/list?address=']) {
        const response = await fetchAs(url + address, { signal: AbortSignal.timeout(15_000) });
        expect(response.status, address).toBe(503);
      }
    } finally {
      postgres.signal('SIGCONT');
    }
    await expect.poll(async () => (await fetchAs(`${url}/customers`)).status, { timeout: 8_000 }).toBe(200);
  });

  test('every server function answers 503 with Retry-After', async ({ ownApp }) => {
    const { url, postgres } = ownApp;
    const customer = await createCustomer(ownApp);
    await postgres.stop();
    const posts = ['delete', 'restore'].map((name) => [`customers/${name}`, `id=${customer.id}`] as const);
    for (const [name, form] of [...posts, ['customers/save', String(new URLSearchParams({ form: formBody({ id: uuid(), ...customerFields() }) }))]]) {
      const response = await fetchAs(`${url}/api/${name}`, { method: 'POST', headers: FORM, body: form });
      expect(response.status, name).toBe(503);
      expect(response.headers.get('retry-after'), name).not.toBeNull();
    }
    for (const name of ['list?address=', `record?id=${customer.id}`, `form?id=${customer.id}`, `deletion?id=${customer.id}`, 'deleted', 'find?search=asha']) {
      const response = await fetchAs(`${url}/api/customers/${name}`);
      expect(response.status, name).toBe(503);
      expect(response.headers.get('retry-after'), name).not.toBeNull();
    }
  });
});

test.describe('the server cannot be reached', () => {
  test('the page says so, typed text stays, and the page works again once the server is back', async ({ page, browserErrors, ownApp }) => {
    browserErrors.allow(/net::ERR_/);
    const { postgres, db } = ownApp;
    const env = { DATABASE_URL: postgres.url };
    let server = await Server.start([], env);
    const { url, address } = server;
    registerUsers(url, ownApp.users);
    // The session's cookie is named after the port, which is new to the browser.
    await useSession(page.context(), ownApp.users.Admin);
    try {
      const customer = await createCustomer({ url, db });
      await open(page, `${url}/customers`);
      const list = new List(page);
      const form = new Form(page);
      await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
      await form.fill({ city: 'Typed while it died', data_used: '1,111', nps: '77' });
      await server.kill();
      await form.save.click();
      await expect(form.dialog.getByRole('alert')).toContainText("Can't reach Lastmile");
      await form.holds({ city: 'Typed while it died', data_used: '1,111', nps: '77' });
      server = await Server.start([], env, address);
      await form.dialog.getByRole('link', { name: 'Retry' }).click();
      await expect(statusMessage(page, `Customer ${customer.name} saved`)).toBeVisible();
      expect((await db.query('SELECT city, data_used_mb FROM customers WHERE id = $1', [customer.id])).rows).toEqual([
        { city: 'Typed while it died', data_used_mb: '1111000' },
      ]);
      await expect(list.row(customer.name).locator('td[data-label="NPS"]')).toContainText('77');

      await server.kill();
      await list.type('nobody');
      const alert = page.getByRole('alert');
      await expect(alert).toContainText("Can't reach Lastmile");
      server = await Server.start([], env, address);
      await alert.getByRole('link', { name: 'Retry' }).click();
      await expect(page.getByRole('heading', { name: 'No customers match' })).toBeVisible();
    } finally {
      await server.stop();
    }
  });

  test('a dialog whose data cannot be fetched says so, with Retry', async ({ page, createCustomer, browserErrors }) => {
    browserErrors.allow(/net::ERR_/);
    const customer = await createCustomer();
    await open(page, `/customers?q=${customer.email}`);
    await page.route('**/api/**', (route) => route.abort('connectionrefused'));
    await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText("Can't reach Lastmile");
    await page.unroute('**/api/**');
    await dialog.getByRole('link', { name: 'Retry' }).click();
    await new Form(page).holds({ name: customer.name });
  });

  test('a dialog whose code cannot be fetched says so, with Retry and Reload', async ({ page, createCustomer, browserErrors }) => {
    browserErrors.allow(/net::ERR_/, /Failed to fetch/);
    const customer = await createCustomer();
    await open(page, `/customers?q=${customer.email}`);
    await page.route(LAZY_CODE, (route) => route.abort('connectionrefused'));
    await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('A part of this page did not load');
    await expect(dialog.getByRole('link', { name: 'Reload' })).toBeVisible();
    await dialog.getByRole('link', { name: 'Retry' }).click();
    await expect(dialog).toContainText('A part of this page did not load');
    await page.unroute(LAZY_CODE);
    await dialog.getByRole('link', { name: 'Retry' }).click();
    await new Form(page).holds({ name: customer.name });
  });

  test('a page whose code cannot be fetched works as the server rendered it', async ({ page, createCustomer, browserErrors }) => {
    browserErrors.allow(/net::ERR_/, /Failed to fetch/, /page failure/);
    const customer = await createCustomer();
    const refused: string[] = [];
    await page.route(LAZY_CODE, (route) => {
      refused.push(route.request().url());
      return route.abort('connectionrefused');
    });
    await page.goto(`/customers/${customer.id}/edit`);
    await expect.poll(() => refused.length).toBeGreaterThan(0);
    const form = new Form(page);
    await form.fill({ city: 'Mysuru' });
    await form.save.click();
    await expect(statusMessage(page, `Customer ${customer.name} saved`)).toBeVisible();
  });

  test('the code of a dialog is fetched once its link has the focus', async ({ page }) => {
    await open(page, '/customers');
    const loaded = page.waitForResponse(LAZY_CODE);
    await page.getByRole('link', { name: 'New customer' }).focus();
    expect((await loaded).ok()).toBe(true);
  });
});

test.describe('requests that are refused', () => {
  const long = 'x'.repeat(1024 * 1024 + 1);

  test('a body over 1 MiB is a 413, for server functions and for forms', async ({ app }) => {
    for (const [address, content] of [
      ['/api/customers/save', `form=${long}`],
      ['/customers/new', `name=${long}`],
      [`/customers/${uuid()}/edit`, `name=${long}`],
      ['/customers/columns', `column=${long}`],
    ]) {
      const response = await fetchAs(app.url + address, { method: 'POST', headers: FORM, body: content });
      expect(response.status, address).toBe(413);
      expect(await response.text(), address).toMatch(/TooLarge|at most 1 MiB/);
    }
    // One of exactly 1 MiB is read: it is no form of a customer, but it is not too large.
    const form = `form=${'x'.repeat(1024 * 1024 - 5)}`;
    expect((await fetchAs(`${app.url}/api/customers/save`, { method: 'POST', headers: FORM, body: form })).status).toBe(400);
  });

  test('wrong types are a 400, unknown ids a 404, and nothing is a 500', async ({ app }) => {
    const get = (name: string) => fetchAs(`${app.url}/api/customers/${name}`);
    const post = (name: string, body: string, type = FORM['content-type']) =>
      fetchAs(`${app.url}/api/customers/${name}`, { method: 'POST', headers: { 'content-type': type }, body });
    const wrong: [string, Promise<Response>][] = [
      ['record?id=7', get('record?id=7')], ['record', get('record')], ['form?id=x', get('form?id=x')], ['deletion?id=', get('deletion?id=')],
      ['list', get('list')], ['deleted?older_than=x', get('deleted?older_than=x')], ['find', get('find')],
      ['delete', post('delete', 'id=7')], ['delete nothing', post('delete', '')], ['restore', post('restore', 'id[]=1')], ['save', post('save', 'x=1')],
      ['save garbage', post('save', 'form=garbage')], ['save json', post('save', '{"form":"x"}', 'application/json')],
      ['columns', post('columns', 'columns[0]=shoe')],
    ];
    for (const [what, response] of wrong) expect((await response).status, what).toBe(400);
    const id = uuid();
    for (const [what, response] of [
      ['record', get(`record?id=${id}`)], ['form', get(`form?id=${id}`)], ['delete', post('delete', `id=${id}`)], ['restore', post('restore', `id=${id}`)],
    ] as const) {
      expect((await response).status, what).toBe(404);
    }
    for (const [what, response] of [['nothing', get('nothing')], ['list by POST', post('list', 'address=')], ['save by GET', get('save?form=x')]] as const) {
      expect([400, 404, 405], what).toContain((await response).status);
    }
    // Something else than its form, sent to a page.
    const postTo = (address: string, body: string) => fetchAs(app.url + address, { method: 'POST', headers: FORM, body, redirect: 'manual' });
    expect((await postTo('/customers/new', 'nonsense')).status).toBe(400);
    expect((await postTo('/customers/7/delete', '')).status).toBeLessThan(500);
    expect((await postTo(`/customers/${id}/delete`, '')).status).toBe(404);
    expect((await postTo(`/customers/${id}/restore`, '')).status).toBe(404);
  });

  test('characters that the database cannot store are refused or match nothing, without a fault', async ({ app }) => {
    for (const text of ['%00', 'a%00b', '%ED%A0%80', '%F0%9F%98%80', '%E2%80%AE', '\\', "'%3B--", '%25%25%25']) {
      expect((await fetchAs(`${app.url}/customers?q=${text}`)).status, text).toBe(200);
      expect((await fetchAs(`${app.url}/api/customers/find?search=${text}`)).status, text).toBe(200);
    }
    const response = await saveCustomer(app.url, formBody({ id: uuid(), ...customerFields({ name: 'Zero\0byte', city: '\u202eevil' }) }));
    expect(response.status).toBe(200);
    expect((await response.json()) as Outcome).toHaveProperty('Invalid');
  });

  test('no page is cut short under many requests at once', async ({ app }) => {
    test.setTimeout(60_000);
    const customer = await createCustomer(app);
    const record = `/customers/${customer.id}`;
    const addresses = ['/customers', '/customers/new', record, `${record}/edit`, `${record}/delete`, '/customers/deleted'];
    const queue = Array.from({ length: 240 }, (_, index) => addresses[index % addresses.length]);
    const failed: string[] = [];
    const worker = async () => {
      for (let address = queue.pop(); address; address = queue.pop()) {
        try {
          const response = await fetchAs(app.url + address);
          const text = await response.text();
          if (response.status !== 200 || !text.includes('</html>')) failed.push(`${address}: ${response.status}`);
        } catch (fault) {
          failed.push(`${address}: ${String(fault)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: 12 }, worker));
    expect(failed).toEqual([]);
  });
});

test('a shutdown waits for the saves that are under way, and they are stored', async ({ ownApp }) => {
  const { url, db, server } = ownApp;
  // Enough of them for every event loop.
  const customers = await Promise.all(Array.from({ length: 6 }, () => createCustomer(ownApp, { city: 'Bengaluru' })));
  const opened = await Promise.all(customers.map(({ id }) => openEdit(url, 'customer', id)));
  // Held as briefly as can be: the database gives up a statement that waits for five seconds.
  const lock = await db.connect();
  await lock.query('BEGIN');
  await lock.query('SELECT FROM customers FOR UPDATE');
  const saves = opened.map((save) => save({ city: 'Mysuru' }));
  const waiting = () => db.query("SELECT FROM pg_stat_activity WHERE application_name = 'lastmile' AND wait_event_type = 'Lock'");
  const often = { intervals: [20] };
  await expect.poll(async () => (await waiting()).rowCount, often).toBe(customers.length);
  const exited = server.stop();
  await expect.poll(() => fetch(`${url}/healthz`).then(() => 'answered', () => 'refused'), often).toBe('refused');
  await lock.query('COMMIT');
  lock.release();
  await Promise.all(saves);
  expect(await exited).toBe(0);
  expect((await db.query("SELECT FROM customers WHERE city = 'Mysuru'")).rowCount).toBe(customers.length);
});

test('after ten kills during writes every acknowledged write is stored', async ({ page }) => {
  test.setTimeout(180_000);
  const { acknowledged } = await killDuringWrites(10, async (server, users) => {
    // The list works.
    await useSession(page.context(), users.Admin);
    await page.goto(`${server.url}/customers`);
    await waitForHydration(page);
    await expect(new List(page).rows).toHaveCount(25);
  });
  expect(acknowledged).toBeGreaterThan(60);
});
