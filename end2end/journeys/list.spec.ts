import type { Page, Route } from '@playwright/test';
import type { TestApp } from '../support/app.ts';
import { customerIds, deleteCustomers, editFields } from '../support/customers.ts';
import { List } from '../support/list.ts';
import { expect, gate, open, reload, test, waitForHydration } from '../support/test.ts';
import { unique } from '../support/unique.ts';

const EXAMPLE = '/customers?q=rao&status=Active&status=Pending&churn=High&plan=Fiber&sort=-outstanding&size=50';

async function count(app: TestApp, rest = ''): Promise<number> {
  return (await customerIds(app.db, rest)).length;
}

/** 12,34,567 */
const grouped = (count: number) => count.toLocaleString('en-IN');

async function openList(page: Page, address = '/customers'): Promise<List> {
  await open(page, address);
  return new List(page);
}

/** Holds back the next matching request of the list until it is released; a page may have cancelled it by then. */
async function hold(page: Page, isWanted: (address: string) => boolean): Promise<{ requested: Promise<void>; release: () => Promise<void> }> {
  let held: Route | undefined;
  const requested = gate();
  const ended = gate();
  for (const event of ['requestfinished', 'requestfailed'] as const) {
    page.on(event as 'requestfinished', (request) => {
      if (request === held?.request()) ended.open();
    });
  }
  await page.route('**/api/customers/list*', async (route) => {
    const address = new URL(route.request().url()).searchParams.get('address') ?? '';
    if (!held && isWanted(address)) {
      held = route;
      requested.open();
    } else {
      await route.continue();
    }
  });
  const release = async () => {
    await held?.continue().catch(() => undefined);
    await ended.wait;
  };
  return { requested: requested.wait, release };
}

test.describe('the table', () => {
  test('shows the default columns, each customer in a row', async ({ page, app, createCustomer }) => {
    const customer = await createCustomer({ outstanding: '1234567.50', price: '1499', speed: '1000', nps: '-7', churn: 'Medium', next_billing: '2027-01-05' });
    const list = await openList(page);
    const headers = list.table.getByRole('columnheader');
    for (const [index, words] of [
      ['Name', 'Account number'], ['Status'], ['Plan', 'Speed'], ['Price'], ['Churn risk'], ['NPS'], ['Next bill'], ['Outstanding'], ['Actions'],
    ].entries()) {
      for (const word of words) await expect(headers.nth(index)).toContainText(word);
    }
    await expect(headers).toHaveCount(9);
    await list.shows(await customerIds(app.db, 'ORDER BY name_key, id LIMIT 25'));
    await expect(list.range).toHaveText(`1–25 of ${grouped(await count(app))}`);

    await list.type(customer.email);
    await list.shows([customer.id]);
    const row = list.row(customer.name);
    for (const text of [customer.account, 'Active', 'Fiber', '1 Gbps', '₹1,499', 'Medium', '−7', '₹12,34,567.50', '5 Jan 2027']) {
      await expect(row).toContainText(text);
    }
    await expect(row.getByRole('link', { name: `Edit ${customer.name}` })).toBeVisible();
    await expect(row.getByRole('link', { name: `Delete ${customer.name}` })).toBeVisible();
  });

  test('a name leads to its record, and Back to the same rows', async ({ page }) => {
    const list = await openList(page, '/customers?sort=-nps');
    const shown = await list.ids();
    const name = (await list.rows.nth(3).locator('th a').innerText()).trim();
    await list.rows.nth(3).getByRole('link', { name, exact: true }).click();
    await expect(page).toHaveURL(new RegExp(`/customers/${shown[3]}`));
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
    await page.goBack();
    await list.shows(shown);
  });

  test('any field can be a column, and the choice is remembered', async ({ page, createCustomer }) => {
    const customer = await createCustomer({
      ...editFields(), lifetime_value: '24000', next_billing: '2027-01-05', ott_apps: ['Netflix', 'ZEE5'], peak_hours: ['21:00', '00:00'], gstin: '27AAPFU0939F1ZV',
    });
    const list = await openList(page, `/customers?q=${customer.email}`);
    const menu = await list.menu('Columns');
    const boxes = menu.getByRole('checkbox');
    // Every field of a customer except the name, which is always a column.
    await expect(boxes).toHaveCount(32);
    await menu.getByRole('checkbox', { name: 'Email' }).check();
    await expect(list.table.getByRole('columnheader', { name: 'Email' })).toBeVisible();
    await menu.getByRole('checkbox', { name: 'NPS' }).uncheck();
    await expect(list.table.getByRole('columnheader', { name: 'NPS' })).toHaveCount(0);
    await reload(page);
    await expect(list.table.getByRole('columnheader', { name: 'Email' })).toBeVisible();
    await expect(list.table.getByRole('columnheader', { name: 'NPS' })).toHaveCount(0);
    await expect(list.row(customer.name)).toContainText(customer.email);

    const reopened = await list.menu('Columns');
    for (const box of await reopened.getByRole('checkbox').all()) await box.check();
    await expect(list.table.getByRole('columnheader')).toHaveCount(34);
    for (const text of ['Netflix, ZEE5', '21:00–00:00', '14, MG Road', '560001', '27AAPFU0939F1ZV', '250.5 GB', '99.14%', '92.5 Mbps', '1 Mar 2024', '₹24,000']) {
      await expect(list.row(customer.name)).toContainText(text);
    }
    await reload(page);
    await expect(list.table.getByRole('columnheader')).toHaveCount(34);
  });
});

test.describe('the search', () => {
  test('finds every part of name, email, phone, account number and city, in any case', async ({ page, createCustomer }) => {
    const word = unique();
    const digits = `9${Date.now().toString().slice(-9)}`;
    const customer = await createCustomer({
      name: `Zubaida ${word}`, email: `zed_${word}%25x@mail.example.in`, phone: digits, city: `Ooty${word}`,
    });
    const list = await openList(page);
    const [first, rest] = [digits.slice(0, 5), digits.slice(5)];
    for (const text of [
      `Zubaida ${word}`, `zUBAIDA ${word.toUpperCase()}`, word.slice(2, 8), `zed_${word}`, `_${word}%25`, digits, `${first} ${rest}`,
      `+91 ${first} ${rest}`, `+91${digits}`, `0${digits}`, `${first}-${rest}`, digits.slice(2), customer.account, customer.account.toLowerCase(),
      `OOTY${word}`, `oty${word.slice(0, 3)}`,
    ]) {
      await list.type(text);
      await expect(list.row(customer.name), text).toHaveCount(1);
      await expect(page, text).toHaveURL((url) => url.searchParams.get('q') === text);
      await list.type(`${word} nobody`);
      await expect(page.getByRole('heading', { name: 'No customers match' })).toBeVisible();
      await expect(page.locator('p[aria-live]')).toHaveText('No customers match');
    }
  });

  test('takes % and _ literally', async ({ page, createCustomer }) => {
    const word = unique();
    const percent = await createCustomer({ name: `Per 100% ${word}` });
    const low = await createCustomer({ name: `Under a_b ${word}` });
    const plain = await createCustomer({ name: `Plain 1000 aXb ${word}` });
    const list = await openList(page, `/customers?q=${word}&sort=account`);
    await list.shows([percent.id, low.id, plain.id]);
    await list.type(`100% ${word}`);
    await list.shows([percent.id]);
    await list.type(`a_b ${word}`);
    await list.shows([low.id]);
    await list.type(`%%% ${word}`);
    await list.shows([]);
  });

  test('finds Devanagari', async ({ page, createCustomer }) => {
    const word = unique();
    const customer = await createCustomer({ name: `प्रिया देशमुख ${word}` });
    const list = await openList(page);
    for (const text of [`प्रिया ${word}`, `देशमु ${word}`, `दे ${word}`]) {
      await list.type(text);
      await list.shows([customer.id]);
      await list.type(`${word}${word}`);
      await list.shows([]);
    }
  });

  test('one or two characters match the beginnings of words, and the page says so', async ({ page, createCustomer }) => {
    const word = unique();
    const begins = await createCustomer({ name: `Qwen ${word}` });
    await createCustomer({ name: `Aqwen ${word}`, email: `a.${word}@example.in` });
    const list = await openList(page);
    const hint = page.getByText('One or two letters match the start of a word');
    await expect(hint).toHaveCount(0);
    await list.type(`qw ${word}`);
    await list.shows([begins.id]);
    await expect(hint).toBeVisible();
    await list.type(`qwe ${word}`);
    await expect(list.rows).toHaveCount(2);
    await expect(hint).toHaveCount(0);
  });

  test('results follow typing, in one history entry', async ({ page, createCustomer, app }) => {
    const customer = await createCustomer();
    const list = await openList(page);
    await list.search.pressSequentially(customer.email, { delay: 15 });
    await list.shows([customer.id]);
    await expect(page).toHaveURL((url) => url.searchParams.get('q') === customer.email);
    await expect(list.search).toHaveValue(customer.email);
    await expect(list.search).toBeFocused();
    await page.goBack();
    await list.shows(await customerIds(app.db, 'ORDER BY name_key, id LIMIT 25'));
    await expect(list.search).toHaveValue('');
    await page.goForward();
    await list.shows([customer.id]);
    await expect(list.search).toHaveValue(customer.email);
  });

  test('an older response never replaces a newer one', async ({ page, createCustomer }) => {
    const word = unique();
    const [older, newer] = [await createCustomer({ name: `Older ${word}` }), await createCustomer({ name: `Newer ${word}` })];
    const list = await openList(page);
    const late = await hold(page, (address) => address.includes(`Older`));
    await list.type(`Older ${word}`);
    await late.requested;
    await list.type(`Newer ${word}`);
    await expect.poll(() => list.ids()).toEqual([newer.id]);
    await late.release();
    // Whatever the late response does, it has done before the response to a later request.
    await list.type(`nobody ${word}`);
    await list.shows([]);
    await list.type(`Newer ${word}`);
    await list.shows([newer.id]);
    expect(await list.ids()).not.toContain(older.id);
  });

  test('an older response that arrives last is never shown', async ({ page, createCustomer }) => {
    const word = unique();
    const [older, newer] = [await createCustomer({ name: `Older ${word}` }), await createCustomer({ name: `Newer ${word}` })];
    const list = await openList(page);
    await page.evaluate(() => {
      const seen: string[] = [];
      Object.assign(window, { seen });
      const record = () => seen.push([...document.querySelectorAll('tbody th a')].map((link) => link.textContent ?? '').join());
      new MutationObserver(record).observe(document.body, { childList: true, characterData: true, subtree: true });
    });
    const late = await hold(page, (address) => address.includes(`Older`));
    await list.type(`Older ${word}`);
    await late.requested;
    await list.type(`Newer ${word}`);
    await list.shows([newer.id]);
    await late.release();
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await list.shows([newer.id]);
    const seen = await page.evaluate(() => (window as unknown as { seen: string[] }).seen.join('\n'));
    expect(seen).toContain(newer.name);
    expect(seen).not.toContain(older.name);
  });

  test('text typed while a response is pending stays', async ({ page, createCustomer }) => {
    const customer = await createCustomer();
    const list = await openList(page);
    const late = await hold(page, (address) => address.includes('asha'));
    await list.type('asha');
    await late.requested;
    await list.search.press('End');
    await list.search.pressSequentially(customer.email.slice(4));
    await late.release();
    await list.shows([customer.id]);
    await expect(list.search).toHaveValue(customer.email);
  });
});

test.describe('the filters', () => {
  const filters = [
    { label: 'Status', key: 'status', column: 'status', values: ['Pending', 'Active', 'Suspended', 'Cancelled'] },
    { label: 'Churn risk', key: 'churn', column: 'churn_risk', values: ['Low', 'Medium', 'High'] },
    { label: 'Plan type', key: 'plan', column: 'plan_type', values: ['Fiber', 'Broadband', 'Wireless'] },
  ];

  for (const filter of filters) {
    test(`${filter.label}: several values, each with its count`, async ({ page, app }) => {
      const list = await openList(page, '/customers?size=100');
      const [first, second] = filter.values;
      const menu = await list.menu(filter.label);
      for (const value of filter.values) {
        const expected = await count(app, `AND ${filter.column} = '${value}'`);
        await expect(menu.locator('label', { hasText: value })).toContainText(grouped(expected));
      }
      await list.choose(filter.label, first);
      await list.shows(await customerIds(app.db, `AND ${filter.column} = '${first}' ORDER BY name_key, id LIMIT 100`));
      await list.choose(filter.label, second);
      await list.shows(await customerIds(app.db, `AND ${filter.column} IN ('${first}', '${second}') ORDER BY name_key, id LIMIT 100`));
      await expect(page).toHaveURL((url) => url.searchParams.getAll(filter.key).sort().join() === [first, second].sort().join());
      const both = await count(app, `AND ${filter.column} IN ('${first}', '${second}')`);
      await expect(list.range).toContainText(`of ${grouped(both)}`);
      // The other values keep the counts that they would add.
      for (const value of filter.values) {
        const expected = await count(app, `AND ${filter.column} = '${value}'`);
        await expect((await list.menu(filter.label)).locator('label', { hasText: value })).toContainText(grouped(expected));
      }
      await list.choose(filter.label, first);
      await list.shows(await customerIds(app.db, `AND ${filter.column} = '${second}' ORDER BY name_key, id LIMIT 100`));
    });
  }

  test('the menu stays open and keeps the focus while values are chosen with the keyboard', async ({ page }) => {
    const list = await openList(page);
    const menu = await list.menu('Status');
    const active = menu.getByRole('checkbox', { name: /^Active/ });
    await active.focus();
    await page.keyboard.press('Space');
    await expect(page).toHaveURL(/status=Active/);
    await expect(list.region).toHaveAttribute('aria-busy', 'false');
    await expect(active).toBeFocused();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await expect(page).toHaveURL((url) => url.searchParams.getAll('status').join() === 'Active,Suspended');
    await page.keyboard.press('Escape');
    await expect(active).toBeHidden();
    await expect(menu.locator('summary')).toBeFocused();
    // It closes when the focus leaves it, too.
    await page.keyboard.press('Enter');
    await menu.getByRole('checkbox').last().focus();
    await page.keyboard.press('Tab');
    await expect(active).toBeHidden();
  });

  test('the checkboxes follow Back and Forward', async ({ page }) => {
    const list = await openList(page);
    const high = (await list.menu('Churn risk')).getByRole('checkbox', { name: /^High/ });
    await high.check();
    await expect(page).toHaveURL(/churn=High/);
    await expect(list.region).toHaveAttribute('aria-busy', 'false');
    await page.goBack();
    await expect(page).not.toHaveURL(/churn/);
    await expect(high).not.toBeChecked();
    await page.goForward();
    await expect(high).toBeChecked();
  });

  test('the checkboxes follow Back from a filter that failed', async ({ page, browserErrors }) => {
    browserErrors.allow(/ERR_CONNECTION_REFUSED/);
    await open(page, '/customers/deleted');
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Customers', exact: true }).click();
    const list = new List(page);
    await expect(list.rows).toHaveCount(25);
    await page.route('**/api/customers/list*', (route) => route.abort('connectionrefused'));
    const high = (await list.menu('Churn risk')).getByRole('checkbox', { name: /^High/ });
    await high.click();
    await expect(page.getByRole('alert')).toBeVisible();
    await page.unroute('**/api/customers/list*');
    await high.evaluate((box) => ((box as HTMLInputElement).checked = true));
    await page.goBack();
    await expect(page.getByRole('alert')).toHaveCount(0);
    await expect(high).not.toBeChecked();
  });

  test('columns that are chosen while one leaves the list are saved', async ({ page }) => {
    const list = await openList(page);
    const { wait, open: release } = gate();
    await page.route('**/api/customers/columns*', async (route) => {
      await wait;
      await route.continue();
    });
    await (await list.menu('Columns')).getByRole('checkbox', { name: 'Email' }).check();
    await page.keyboard.press('Escape');
    await list.rows.first().getByRole('link').first().click();
    await expect(list.table).toHaveCount(0);
    const saved = page.waitForResponse((response) => response.url().includes('/api/customers/columns'));
    release();
    await saved;
    await open(page, '/customers');
    await expect(list.table.getByRole('columnheader', { name: 'Email' })).toBeVisible();
  });

  test('a response keeps the elements that it does not change, and the focus', async ({ page, createCustomer }) => {
    const word = unique();
    const customer = await createCustomer({ name: `A ${word}`, nps: '9', churn: 'High' });
    const other = await createCustomer({ name: `B ${word}`, nps: '8', churn: 'High' });
    const list = await openList(page, `/customers?q=${word}`);
    // A mark on the element: it is gone if the element was made anew.
    await list.table.evaluate((table) => ((table as HTMLElement & { mark?: boolean }).mark = true));
    const nps = list.header('NPS').getByRole('link', { name: 'NPS' });
    await nps.focus();
    await page.keyboard.press('Enter');
    await list.shows([other.id, customer.id]);
    await expect(nps).toBeFocused();
    expect(await list.table.evaluate((table) => (table as HTMLElement & { mark?: boolean }).mark)).toBe(true);
    // The links of the row lead back to another list, so the row is a new one.
    const edit = page.getByRole('link', { name: `Edit ${customer.name}` });
    await edit.focus();
    await page.goBack();
    await list.shows([customer.id, other.id]);
    await expect(edit).toBeFocused();
  });

  test('the filters can be opened and used after a search was typed', async ({ page, createCustomer }) => {
    const word = unique();
    const low = await createCustomer({ name: `A ${word}`, churn: 'Low' });
    await createCustomer({ name: `B ${word}`, churn: 'High' });
    const list = await openList(page);
    await list.type(word);
    await expect(page.getByRole('link', { name: `Remove Search: ${word}` })).toBeVisible();
    await page.locator('summary', { hasText: 'Churn risk' }).click();
    for (const choice of ['Low', 'Medium', 'High']) await expect(page.getByRole('checkbox', { name: new RegExp(`^${choice}`) })).toBeVisible();
    await page.getByRole('checkbox', { name: /^Low/ }).check();
    await list.shows([low.id]);
  });

  test('the counts respect the other filters and the search', async ({ page, app }) => {
    const list = await openList(page, '/customers?q=example&status=Active&churn=High&churn=Medium&plan=Fiber&size=100');
    const searched = `AND search_text LIKE '%example%'`;
    const [status, churn, plan] = [`AND status = 'Active'`, `AND churn_risk IN ('High', 'Medium')`, `AND plan_type = 'Fiber'`];
    for (const [filter, others] of [[filters[0], churn + plan], [filters[1], status + plan], [filters[2], status + churn]] as const) {
      const menu = await list.menu(filter.label);
      for (const value of filter.values) {
        const expected = await count(app, `${searched} ${others} AND ${filter.column} = '${value}'`);
        await expect(menu.locator('label', { hasText: value }).locator('.count')).toHaveText(grouped(expected));
      }
    }
    await list.shows(await customerIds(app.db, `${searched} ${status} ${churn} ${plan} ORDER BY name_key, id LIMIT 100`));
  });

  test('every active filter has a chip to remove it, and Clear all', async ({ page, app }) => {
    const list = await openList(page, '/customers?q=a&status=Active&churn=Low&plan=Fiber&plan=Wireless&sort=-price');
    const chips = page.getByRole('list', { name: 'Filters that are on' });
    for (const name of ['Search: a', 'Status: Active', 'Churn risk: Low', 'Plan type: Fiber', 'Plan type: Wireless']) {
      await expect(chips.getByRole('link', { name: `Remove ${name}` })).toBeVisible();
    }
    await chips.getByRole('link', { name: 'Remove Plan type: Fiber' }).click();
    await expect(page).toHaveURL((url) => url.search === '?q=a&status=Active&churn=Low&plan=Wireless&sort=-price');
    await expect(chips.getByRole('link', { name: 'Remove Plan type: Fiber' })).toHaveCount(0);
    await chips.getByRole('link', { name: 'Remove Search: a' }).click();
    await expect(list.search).toHaveValue('');
    await list.shows(await customerIds(app.db, `AND status = 'Active' AND churn_risk = 'Low' AND plan_type = 'Wireless' ORDER BY price_paise DESC, id DESC LIMIT 25`));
    await chips.getByRole('link', { name: 'Clear all' }).click();
    await list.shows(await customerIds(app.db, 'ORDER BY price_paise DESC, id DESC LIMIT 25'));
    await expect(chips).toHaveText('No filters');
    await expect(page).toHaveURL((url) => url.search === '?sort=-price');
  });

  test('a search never weakens a filter', async ({ page, app, createCustomer }) => {
    const word = unique();
    const low = await createCustomer({ name: `Wanted ${word}`, churn: 'Low' });
    await createCustomer({ name: `Wanted ${word}`, churn: 'High', email: `other.${word}@example.in` });
    const list = await openList(page, '/customers?churn=Low');
    await list.type(word);
    await list.shows([low.id]);
    await expect(page).toHaveURL((url) => url.searchParams.get('churn') === 'Low');
    await list.type('');
    await list.shows(await customerIds(app.db, `AND churn_risk = 'Low' ORDER BY name_key, id LIMIT 25`));
    // Typed and chosen in quick succession: the second keeps the first.
    await list.type(word);
    await list.choose('Status', 'Active');
    await list.shows([low.id]);
    await expect(page).toHaveURL((url) => url.search === `?q=${word}&status=Active&churn=Low`);
  });
});

test.describe('sorting', () => {
  const sorts = [
    { header: 'Name', by: 'name', column: 'name_key' },
    { header: 'Account number', by: 'account', column: 'account_number' },
    { header: 'Plan', by: 'plan', column: 'plan_type' },
    { header: 'Speed', by: 'speed', column: 'speed_kbps' },
    { header: 'Price', by: 'price', column: 'price_paise' },
    { header: 'Churn risk', by: 'churn', column: 'churn_risk' },
    { header: 'NPS', by: 'nps', column: 'nps' },
    { header: 'Outstanding', by: 'outstanding', column: 'outstanding_paise' },
    { header: 'Next bill', by: 'next_billing', column: 'next_bill_key' },
    { header: 'Customer since', by: 'since', column: 'customer_since', extra: 'Customer since' },
    { header: 'Lifetime value', by: 'lifetime_value', column: 'paid_paise', extra: 'Lifetime value' },
  ];

  for (const sort of sorts) {
    test(`by ${sort.header}, both ways`, async ({ page, app }) => {
      // Sorted by another column, so that the header starts unsorted.
      const start = sort.by === 'nps' ? '/customers?sort=price' : '/customers?sort=nps';
      const list = await openList(page, start);
      if (sort.extra) {
        await (await list.menu('Columns')).getByRole('checkbox', { name: sort.extra }).check();
      }
      const header = list.header(sort.header);
      const link = header.getByRole('link', { name: sort.header, exact: true });
      await expect(header).toHaveAttribute('aria-sort', 'none');
      // Money and risk begin with the highest; the column of the risk has that first.
      const isMoney = sort.column.endsWith('_paise');
      for (const descends of isMoney ? [true, false] : [false, true]) {
        await link.click();
        const order = descends ? ` DESC, id DESC` : ', id';
        await list.shows(await customerIds(app.db, `ORDER BY ${sort.column}${order} LIMIT 25`));
        await expect(header).toHaveAttribute('aria-sort', descends === (sort.by === 'churn') ? 'ascending' : 'descending');
        await expect(page).toHaveURL((url) => (url.searchParams.get('sort') ?? 'name') === `${descends ? '-' : ''}${sort.by}`);
      }
      await expect(list.table.locator('th[aria-sort=ascending], th[aria-sort=descending]')).toHaveCount(1);
    });
  }

  test('on a narrow screen is in a menu, which shows the direction', async ({ page, app }) => {
    await page.setViewportSize({ width: 360, height: 740 });
    const list = await openList(page, '/customers?sort=nps');
    await (await list.menu('Sort')).getByRole('link', { name: 'NPS (ascending)', exact: true }).click();
    await list.shows(await customerIds(app.db, 'ORDER BY nps DESC, id DESC LIMIT 25'));
    const current = (await list.menu('Sort')).getByRole('link', { name: 'NPS (descending)', exact: true });
    await expect(current).toHaveAttribute('aria-current', 'true');
    const arrow = current.locator('.arrow');
    await expect(arrow).toBeVisible();
    expect(await arrow.evaluate((arrow) => getComputedStyle(arrow).rotate)).toBe('180deg');
  });

  test('by churn risk is High, Medium, Low', async ({ page }) => {
    const list = await openList(page, '/customers?sort=churn&size=100');
    const seen: string[] = [];
    for (;;) {
      const levels = await list.rows.locator('td[data-label="Churn risk"]').allInnerTexts();
      for (const level of levels) if (seen.at(-1) !== level.trim()) seen.push(level.trim());
      const next = list.pages.getByRole('link', { name: 'Next' });
      if ((await next.getAttribute('aria-disabled')) === 'true') break;
      const before = await list.range.innerText();
      await next.click();
      await expect(list.range).not.toHaveText(before);
    }
    expect(seen).toEqual(['High', 'Medium', 'Low']);
  });
});

test.describe('paging', () => {
  for (const [size, address] of [[25, '?sort=plan'], [50, '?sort=-outstanding&size=50'], [100, '?size=100']] as const) {
    test(`by ${size}: Next and Previous show every customer exactly once`, async ({ page, app }) => {
      const list = await openList(page, `/customers${address}`);
      const total = await count(app);
      const pages: string[][] = [];
      for (let before = 0; before < total; before += size) {
        const last = Math.min(before + size, total);
        await expect(list.range).toHaveText(`${grouped(before + 1)}–${grouped(last)} of ${grouped(total)}`);
        await expect(list.rows).toHaveCount(last - before);
        pages.push(await list.ids());
        if (last < total) await list.goTo('Next');
      }
      const all = pages.flat();
      expect(new Set(all).size).toBe(total);
      expect(all.length).toBe(total);
      await expect(list.pages.getByRole('link', { name: 'Next' })).toHaveAttribute('aria-disabled', 'true');
      await expect(list.pages.getByRole('link', { name: 'Last' })).toHaveAttribute('aria-disabled', 'true');
      for (const earlier of pages.slice(0, -1).reverse()) {
        await list.goTo('Previous');
        await list.shows(earlier);
      }
      await expect(list.pages.getByRole('link', { name: 'Previous' })).toHaveAttribute('aria-disabled', 'true');
      await expect(list.pages.getByRole('link', { name: 'First' })).toHaveAttribute('aria-disabled', 'true');
      await list.goTo('Last');
      await list.shows(pages.at(-1) ?? []);
      await list.goTo('First');
      await list.shows(pages[0]);
    });
  }

  test('the page size can be chosen', async ({ page, app }) => {
    const list = await openList(page);
    const sizes = page.getByRole('group', { name: 'Rows on a page' });
    for (const size of ['50', '100', '25']) {
      await sizes.getByRole('link', { name: size, exact: true }).click();
      await list.shows(await customerIds(app.db, `ORDER BY name_key, id LIMIT ${size}`));
      await expect(sizes.getByRole('link', { name: size, exact: true })).toHaveAttribute('aria-current', 'true');
      await expect(page).toHaveURL((url) => (url.searchParams.get('size') ?? '25') === size);
    }
  });

  test('another page starts at its top', async ({ page }) => {
    const list = await openList(page, '/customers?size=100');
    const first = await list.ids();
    await list.pages.scrollIntoViewIfNeeded();
    await list.goTo('Next');
    await expect.poll(() => list.ids()).not.toEqual(first);
    await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(0);
  });

  test('a link to a page that does not exist any more leads to the nearest one', async ({ page, app, createCustomer }) => {
    const word = unique();
    const created: string[] = [];
    for (let index = 10; index < 38; index += 1) created.push((await createCustomer({ name: `Gone${index} ${word}` })).id);
    const list = await openList(page, `/customers?q=${word}`);
    await list.goTo('Next');
    await list.shows(created.slice(25));
    const address = page.url();
    await deleteCustomers(app.db, created.slice(25));
    await reload(page);
    await list.shows(created.slice(0, 25));
    await expect(list.range).toHaveText('1–25 of 25');
    await deleteCustomers(app.db, created);
    await open(page, address);
    await expect(page.getByRole('heading', { name: 'No customers match' })).toBeVisible();
  });
});

test.describe('the address', () => {
  test('holds the search, filters, sort and size', async ({ page, app, createCustomer }) => {
    const word = unique();
    for (const [index, status] of ['Active', 'Pending', 'Active'].entries()) {
      await createCustomer({ name: `Rao ${word}${index}`, status, churn: 'High', outstanding: String(900 + index) });
    }
    const response = await page.goto(EXAMPLE);
    expect(response?.status()).toBe(200);
    await waitForHydration(page);
    const list = new List(page);
    const condition = `AND search_text LIKE '%rao%' AND status IN ('Active', 'Pending') AND churn_risk = 'High' AND plan_type = 'Fiber'
      ORDER BY outstanding_paise DESC, id DESC LIMIT 50`;
    const rows = await customerIds(app.db, condition);
    expect(rows.length).toBeGreaterThanOrEqual(3);
    await list.shows(rows);
    await expect(list.search).toHaveValue('rao');
    await expect(page.getByText('is not valid')).toHaveCount(0);
    await reload(page);
    await list.shows(rows);
  });

  test('follows what is clicked', async ({ page, createCustomer }) => {
    // The filters find somebody: an empty list has no headers to sort by.
    await createCustomer({ name: `Rao ${unique()}`, plan: 'Fiber', status: 'Active', churn: 'High' });
    const list = await openList(page);
    await list.type('rao');
    await expect(page.getByRole('link', { name: 'Remove Search: rao' })).toBeVisible();
    for (const [filter, choice] of [['Plan type', 'Fiber'], ['Status', 'Active'], ['Churn risk', 'High'], ['Status', 'Pending']]) {
      await list.choose(filter, choice);
      await expect(page.getByRole('link', { name: `Remove ${filter}: ${choice}` })).toBeVisible();
    }
    await list.header('Outstanding').getByRole('link', { name: 'Outstanding', exact: true }).click();
    const parameters = () => [...new URL(page.url()).searchParams].map((pair) => pair.join('=')).sort();
    await expect.poll(parameters).toEqual(['churn=High', 'plan=Fiber', 'q=rao', 'sort=-outstanding', 'status=Active', 'status=Pending']);
  });

  test('back, forward, reload and a shared link give the same rows', async ({ page, newPage }) => {
    const list = await openList(page);
    const plain = await list.ids();
    await list.header('NPS').getByRole('link', { name: 'NPS', exact: true }).click();
    await expect.poll(() => list.ids()).not.toEqual(plain);
    const sorted = await list.ids();
    await list.goTo('Next');
    await expect(list.range).toContainText('26–50 of');
    const second = await list.ids();
    await list.choose('Plan type', 'Wireless');
    await expect(list.range).toContainText('1–');
    const filtered = await list.ids();
    await page.goBack();
    await list.shows(second);
    await page.goBack();
    await list.shows(sorted);
    await page.goBack();
    await list.shows(plain);
    for (const rows of [sorted, second, filtered]) {
      await page.goForward();
      await list.shows(rows);
    }
    await page.goBack();
    await list.shows(second);
    await reload(page);
    await list.shows(second);
    await expect(list.range).toContainText('26–50 of');
    const other = await newPage();
    const shared = await openList(other, page.url());
    await shared.shows(second);
  });

  for (const invalid of [
    'status=Nobody', 'sort=shoe', 'size=7', 'page=zzz', 'colour=blue', 'churn=%FF%FE', 'page=eyJwIjp7ImEiOnt9fX0', 'plan=fiber', 'size=-1', 'q=a&q=%00&sort=',
  ]) {
    test(`with an invalid part (${invalid}) shows a notice, never an error`, async ({ page, app }) => {
      const response = await open(page, `/customers?${invalid}`);
      expect(response.status()).toBe(200);
      const list = new List(page);
      await expect(list.rows.first()).toBeVisible();
      if (!invalid.startsWith('q=')) {
        await expect(page.getByRole('note')).toContainText('Ignored a part of the address');
        await list.shows(await customerIds(app.db, 'ORDER BY name_key, id LIMIT 25'));
      }
    });
  }

  test('with a page of another list shows a notice', async ({ page, app }) => {
    const list = await openList(page, '/customers?sort=nps');
    await list.goTo('Next');
    await expect(page).toHaveURL(/page=/);
    const cursor = new URL(page.url()).searchParams.get('page');
    const response = await open(page, `/customers?sort=price&page=${cursor}`);
    expect(response.status()).toBe(200);
    await expect(page.getByRole('note')).toContainText('Ignored a part of the address');
    await list.shows(await customerIds(app.db, 'ORDER BY price_paise, id LIMIT 25'));
  });

  test('/ leads to the list', async ({ page }) => {
    await open(page, '/');
    await expect(page).toHaveURL(/\/customers$/);
    await expect(new List(page).rows.first()).toBeVisible();
  });
});

test.describe('loading, empty, failed', () => {
  test('loading: the region is busy and the old rows stay', async ({ page, createCustomer }) => {
    const customer = await createCustomer();
    const list = await openList(page);
    const before = await list.ids();
    const late = await hold(page, (address) => address.includes('asha'));
    await list.type(customer.email);
    await late.requested;
    await expect(list.region).toHaveAttribute('aria-busy', 'true');
    expect(await list.ids()).toEqual(before);
    await late.release();
    await list.shows([customer.id]);
  });

  test('empty: the page says so and offers to clear the filters', async ({ page, app }) => {
    const list = await openList(page, `/customers?q=${unique()}&status=Active`);
    await expect(page.getByRole('heading', { name: 'No customers match' })).toBeVisible();
    await page.getByRole('link', { name: 'Clear search and filters' }).click();
    await list.shows(await customerIds(app.db, 'ORDER BY name_key, id LIMIT 25'));
    await expect(list.search).toHaveValue('');
  });

  test('failed: the page says what happened, and Retry loads the rows', async ({ page, createCustomer, browserErrors }) => {
    browserErrors.allow(/net::ERR_/);
    const customer = await createCustomer();
    const list = await openList(page);
    await page.route('**/api/**', (route) => route.abort('connectionrefused'));
    await list.type(customer.email);
    const alert = page.getByRole('alert');
    await expect(alert).toContainText("Can't reach Lastmile");
    await expect(list.rows).toHaveCount(25);
    await expect(list.search).toHaveValue(customer.email);
    await page.unroute('**/api/**');
    await alert.getByRole('link', { name: 'Retry' }).click();
    await list.shows([customer.id]);
    await expect(alert).toHaveCount(0);
  });
});
