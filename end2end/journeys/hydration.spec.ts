// Hydration is invisible, or does not happen (decision 44): where the program cannot start, or meets a page that somebody else has changed, the
// page goes on as without script; nothing of it takes the focus or the text of somebody who is typing.
import type { Page, Route } from '@playwright/test';
import type { TestApp } from '../support/app.ts';
import { customerFields } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { List } from '../support/list.ts';
import { expect, gate, open, statusMessage, test, waitForHydration, type BrowserErrors } from '../support/test.ts';
import { createUser, setTotpSecret, submitSignIn } from '../support/users.ts';
import { unique } from '../support/unique.ts';

const WASM = '**/pkg/lastmile*.wasm*';
const CHUNKS = '**/pkg/{split,chunk}_*.wasm';
const SCRIPT = '**/pkg/lastmile*.js';

/** A module whose start function is `unreachable`. */
const TRAP = Buffer.from('0061736d01000000010401600000030201000801000a05010300000b', 'hex');

/** What an extension or a translator does to a page, in the page. */
const CHANGES = {
  'a <div> before everything': () => {
    const div = document.createElement('div');
    div.hidden = true;
    document.body.prepend(div);
  },
  'a <div> between the parts of the page': () => {
    const div = document.createElement('div');
    div.hidden = true;
    document.querySelector('main')?.before(div);
  },
  'a <div> in forms, tables and lists of values': () => {
    for (const inner of document.querySelectorAll('form, tr, dl, .page-header')) inner.insertBefore(document.createElement('div'), inner.lastChild);
  },
  'the <font>s of a translator': () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts: Text[] = [];
    while (walker.nextNode()) texts.push(walker.currentNode as Text);
    for (const text of texts) {
      if (!text.data.trim() || text.parentElement?.closest('script, style, textarea, option')) continue;
      const outer = document.createElement('font');
      const inner = outer.appendChild(document.createElement('font'));
      inner.textContent = text.data;
      text.replaceWith(outer);
    }
  },
  'a copy in place of the page': () => {
    const main = document.querySelector('main');
    main?.replaceWith(main.cloneNode(true));
  },
  'no comments': () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_COMMENT);
    const comments: Comment[] = [];
    while (walker.nextNode()) comments.push(walker.currentNode as Comment);
    for (const comment of comments) comment.remove();
  },
};

const serve = (body: Buffer) => (route: Route) => route.fulfill({ status: 200, contentType: 'application/wasm', body });

/** The same file, of which only the beginning arrives. */
const cut = async (route: Route) => {
  const body = Buffer.from(await (await fetch(route.request().url())).arrayBuffer());
  // The page may have been left meanwhile.
  await route.fulfill({ status: 200, contentType: 'application/wasm', body: body.subarray(0, body.length / 2) }).catch(() => undefined);
};

const missing = (route: Route) => route.fulfill({ status: 404, body: '' });

/** Pages without what hydration needs. */
const withoutComments = async (route: Route) => {
  if (route.request().resourceType() !== 'document' || route.request().method() !== 'GET') return route.fallback();
  const response = await route.fetch({ maxRedirects: 0 });
  const body = (await response.text()).replace(/<!--[^]*?-->|<!>/g, '');
  await route.fulfill({ response, body });
};

/** What keeps the program from starting. The second entry says on which pages: the list needs no chunk. */
const OBSTACLES: [string, (page: Page) => Promise<unknown>, ('list' | 'record' | 'edit')[]][] = [
  ...Object.entries(CHANGES).map(([name, change]): (typeof OBSTACLES)[number] => [
    name,
    async (page) => {
      // Late enough for the extension to come first.
      await page.route(WASM, async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        await route.continue();
      });
      await page.addInitScript(`addEventListener('DOMContentLoaded', ${change.toString()})`);
    },
    ['list', 'record', 'edit'],
  ]),
  ['a proxy that strips comments', (page) => page.route('**/*', withoutComments), ['list', 'record', 'edit']],
  ['a program that is missing', (page) => page.route(WASM, missing), ['list', 'record', 'edit']],
  ['a program that cannot be fetched', (page) => page.route(WASM, (route) => route.abort('connectionrefused')), ['list', 'record', 'edit']],
  ['a program that is cut short', (page) => page.route(WASM, cut), ['list', 'record', 'edit']],
  ['a program that traps', (page) => page.route(WASM, serve(TRAP)), ['list', 'record', 'edit']],
  ['its script missing', (page) => page.route(SCRIPT, missing), ['list', 'record', 'edit']],
  ['a chunk that is missing', (page) => page.route(CHUNKS, missing), ['record', 'edit']],
  ['a chunk that is cut short', (page) => page.route(CHUNKS, cut), ['record', 'edit']],
  ['a chunk that traps', (page) => page.route(CHUNKS, serve(TRAP)), ['record', 'edit']],
];

/** What browsers themselves print. */
const DOWNLOAD = [/Failed to load resource/, /was preloaded using link preload/, /page failure/];

/** Waits until the page has been given back to the browser. */
async function isPlain(page: Page): Promise<void> {
  await expect(page.locator('html.plain')).toHaveCount(1);
}

/** Whether the document is the one that was marked. */
const isMarked = (page: Page) => page.evaluate(() => 'isMarked' in window).catch(() => true);
const mark = (page: Page) => page.evaluate(() => Object.assign(window, { isMarked: true }));

/** Does something that loads another document. */
async function expectLoad(page: Page, act: () => Promise<unknown>): Promise<void> {
  await mark(page);
  await act();
  await expect.poll(() => isMarked(page)).toBe(false);
}

async function cityOf(app: TestApp, id: string): Promise<string> {
  return (await app.db.query('SELECT city FROM customers WHERE id = $1', [id])).rows[0].city;
}

for (const [name, obstruct, pages] of OBSTACLES) {
  test(`with ${name} links lead on, forms save, Back works, and the server is told`, async ({ page, app, createCustomer, browserErrors }) => {
    test.setTimeout(90_000);
    browserErrors.allow(...DOWNLOAD);
    const customer = await createCustomer();
    await obstruct(page);
    const logged = app.server.log.length;
    if (pages.includes('list')) {
      await page.goto(`/customers?q=${customer.email}`);
      await isPlain(page);
      const list = new List(page);
      await expect(list.rows).toHaveCount(1);
      // Filters have their button, as without script.
      await list.choose('Churn risk', 'Low');
      await (await list.menu('Churn risk')).locator('summary').click();
      await expectLoad(page, () => page.getByRole('button', { name: 'Apply filters' }).first().click());
      await expect(page).toHaveURL(/churn=Low/);
      await isPlain(page);
      await expectLoad(page, () => page.getByRole('link', { name: customer.name, exact: true }).click());
    } else {
      await page.goto(`/customers/${customer.id}`);
    }
    await isPlain(page);
    await expect(page.getByRole('heading', { level: 1, name: customer.name })).toBeVisible();
    await expectLoad(page, () => page.getByRole('link', { name: `Edit ${customer.name}` }).click());
    await isPlain(page);
    const city = unique();
    const form = new Form(page);
    await form.fill({ city });
    await expectLoad(page, () => form.save.click());
    await expect(statusMessage(page, `Customer ${customer.name} saved`)).toBeVisible();
    expect(await cityOf(app, customer.id)).toBe(city);
    await page.goBack();
    await page.goBack();
    await expect(page).toHaveURL((url) => url.pathname === `/customers/${customer.id}`);
    await expect(page.getByRole('heading', { level: 1, name: customer.name })).toBeVisible();
    await expect.poll(() => app.server.log.slice(logged)).toContain('route="/page-failures" status=204');
  });
}

test('a page that is given back after its filters were applied: Back leads to the list before', async ({ page, app, browserErrors }) => {
  browserErrors.allow(...DOWNLOAD);
  const { wait, open: fail } = gate();
  await page.route(WASM, async (route) => {
    await wait;
    await missing(route);
  });
  await page.goto('/customers?status=Suspended', { waitUntil: 'commit' });
  const list = new List(page);
  await list.choose('Churn risk', 'High');
  await expect(page).toHaveURL(/churn=High$/);
  const { rows } = await app.db.query("SELECT count(*)::int AS count FROM customers WHERE deleted_at IS NULL AND status = 'Suspended'");
  fail();
  await isPlain(page);
  await page.goBack({ waitUntil: 'commit' });
  await expect(page.getByText(`of ${rows[0].count}`, { exact: false }).first()).toBeVisible();
  await expect(page).toHaveURL(/\/customers\?status=Suspended$/);
});

test('a style that an extension puts behind every stylesheet does not stop hydration', async ({ page, browserErrors }) => {
  // The styles of an extension are not the page's own.
  browserErrors.allow(/Content.Security.Policy/);
  await page.addInitScript(() =>
    addEventListener('DOMContentLoaded', () => {
      for (const sheet of document.querySelectorAll('style, link[rel=stylesheet]')) sheet.after(document.createElement('style'));
    }),
  );
  await open(page, '/customers');
  await expect(page.locator('html.plain')).toHaveCount(0);
});

test('what is put at the end of an element, or into the rows of the list, does not stop hydration', async ({ page, createCustomer }) => {
  const customer = await createCustomer();
  await page.route(WASM, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await route.continue();
  });
  await page.addInitScript(() =>
    addEventListener('DOMContentLoaded', () => {
      document.body.append(document.createElement('div'));
      document.documentElement.append(document.createElement('aside'));
      document.querySelector('tbody td')?.prepend(document.createElement('div'));
    }),
  );
  await open(page, `/customers?q=${customer.email}`);
  await mark(page);
  await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
  await new Form(page).holds({ name: customer.name });
  expect(await isMarked(page)).toBe(true);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

for (const [name, change] of Object.entries(CHANGES)) {
  test(`with ${name} after hydration links lead on, forms save, and Back works`, async ({ page, app, createCustomer, browserErrors }) => {
    // The program may end: then the page says so, and goes on without it.
    browserErrors.allow(/RuntimeError|unreachable|page failure/);
    const customer = await createCustomer();
    await open(page, `/customers?q=${customer.email}`);
    await page.evaluate(change);
    await page.getByRole('link', { name: customer.name, exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name: customer.name })).toBeVisible();
    await page.evaluate(change);
    await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
    const form = new Form(page);
    await form.holds({ name: customer.name });
    const city = unique();
    await form.fill({ city });
    await form.save.click();
    await expect(statusMessage(page, `Customer ${customer.name} saved`)).toBeVisible();
    expect(await cityOf(app, customer.id)).toBe(city);
    await page.goto(`/customers?q=${customer.email}`);
    await waitForHydration(page);
    await page.evaluate(change);
    await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
    await page.evaluate(change);
    await page.goBack();
    await expect(page).toHaveURL(/\/customers\?q=/);
    await expect(new List(page).rows).toHaveCount(1);
  });
}

test.describe('on a page that was translated, text that changes later is right', () => {
  const translate = (page: Page) => page.evaluate(CHANGES['the <font>s of a translator']);

  test('below a field, in a button, and in a region that is read out', async ({ page }) => {
    await open(page, '/leads/new');
    const form = new Form(page, 'lead');
    await form.holds({ city: '' });
    await translate(page);
    await form.fill({ pin_code: '999999', name: unique() });
    const hint = form.dialog.locator('p.help[role=status]');
    await expect(hint).not.toContainText('Enter a PIN code');
    await expect(hint).toHaveText('Not available at 999999 yet');
    const { wait, open: answer } = gate();
    await page.route('**/api/leads/save', async (route) => {
      await wait;
      await route.continue();
    });
    await form.save.click();
    await expect(form.dialog.getByRole('button', { name: 'Saving…' })).toBeVisible();
    answer();
    await expect(form.save).toBeVisible();
  });

  test('in the question whether to delete', async ({ page, app, createCustomer }) => {
    const customer = await createCustomer({ status: 'Cancelled' });
    await open(page, `/customers/${customer.id}/delete`);
    await expect(page.getByRole('button', { name: 'Delete customer' })).toBeVisible();
    await translate(page);
    const name = unique();
    await app.db.query('UPDATE customers SET name = $2, version = version + 1 WHERE id = $1', [customer.id, name]);
    await page.getByRole('button', { name: 'Delete customer' }).click();
    await expect(page.getByRole('button', { name: 'Delete anyway' })).toBeVisible();
    await expect(page.getByRole('dialog')).toContainText(name);
  });

  test('in the heads of the columns of the board', async ({ page, createLead }) => {
    const lead = await createLead({ expected_value: '1234' });
    await open(page, `/leads/board?q=${lead.email}`);
    const column = page.getByRole('region', { name: 'New', exact: true });
    await expect(column.locator('.count')).toHaveText('1');
    await translate(page);
    await column.locator('summary').click();
    await column.getByRole('button', { name: 'Move to Contacted' }).click();
    await expect(page.getByRole('region', { name: 'Contacted', exact: true }).locator('.count')).toHaveText('1');
    await expect(column.locator('.count')).toHaveText('0');
  });
});

test.describe('a program that ends while it runs', () => {
  /** Makes the next element that the program creates a panic. */
  const panic = () => {
    const create = Document.prototype.createElement;
    const clone = Node.prototype.cloneNode;
    const fail = (): never => {
      Object.assign(Document.prototype, { createElement: create });
      Object.assign(Node.prototype, { cloneNode: clone });
      throw new Error('made to fail by a test');
    };
    Object.assign(Document.prototype, { createElement: fail });
    Object.assign(Node.prototype, { cloneNode: fail });
  };
  const alert = (page: Page) => page.getByRole('alert').filter({ hasText: 'Something went wrong. Reload to continue' });
  const count = async (app: TestApp) => (await app.db.query('SELECT count(*) AS count FROM history')).rows[0].count;
  const allow = (errors: BrowserErrors) => errors.allow(/RuntimeError|unreachable|made to fail|page failure/);

  test('offers to reload, and what was typed is back', async ({ page, app, createCustomer, browserErrors }) => {
    allow(browserErrors);
    const customer = await createCustomer({ city: 'Bengaluru' });
    await open(page, `/customers/${customer.id}/edit`);
    const form = new Form(page);
    const city = unique();
    await form.fill({ city });
    await page.evaluate(panic);
    await page.keyboard.press('Escape');
    await expect(alert(page)).toContainText('what you typed is kept');
    await form.holds({ city });
    await expectLoad(page, () => alert(page).getByRole('button', { name: 'Reload' }).click());
    await form.holds({ city });
    await expect(form.summary).toContainText('Restored what you typed. It is not saved yet.');
    expect(await cityOf(app, customer.id)).toBe('Bengaluru');
    await waitForHydration(page);
    await form.save.click();
    await expect(statusMessage(page, `Customer ${customer.name} saved`)).toBeVisible();
    expect(await cityOf(app, customer.id)).toBe(city);
  });

  for (const [path, name, value] of [
    ['/settings/users/new', 'name', 'Typed'],
    ['/settings/users/ID/role', 'role', 'Sales'],
    ['/settings/users/ID/reset', 'without_two_step', '1'],
    ['/settings/roles/sessions', 'idle_minutes', '77'],
    ['/settings/roles/Sales/two-step', 'two_step', 'required'],
  ]) {
    test(`keeps what was typed at ${path}, and does nothing`, async ({ page, app, browserErrors }) => {
      allow(browserErrors);
      const user = await createUser(app, 'Staff');
      await setTotpSecret(app, user, Buffer.alloc(20, 7));
      const before = await count(app);
      await open(page, path.replace('ID', user.id));
      const control = page.locator(`dialog [name=${name}]`);
      const type = await control.evaluate((control: HTMLInputElement) => control.type);
      if (type === 'checkbox') await control.check();
      else if (type === 'select-one') await control.selectOption(value);
      else await control.fill(value);
      await page.evaluate(panic);
      await page.keyboard.press('Escape');
      await expect(alert(page)).toContainText('what you typed is kept');
      await expectLoad(page, () => alert(page).getByRole('button', { name: 'Reload' }).click());
      if (type === 'checkbox') await expect(control).toBeChecked();
      else await expect(control).toHaveValue(value);
      expect(await count(app)).toBe(before);
    });
  }

  test('has nothing to keep in a form with a password, and does not say so', async ({ page, browserErrors }) => {
    allow(browserErrors);
    await open(page, '/account/password');
    await page.locator('dialog [name=password]').fill('secret');
    await page.evaluate(panic);
    await page.keyboard.press('Escape');
    await expect(alert(page)).toBeVisible();
    await expect(alert(page)).not.toContainText('is kept');
    await expect(alert(page).getByRole('link', { name: 'Reload' })).toBeVisible();
  });

  test('is a line in the log, as is one that does not start: so many in a minute', async ({ page, browserErrors, ownApp }) => {
    allow(browserErrors);
    browserErrors.allow(...DOWNLOAD);
    const { url, server } = ownApp;
    const lines = () => server.log.split('\n').filter((line) => line.includes('a page went on without its program'));
    await open(page, `${url}/customers`);
    await page.evaluate(panic);
    await page.getByRole('link', { name: 'New customer' }).first().click();
    await expect(alert(page)).toBeVisible();
    await expect.poll(lines).toHaveLength(1);
    expect(lines()[0]).toMatch(/ WARN .*stage="running" page="customers" reason="panicked at .*browser="Mozilla.*client=127.0.0.1/);
    await page.route(WASM, missing);
    await page.goto(`${url}/account/password`);
    await expect.poll(lines).toHaveLength(2);
    expect(lines()[1]).toMatch(/stage="starting" page="account" reason="Error: failed to fetch Wasm: 404/);
    for (let report = 0; report < 30; report += 1) {
      const body = new URLSearchParams({ stage: 'x', page: 'y', reason: `a\nb ${report}` });
      expect((await fetch(`${url}/page-failures`, { method: 'POST', body })).status).toBe(204);
    }
    await expect.poll(() => lines().length).toBe(20);
    expect(lines()[19]).toContain('reason="a\\nb 17"');
  });

  test('leaves a form that saves, and links that lead on', async ({ page, app, createCustomer, browserErrors }) => {
    allow(browserErrors);
    const customer = await createCustomer();
    await open(page, `/customers?q=${customer.email}`);
    await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
    const form = new Form(page);
    const city = unique();
    await form.fill({ city });
    await page.evaluate(panic);
    await page.keyboard.press('Escape');
    await expect(alert(page)).toBeVisible();
    await expectLoad(page, () => form.save.click());
    await expect(statusMessage(page, `Customer ${customer.name} saved`)).toBeVisible();
    expect(await cityOf(app, customer.id)).toBe(city);
    await waitForHydration(page);
    await page.evaluate(panic);
    await page.getByRole('link', { name: 'Deleted customers' }).click();
    await expect(alert(page)).toBeVisible();
    await expectLoad(page, () => alert(page).getByRole('link', { name: 'Reload' }).click());
    await waitForHydration(page);
    await expect(alert(page)).toHaveCount(0);
  });

  test('Back leads to the page before, which the program had shown', async ({ page, createCustomer, browserErrors }) => {
    allow(browserErrors);
    const customer = await createCustomer();
    await open(page, `/customers?q=${customer.email}`);
    await page.getByRole('link', { name: customer.name, exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name: customer.name })).toBeVisible();
    // In one task: what the page makes on its own meanwhile is not what fails.
    await page.evaluate(`(${panic})(); document.getElementById('edit-${customer.id}').click()`);
    await expect(alert(page)).toBeVisible();
    // The address may be that of the dialog already.
    while (!page.url().includes('/customers?q=')) await page.goBack({ waitUntil: 'commit' });
    await expect(new List(page).rows).toHaveCount(1);
  });
});

test.describe('with a slow program', () => {
  /** Opens an address whose WebAssembly waits until `hydrate` is called. Notes what loses the focus. */
  async function openSlowly(page: Page, address: string): Promise<() => Promise<void>> {
    const { wait, open: load } = gate();
    await page.route(WASM, async (route) => {
      await wait;
      await route.continue();
    });
    await page.addInitScript(() => {
      const lost: string[] = [];
      Object.assign(window, { lost });
      addEventListener('blur', ({ target }) => target instanceof HTMLElement && lost.push(target.id || target.tagName), true);
    });
    await page.goto(address, { waitUntil: 'commit' });
    return async () => {
      load();
      await waitForHydration(page);
    };
  }

  const lost = (page: Page) => page.evaluate(() => (window as unknown as { lost: string[] }).lost);

  test('what is typed meanwhile stands where it was typed, and is a change', async ({ page, app }) => {
    const word = unique();
    const typed = { ...customerFields(), name: `Asha ${word}`, phone: '98450 12345' };
    const hydrate = await openSlowly(page, '/customers/new');
    const form = new Form(page);
    await expect(form.field('name')).toBeFocused();
    await page.keyboard.type(typed.name);
    await form.field('phone').click();
    const before = (await lost(page)).length;
    // Three seconds on the way.
    const typing = page.keyboard.type('98450 12345', { delay: 300 });
    await expect(form.field('phone')).toHaveValue(/^98450/);
    await hydrate();
    await typing;
    await form.holds({ name: typed.name, phone: typed.phone });
    await expect(form.field('phone')).toBeFocused();
    expect((await lost(page)).length, 'what lost the focus').toBe(before);
    await expect(page.locator('dialog:modal')).toHaveCount(1);
    await page.keyboard.press('Escape');
    const question = page.getByRole('alertdialog');
    await expect(question).toContainText('Discard changes?');
    await question.getByRole('button', { name: 'Keep editing' }).click();
    await form.fill(typed);
    await form.save.click();
    await expect(statusMessage(page, typed.name)).toBeVisible();
    const { rows } = await app.db.query('SELECT phone FROM customers WHERE name = $1', [typed.name]);
    expect(rows).toEqual([{ phone: '+919845012345' }]);
  });

  test('the caret and the selection stay', async ({ page, createCustomer }) => {
    const customer = await createCustomer({ city: 'Bengaluru', address: '14, MG Road' });
    const hydrate = await openSlowly(page, `/customers/${customer.id}/edit`);
    const form = new Form(page);
    const city = form.field('city');
    await city.click();
    await city.evaluate((input: HTMLInputElement) => input.setSelectionRange(3, 6));
    await hydrate();
    await expect(page.locator('dialog:modal')).toHaveCount(1);
    await expect(city).toBeFocused();
    expect(await city.evaluate((input: HTMLInputElement) => [input.selectionStart, input.selectionEnd])).toEqual([3, 6]);
    await page.keyboard.type('x');
    await form.holds({ city: 'Benxuru' });
  });

  for (const [what, change] of [
    ['text', (form: Form) => form.fill({ city: 'Mysuru' })],
    ['a choice', (form: Form) => form.fill({ state: 'Kerala' })],
    ['a time', (form: Form) => form.fill({ peak_hours: ['21:00', '23:00'] })],
    ['a date', (form: Form) => form.fill({ customer_since: '2024-04-05' })],
  ] as const) {
    test(`${what} that was changed meanwhile asks before the page is left`, async ({ page, createCustomer }) => {
      const customer = await createCustomer();
      const hydrate = await openSlowly(page, `/customers/${customer.id}/edit`);
      await change(new Form(page));
      await hydrate();
      const asked = page.waitForEvent('dialog');
      const left = page.reload({ timeout: 3_000 }).catch(() => undefined);
      const dialog = await asked;
      expect(dialog.type()).toBe('beforeunload');
      await dialog.dismiss();
      await left;
      await page.keyboard.press('Escape');
      await expect(page.getByRole('alertdialog')).toContainText('Discard changes?');
    });
  }

  test('a form in which nothing was typed closes without a question', async ({ page, createCustomer }) => {
    const customer = await createCustomer();
    const hydrate = await openSlowly(page, `/customers/${customer.id}/edit`);
    await expect(new Form(page).dialog).toBeVisible();
    await hydrate();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  });

  test('what was typed into a form of a user meanwhile is a change, too', async ({ page, browserErrors }) => {
    browserErrors.allow(/status of 422/);
    const hydrate = await openSlowly(page, '/settings/users/new');
    await page.getByLabel('Name').click();
    await page.keyboard.type('Typed');
    await hydrate();
    await expect(page.getByLabel('Name')).toBeFocused();
    await page.keyboard.press('Escape');
    const question = page.getByRole('alertdialog');
    await expect(question).toContainText('Discard changes?');
    await question.getByRole('button', { name: 'Keep editing' }).click();
    await expect(page.getByLabel('Name')).toHaveValue('Typed');
    // The form that comes back with errors leaves the focus where somebody types.
    await page.unroute(WASM);
    const { wait, open: load } = gate();
    await page.route(WASM, async (route) => {
      await wait;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Invite' }).click();
    await expect(page.locator('.summary')).toBeVisible();
    await page.getByLabel('Email').click();
    await page.keyboard.type('typed@');
    load();
    await waitForHydration(page);
    await expect(page.getByLabel('Email')).toBeFocused();
    await page.keyboard.type('example.in');
    await expect(page.getByLabel('Email')).toHaveValue('typed@example.in');
  });

  test('duplicates of what was typed meanwhile are shown', async ({ page, createLead }) => {
    const phone = `98${String(Date.now()).slice(-8)}`;
    const lead = await createLead({ phone });
    const hydrate = await openSlowly(page, '/leads/new');
    await new Form(page, 'lead').fill({ phone });
    await hydrate();
    await expect(page.getByRole('region', { name: 'Possible duplicates' })).toContainText(lead.name);
  });

  test('the filters of the history keep what was typed and chosen', async ({ page }) => {
    const hydrate = await openSlowly(page, '/history');
    const search = page.getByRole('search', { name: 'Search the history' });
    await search.getByLabel('What').selectOption({ index: 1 });
    const chosen = await search.getByLabel('What').inputValue();
    await search.getByRole('searchbox').click();
    await page.keyboard.type('ravi');
    await hydrate();
    await expect(search.getByRole('searchbox')).toBeFocused();
    await expect(search.getByRole('searchbox')).toHaveValue('ravi');
    await expect(search.getByLabel('What')).toHaveValue(chosen);
    await search.getByRole('button', { name: 'Apply' }).click();
    await expect(page).toHaveURL(/q=ravi/);
  });

  test.describe('who signs in', () => {
    test.use({ role: 'nobody' });

    test('goes on typing, and is signed in', async ({ page, app }) => {
      const { email, password } = app.users.Sales;
      const hydrate = await openSlowly(page, '/sign-in');
      await page.getByLabel('Email', { exact: true }).click();
      await page.keyboard.type(email);
      await page.getByLabel('Password', { exact: true }).click();
      await page.keyboard.type(password.slice(0, 5));
      await hydrate();
      await page.keyboard.type(password.slice(5));
      await page.keyboard.press('Enter');
      await expect(page).toHaveURL(/\/customers$/);
    });

    for (const [name, obstruct] of OBSTACLES.filter(([name]) => /no comments|that traps|is missing/.test(name))) {
      test(`with ${name} signs in all the same`, async ({ page, app, browserErrors }) => {
        browserErrors.allow(...DOWNLOAD);
        await obstruct(page);
        await page.goto('/sign-in?next=%2Faccount');
        await isPlain(page);
        await submitSignIn(page, app.users.Staff.email, app.users.Staff.password);
        await expect(page).toHaveURL(/\/account$/);
        await isPlain(page);
        await page.getByRole('link', { name: /password/i }).first().click();
        await expect(page).toHaveURL(/\/account\/password$/);
      });
    }
  });
});

test('a dialog is modal at every moment, while its code and its content arrive', async ({ page, createCustomer }) => {
  const customer = await createCustomer();
  await open(page, `/customers?q=${customer.email}`);
  // Looks between any two tasks of the browser: it may handle a key press there.
  await page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      const dialog = document.querySelector('dialog:not(:modal)');
      if (dialog) seen.push(dialog.className);
      port2.postMessage(null);
    };
    port2.postMessage(null);
  });
  for (const [link, request, heading] of [
    [`Edit ${customer.name}`, '**/api/customers/form*', `Edit ${customer.name}`],
    [`Delete ${customer.name}`, '**/api/customers/deletion*', `Delete ${customer.name}?`],
  ] as const) {
    const { wait, open: release } = gate();
    await page.route(request, async (route) => {
      await wait;
      await route.continue();
    });
    const opener = page.getByRole('link', { name: link });
    await opener.press('Enter');
    await expect(page.locator('dialog:modal').getByRole('heading', { name: 'Loading…' })).toBeVisible();
    release();
    await expect(page.locator('dialog:modal').getByRole('heading', { name: heading })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(opener).toBeFocused();
  }
  expect(await page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual([]);
});
