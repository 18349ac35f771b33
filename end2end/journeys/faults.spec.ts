import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { body, change, fields, formOf, make, send, uuid, type Outcome } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { List } from '../support/list.ts';
import { ask, become, settle, settleAt } from '../support/people.ts';
import { Program } from '../support/program.ts';
import { expect, open, takenOver, test } from '../support/test.ts';

/** The files of the program's parts. */
const PARTS = '**/pkg/{split,chunk}_*.wasm';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

test.describe('the database gone in the middle', () => {
  test('every page answers 503 with Retry-After, says what happened, and recovers by Retry', async ({ page, ownHouse, complaints }) => {
    complaints.allow(/status of 503/);
    const customer = await make(ownHouse.url);
    const addresses = [
      '/customers', '/customers?q=asha&churn=Low', '/customers/deleted', `/customers/${customer.id}`, '/customers/new',
      `/customers/${customer.id}/edit`, `/customers/${customer.id}/delete`, `/customers/${customer.id}/edit?from=record`,
    ];
    await ownHouse.cluster.stop();
    for (const address of addresses) {
      const answer = await ask(ownHouse.url + address);
      expect(answer.status, address).toBe(503);
      expect(Number(answer.headers.get('retry-after')), address).toBeGreaterThan(0);
      const text = await answer.text();
      expect(text, address).toContain('The database does not answer');
      expect(text, address).toContain('Retry');
    }
    expect((await fetch(`${ownHouse.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${ownHouse.url}/readyz`)).status).toBe(503);

    expect((await open(page, `${ownHouse.url}/customers`)).status()).toBe(503);
    const alert = page.getByRole('alert').filter({ hasText: 'The database does not answer' });
    await expect(alert).toBeVisible();
    await alert.getByRole('link', { name: 'Retry' }).click();
    await expect(alert).toBeVisible();
    await ownHouse.cluster.start();
    // Within seconds of the database's return, without a restart.
    await expect(async () => {
      if (await alert.isVisible()) await alert.getByRole('link', { name: 'Retry' }).click({ timeout: 500 });
      await expect(new List(page).row(customer.name)).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 8_000 });
    expect((await fetch(`${ownHouse.url}/readyz`)).status).toBe(200);
    for (const address of addresses) expect((await ask(ownHouse.url + address)).status, address).toBe(200);
  });

  test('a search, a save, a deletion and an Undo each say so; typed text stays and is saved later', async ({ page, ownHouse, complaints }) => {
    complaints.allow(/status of 503/);
    const { url, cluster, db } = ownHouse;
    const [first, second] = [await make(url), await make(url)];
    await open(page, `${url}/customers`);
    const list = new List(page);
    const form = new Form(page);
    const alert = page.getByRole('alert').filter({ hasText: 'The database does not answer' });
    const retry = async () => {
      await expect(async () => {
        if (await alert.isVisible()) await alert.getByRole('link', { name: 'Retry' }).click({ timeout: 500 });
        await expect(alert).toHaveCount(0, { timeout: 500 });
      }).toPass({ timeout: 8_000 });
    };

    await cluster.stop();
    await list.type(first.email);
    await expect(alert).toBeVisible();
    await expect(list.search).toHaveValue(first.email);
    await cluster.start();
    await retry();
    await list.shows([first.id]);
    await list.type('');
    await expect(list.rows).toHaveCount(2);

    await page.getByRole('link', { name: 'New customer' }).click();
    const typed = fields({ city: 'Typed before the fall' });
    await form.fill(typed);
    await cluster.stop();
    await form.save.click();
    await expect(form.dialog.getByRole('alert')).toContainText('The database does not answer');
    await form.holds({ name: typed.name, email: typed.email, city: typed.city, price: typed.price });
    await cluster.start();
    await expect(async () => {
      const again = form.dialog.getByRole('link', { name: 'Retry' });
      if (await again.isVisible()) await again.click({ timeout: 500 });
      await expect(form.dialog).toHaveCount(0, { timeout: 500 });
    }).toPass({ timeout: 8_000 });
    await expect(page.getByRole('status').filter({ hasText: `Customer ${typed.name}` })).toBeVisible();
    expect((await db.query('SELECT city FROM customers WHERE email = $1', [typed.email])).rows).toEqual([{ city: typed.city }]);

    await page.getByRole('link', { name: `Delete ${second.name}` }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('button', { name: 'Delete customer' })).toBeVisible();
    await cluster.stop();
    await dialog.getByRole('button', { name: 'Delete customer' }).click();
    await expect(dialog.getByRole('alert')).toContainText('The database does not answer');
    await cluster.start();
    await expect(async () => {
      const again = dialog.getByRole('link', { name: 'Retry' });
      if (await again.isVisible()) await again.click({ timeout: 500 });
      await expect(dialog).toHaveCount(0, { timeout: 500 });
    }).toPass({ timeout: 8_000 });
    await expect(page.getByRole('status').filter({ hasText: 'deleted' })).toBeVisible();

    await cluster.stop();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'The database does not answer' })).toBeVisible();
    await cluster.start();
    await expect(async () => {
      await page.getByRole('button', { name: 'Undo' }).click({ timeout: 500 });
      await expect(page.getByRole('status').filter({ hasText: 'restored' })).toBeVisible({ timeout: 800 });
    }).toPass({ timeout: 8_000 });
    await expect(list.row(second.name)).toBeVisible();
  });

  test('a form sent without script comes back with all that was typed (503), and is saved later', async ({ ownHouse }) => {
    const { url, cluster, db } = ownHouse;
    const customer = await make(url);
    const typed = fields({ city: 'Kept & "quoted"' });
    const form = { method: 'POST', headers: FORM, body: body({ id: uuid(), ...typed }), redirect: 'manual' as const };
    await cluster.stop();
    const refused = await ask(`${url}/customers/new`, form);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const page = await refused.text();
    expect(page).toContain('The database does not answer');
    expect(formOf(page)).toMatchObject(Object.fromEntries(Object.entries(typed).map(([name, value]) => [name, [value]])));
    for (const address of [`/customers/${customer.id}/delete`, `/customers/${customer.id}/restore`]) {
      expect((await ask(url + address, { ...form, body: '' })).status, address).toBe(503);
    }
    await cluster.start();
    await expect.poll(async () => (await ask(`${url}/customers/new`, form)).status, { timeout: 8_000 }).toBe(303);
    expect((await db.query('SELECT 1 FROM customers WHERE email = $1', [typed.email])).rowCount).toBe(1);
  });

  test('hanging instead of gone is answered in seconds too, and recovers', async ({ ownHouse }) => {
    const { url, cluster } = ownHouse;
    await make(url);
    cluster.signal('SIGSTOP');
    try {
      for (const address of ['/customers', '/customers/new', '/api/customers/list?address=']) {
        const answer = await ask(url + address, { signal: AbortSignal.timeout(15_000) });
        expect(answer.status, address).toBe(503);
      }
    } finally {
      cluster.signal('SIGCONT');
    }
    await expect.poll(async () => (await ask(`${url}/customers`)).status, { timeout: 8_000 }).toBe(200);
  });

  test('every server function says 503 with Retry-After', async ({ ownHouse }) => {
    const { url, cluster } = ownHouse;
    const customer = await make(url);
    await cluster.stop();
    const posts = ['delete', 'restore'].map((name) => [`customers/${name}`, `id=${customer.id}`] as const);
    for (const [name, form] of [...posts, ['customers/save', String(new URLSearchParams({ form: body({ id: uuid(), ...fields() }) }))]]) {
      const answer = await ask(`${url}/api/${name}`, { method: 'POST', headers: FORM, body: form });
      expect(answer.status, name).toBe(503);
      expect(answer.headers.get('retry-after'), name).not.toBeNull();
    }
    for (const name of ['list?address=', `record?id=${customer.id}`, `form?id=${customer.id}`, `deletion?id=${customer.id}`, 'deleted', 'find?search=asha']) {
      const answer = await ask(`${url}/api/customers/${name}`);
      expect(answer.status, name).toBe(503);
      expect(answer.headers.get('retry-after'), name).not.toBeNull();
    }
  });
});

test.describe('the server out of reach', () => {
  test('it says so, typed text stays, and the same page goes on when it is back', async ({ page, complaints, ownHouse }) => {
    complaints.allow(/net::ERR_/);
    const { cluster, db } = ownHouse;
    const env = { DATABASE_URL: cluster.url };
    let program = await Program.start([], env);
    const { url, address } = program;
    settleAt(url, ownHouse.people);
    try {
      const customer = await make(url);
      await open(page, `${url}/customers`);
      const list = new List(page);
      const form = new Form(page);
      await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
      await form.fill({ city: 'Typed while it died', price: '1,111' });
      await program.kill();
      await form.save.click();
      await expect(form.dialog.getByRole('alert')).toContainText('The server cannot be reached');
      await form.holds({ city: 'Typed while it died', price: '1,111' });
      program = await Program.start([], env, address);
      await form.dialog.getByRole('link', { name: 'Retry' }).click();
      await expect(page.getByRole('status').filter({ hasText: `Customer ${customer.name} saved` })).toBeVisible();
      expect((await db.query('SELECT city FROM customers WHERE id = $1', [customer.id])).rows).toEqual([{ city: 'Typed while it died' }]);
      await expect(list.row(customer.name)).toContainText('₹1,111');

      await program.kill();
      await list.type('nobody');
      const alert = page.getByRole('alert');
      await expect(alert).toContainText('The server cannot be reached');
      program = await Program.start([], env, address);
      await alert.getByRole('link', { name: 'Retry' }).click();
      await expect(page.getByRole('heading', { name: 'No customers match' })).toBeVisible();
    } finally {
      await program.stop();
    }
  });

  test('a dialog that cannot be fetched says so, with Retry', async ({ page, make, complaints }) => {
    complaints.allow(/net::ERR_/);
    const customer = await make();
    await open(page, `/customers?q=${customer.email}`);
    await page.route('**/api/**', (route) => route.abort('connectionrefused'));
    await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('The server cannot be reached');
    await page.unroute('**/api/**');
    await dialog.getByRole('link', { name: 'Retry' }).click();
    await new Form(page).holds({ name: customer.name });
  });

  test('a dialog whose code cannot be fetched says so, with Retry and Reload', async ({ page, make, complaints }) => {
    complaints.allow(/net::ERR_/, /Failed to fetch/);
    const customer = await make();
    await open(page, `/customers?q=${customer.email}`);
    await page.route(PARTS, (route) => route.abort('connectionrefused'));
    await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('A part of this page could not be fetched');
    await expect(dialog.getByRole('link', { name: 'Reload' })).toBeVisible();
    await dialog.getByRole('link', { name: 'Retry' }).click();
    await expect(dialog).toContainText('A part of this page could not be fetched');
    await page.unroute(PARTS);
    await dialog.getByRole('link', { name: 'Retry' }).click();
    await new Form(page).holds({ name: customer.name });
  });

  test('a page whose code cannot be fetched works as the server made it', async ({ page, make, complaints }) => {
    complaints.allow(/net::ERR_/, /Failed to fetch/);
    const customer = await make();
    const refused: string[] = [];
    await page.route(PARTS, (route) => {
      refused.push(route.request().url());
      return route.abort('connectionrefused');
    });
    await page.goto(`/customers/${customer.id}/edit`);
    await page.waitForLoadState('networkidle');
    expect(refused.length).toBeGreaterThan(0);
    const form = new Form(page);
    await form.fill({ city: 'Mysuru' });
    await form.save.click();
    await expect(page.getByRole('status').filter({ hasText: `Customer ${customer.name} saved` })).toBeVisible();
  });

  test('the code of a dialog is there once its link has the focus', async ({ page }) => {
    await open(page, '/customers');
    const come = page.waitForResponse(PARTS);
    await page.getByRole('link', { name: 'New customer' }).focus();
    expect((await come).ok()).toBe(true);
  });
});

test.describe('what cannot be taken', () => {
  const long = 'x'.repeat(1024 * 1024 + 1);

  test('a body over 1 MiB is 413, on server functions and on forms', async ({ house }) => {
    for (const [address, content] of [
      ['/api/customers/save', `form=${long}`],
      ['/customers/new', `name=${long}`],
      [`/customers/${uuid()}/edit`, `name=${long}`],
      ['/customers/columns', `column=${long}`],
    ]) {
      const answer = await ask(house.url + address, { method: 'POST', headers: FORM, body: content });
      expect(answer.status, address).toBe(413);
      expect(await answer.text(), address).toMatch(/TooLarge|at most 1 MiB/);
    }
    // One of just 1 MiB is read: it is no form of a customer, but it is not too large.
    const form = `form=${'x'.repeat(1024 * 1024 - 5)}`;
    expect((await ask(`${house.url}/api/customers/save`, { method: 'POST', headers: FORM, body: form })).status).toBe(400);
  });

  test('wrong types are 400, unknown ids 404, and nothing is ever 500', async ({ house }) => {
    const get = (name: string) => ask(`${house.url}/api/customers/${name}`);
    const post = (name: string, body: string, type = FORM['content-type']) =>
      ask(`${house.url}/api/customers/${name}`, { method: 'POST', headers: { 'content-type': type }, body });
    const wrong: [string, Promise<Response>][] = [
      ['record?id=7', get('record?id=7')], ['record', get('record')], ['form?id=x', get('form?id=x')], ['deletion?id=', get('deletion?id=')],
      ['list', get('list')], ['deleted?older_than=x', get('deleted?older_than=x')], ['find', get('find')],
      ['delete', post('delete', 'id=7')], ['delete nothing', post('delete', '')], ['restore', post('restore', 'id[]=1')], ['save', post('save', 'x=1')],
      ['save garbage', post('save', 'form=garbage')], ['save json', post('save', '{"form":"x"}', 'application/json')],
      ['columns', post('columns', 'columns[0]=shoe')],
    ];
    for (const [what, answer] of wrong) expect((await answer).status, what).toBe(400);
    const id = uuid();
    for (const [what, answer] of [
      ['record', get(`record?id=${id}`)], ['form', get(`form?id=${id}`)], ['delete', post('delete', `id=${id}`)], ['restore', post('restore', `id=${id}`)],
    ] as const) {
      expect((await answer).status, what).toBe(404);
    }
    for (const [what, answer] of [['nothing', get('nothing')], ['list by POST', post('list', 'address=')], ['save by GET', get('save?form=x')]] as const) {
      expect([400, 404, 405], what).toContain((await answer).status);
    }
    // What is no form of ours, sent to a page.
    const page = (address: string, body: string) => ask(house.url + address, { method: 'POST', headers: FORM, body, redirect: 'manual' });
    expect((await page('/customers/new', 'nonsense')).status).toBe(400);
    expect((await page('/customers/7/delete', '')).status).toBeLessThan(500);
    expect((await page(`/customers/${id}/delete`, '')).status).toBe(404);
    expect((await page(`/customers/${id}/restore`, '')).status).toBe(404);
  });

  test('characters that a database cannot hold are refused or found nowhere, not an error', async ({ house }) => {
    for (const text of ['%00', 'a%00b', '%ED%A0%80', '%F0%9F%98%80', '%E2%80%AE', '\\', "'%3B--", '%25%25%25']) {
      expect((await ask(`${house.url}/customers?q=${text}`)).status, text).toBe(200);
      expect((await ask(`${house.url}/api/customers/find?search=${text}`)).status, text).toBe(200);
    }
    const answer = await send(house.url, body({ id: uuid(), ...fields({ name: 'Zero\0byte', city: '\u202eevil' }) }));
    expect(answer.status).toBe(200);
    expect((await answer.json()) as Outcome).toHaveProperty('Again');
  });

  test('no page is cut short, however many are asked for at once', async ({ house }) => {
    test.setTimeout(60_000);
    const made = await make(house.url);
    const addresses = ['/customers', '/customers/new', `/customers/${made.id}`, `/customers/${made.id}/edit`, `/customers/${made.id}/delete`, '/customers/deleted'];
    const queue = Array.from({ length: 240 }, (_, index) => addresses[index % addresses.length]);
    const failed: string[] = [];
    const worker = async () => {
      for (let address = queue.pop(); address; address = queue.pop()) {
        try {
          const answer = await ask(house.url + address);
          const text = await answer.text();
          if (answer.status !== 200 || !text.includes('</html>')) failed.push(`${address}: ${answer.status}`);
        } catch (fault) {
          failed.push(`${address}: ${String(fault)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: 12 }, worker));
    expect(failed).toEqual([]);
  });
});

test('asked to stop, the program answers the saves that are under way, and keeps them', async ({ ownHouse }) => {
  const { url, db, program } = ownHouse;
  // Enough of them for every event loop.
  const customers = await Promise.all(Array.from({ length: 6 }, () => make(url, { city: 'Bengaluru' })));
  const holder = await db.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM customers FOR UPDATE');
  const saves = customers.map(({ id }) => change(url, id, { city: 'Mysuru' }));
  const waiting = () => db.query("SELECT FROM pg_stat_activity WHERE application_name = 'lastmile' AND wait_event_type = 'Lock'");
  await expect.poll(async () => (await waiting()).rowCount).toBe(customers.length);
  const ended = program.stop();
  await expect.poll(() => fetch(`${url}/healthz`).then(() => 'answered', () => 'refused')).toBe('refused');
  await holder.query('COMMIT');
  holder.release();
  await Promise.all(saves);
  expect(await ended).toBe(0);
  expect((await db.query("SELECT FROM customers WHERE city = 'Mysuru'")).rowCount).toBe(customers.length);
});

test('the program killed ten times while writing: every acknowledged write is there', async ({ page }) => {
  test.setTimeout(180_000);
  // Its own Postgres, with all the safety that it has. The directory must be within reach of the user `postgres`.
  const directory = mkdtempSync('/tmp/lastmile-e2e-data.');
  chmodSync(directory, 0o755);
  const words = ['--data-dir', `${directory}/data`];
  const acknowledged = new Map<string, { name: string; nps: number }>();
  let program = await Program.start(words, {});
  try {
    const people = await settle({ url: program.url, words, env: {} });
    for (let round = 0; round < 10; round += 1) {
      const { url } = program;
      let dead = false;
      let writes = 0;
      let enough: () => void;
      const written = new Promise<void>((resolve) => (enough = resolve));
      const writer = async () => {
        while (!dead) {
          const id = uuid();
          const typed = fields({ nps: '0' });
          for (const nps of [0, 1]) {
            // An edit of version 1, or the creation.
            const was = Object.fromEntries(Object.entries(typed).map(([name, value]) => [`was.${name}`, value]));
            const editing = nps === 0 ? {} : { version: '1', account: 'LM-0000001', ...was };
            try {
              const answer = await send(url, body({ id, ...editing, ...typed, nps: String(nps) }));
              const outcome = (await answer.json()) as Outcome;
              if (!('Done' in outcome)) throw new Error(`refused: ${JSON.stringify(outcome)}`);
            } catch (fault) {
              if (dead) return;
              throw fault;
            }
            acknowledged.set(id, { name: String(typed.name), nps });
            writes += 1;
            if (writes === 12) enough();
          }
        }
      };
      const writers = Array.from({ length: 4 }, writer);
      await Promise.race([written, Promise.all(writers)]);
      dead = true;
      await program.kill();
      await Promise.all(writers);
      program = await Program.start(words, {});
      settleAt(program.url, people);
    }
    expect(acknowledged.size).toBeGreaterThan(60);
    for (const [id, { name, nps }] of acknowledged) {
      const answer = await ask(`${program.url}/api/customers/record?id=${id}`);
      expect(answer.status, id).toBe(200);
      const { customer } = (await answer.json()) as { customer: { details: { contact: { name: string }; relationship: { nps: number } } } };
      expect(customer.details.contact.name).toBe(name);
      // An edit that was not acknowledged may be there all the same.
      expect(customer.details.relationship.nps).toBeGreaterThanOrEqual(nps);
    }
    // And people work with it.
    await become(page.context(), people.Admin);
    await page.goto(`${program.url}/customers`);
    await takenOver(page);
    await expect(new List(page).rows).toHaveCount(25);
  } finally {
    await program.stop();
    rmSync(directory, { recursive: true, force: true });
  }
});
