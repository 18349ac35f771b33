import type { Page, Route } from '@playwright/test';
import { ids, remove, unique } from '../support/customers.ts';
import { List } from '../support/list.ts';
import { expect, gate, open, reload, takenOver, test, type House } from '../support/test.ts';

const EXAMPLE = '/customers?q=rao&status=Active&status=Pending&churn=High&plan=Fiber&sort=-outstanding&size=50';

async function count(house: House, rest = ''): Promise<number> {
  return (await ids(house, rest)).length;
}

/** 12,34,567 */
const grouped = (number: number) => number.toLocaleString('en-IN');

async function openList(page: Page, address = '/customers'): Promise<List> {
  await open(page, address);
  return new List(page);
}

/** Holds the answer to the list's next matching request until it is let go; a page that has given it up by then is as well. */
async function hold(page: Page, wanted: (address: string) => boolean): Promise<{ asked: Promise<void>; letGo: () => Promise<void> }> {
  let held: Route | undefined;
  let say: () => void;
  let end: () => void;
  const asked = new Promise<void>((resolve) => (say = resolve));
  const ended = new Promise<void>((resolve) => (end = resolve));
  for (const event of ['requestfinished', 'requestfailed'] as const) {
    page.on(event as 'requestfinished', (request) => {
      if (request === held?.request()) end();
    });
  }
  await page.route('**/api/customers/list*', async (route) => {
    const address = new URL(route.request().url()).searchParams.get('address') ?? '';
    if (!held && wanted(address)) {
      held = route;
      say();
    } else {
      await route.continue();
    }
  });
  const letGo = async () => {
    await held?.continue().catch(() => undefined);
    await ended;
  };
  return { asked, letGo };
}

test.describe('the table', () => {
  test('shows the usual columns, each customer in a row', async ({ page, house, make }) => {
    const customer = await make({ outstanding: '1234567.50', price: '1499', speed: '1000', nps: '-7', churn: 'Medium' });
    const list = await openList(page);
    const headers = list.table.getByRole('columnheader');
    for (const [index, words] of [
      ['Name', 'Account number'], ['Status'], ['Plan', 'Speed'], ['Price'], ['Churn risk'], ['NPS'], ['Next bill'], ['Outstanding'], ['Actions'],
    ].entries()) {
      for (const word of words) await expect(headers.nth(index)).toContainText(word);
    }
    await expect(headers).toHaveCount(9);
    await list.shows(await ids(house, 'ORDER BY name_key, id LIMIT 25'));
    await expect(list.range).toHaveText(`1-25 of ${grouped(await count(house))}`);

    await list.type(customer.email);
    await list.shows([customer.id]);
    const row = list.row(customer.name);
    for (const text of [customer.account, 'Active', 'Fiber', '1 Gbps', '₹1,499', 'Medium', '-7', '₹12,34,567.50', '5 Jan 2027']) {
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

  test('columns by choice: every field can be one, and the choice is kept', async ({ page, make }) => {
    const customer = await make({ ott_apps: ['Netflix', 'ZEE5'], peak_hours: ['21:00', '00:00'] });
    const list = await openList(page, `/customers?q=${customer.email}`);
    const menu = await list.menu('Columns');
    const boxes = menu.getByRole('checkbox');
    // Every field of a customer but the name, which is always there.
    await expect(boxes).toHaveCount(30);
    await menu.getByRole('checkbox', { name: 'Email' }).check();
    await expect(list.table.getByRole('columnheader', { name: 'Email' })).toBeVisible();
    await menu.getByRole('checkbox', { name: 'NPS' }).uncheck();
    await expect(list.table.getByRole('columnheader', { name: 'NPS' })).toHaveCount(0);
    await reload(page);
    await expect(list.table.getByRole('columnheader', { name: 'Email' })).toBeVisible();
    await expect(list.table.getByRole('columnheader', { name: 'NPS' })).toHaveCount(0);
    await expect(list.row(customer.name)).toContainText(customer.email);

    const again = await list.menu('Columns');
    for (const box of await again.getByRole('checkbox').all()) await box.check();
    await expect(list.table.getByRole('columnheader')).toHaveCount(32);
    for (const text of ['Netflix, ZEE5', '21:00-00:00', '14, MG Road', '560001', '250.5 GB', '99.14%', '92.5 Mbps', '1 Mar 2024', '₹24,000']) {
      await expect(list.row(customer.name)).toContainText(text);
    }
    await reload(page);
    await expect(list.table.getByRole('columnheader')).toHaveCount(32);
  });
});

test.describe('the search', () => {
  test('finds every part of name, email, phone, account number and city, in any case', async ({ page, make }) => {
    const word = unique();
    const digits = `9${Date.now().toString().slice(-9)}`;
    const customer = await make({
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

  test('takes % and _ as themselves', async ({ page, make }) => {
    const word = unique();
    const percent = await make({ name: `Per 100% ${word}` });
    const low = await make({ name: `Under a_b ${word}` });
    const plain = await make({ name: `Plain 1000 aXb ${word}` });
    const list = await openList(page, `/customers?q=${word}&sort=account`);
    await list.shows([percent.id, low.id, plain.id]);
    await list.type(`100% ${word}`);
    await list.shows([percent.id]);
    await list.type(`a_b ${word}`);
    await list.shows([low.id]);
    await list.type(`%%% ${word}`);
    await list.shows([]);
  });

  test('reads Devanagari', async ({ page, make }) => {
    const word = unique();
    const customer = await make({ name: `प्रिया देशमुख ${word}` });
    const list = await openList(page);
    for (const text of [`प्रिया ${word}`, `देशमु ${word}`, `दे ${word}`]) {
      await list.type(text);
      await list.shows([customer.id]);
      await list.type(`${word}${word}`);
      await list.shows([]);
    }
  });

  test('one or two characters match the beginnings of words, and the page says so', async ({ page, make }) => {
    const word = unique();
    const begins = await make({ name: `Qwen ${word}` });
    await make({ name: `Aqwen ${word}`, email: `a.${word}@example.in` });
    const list = await openList(page);
    const hint = page.getByText('One or two characters match the beginnings of words');
    await expect(hint).toHaveCount(0);
    await list.type(`qw ${word}`);
    await list.shows([begins.id]);
    await expect(hint).toBeVisible();
    await list.type(`qwe ${word}`);
    await expect(list.rows).toHaveCount(2);
    await expect(hint).toHaveCount(0);
  });

  test('results follow typing, in one step of the history', async ({ page, make, house }) => {
    const customer = await make();
    const list = await openList(page);
    await list.search.pressSequentially(customer.email, { delay: 15 });
    await list.shows([customer.id]);
    await expect(page).toHaveURL((url) => url.searchParams.get('q') === customer.email);
    await expect(list.search).toHaveValue(customer.email);
    await expect(list.search).toBeFocused();
    await page.goBack();
    await list.shows(await ids(house, 'ORDER BY name_key, id LIMIT 25'));
    await expect(list.search).toHaveValue('');
    await page.goForward();
    await list.shows([customer.id]);
    await expect(list.search).toHaveValue(customer.email);
  });

  test('an older answer never replaces a newer one', async ({ page, make }) => {
    const word = unique();
    const [older, newer] = [await make({ name: `Older ${word}` }), await make({ name: `Newer ${word}` })];
    const list = await openList(page);
    const late = await hold(page, (address) => address.includes(`Older`));
    await list.type(`Older ${word}`);
    await late.asked;
    await list.type(`Newer ${word}`);
    await expect.poll(() => list.ids()).toEqual([newer.id]);
    await late.letGo();
    // Whatever the late answer does, it does before the answer to a later question.
    await list.type(`nobody ${word}`);
    await list.shows([]);
    await list.type(`Newer ${word}`);
    await list.shows([newer.id]);
    expect(await list.ids()).not.toContain(older.id);
  });

  test('an older answer that comes last is dropped where it comes', async ({ page, make }) => {
    const word = unique();
    const [older, newer] = [await make({ name: `Older ${word}` }), await make({ name: `Newer ${word}` })];
    const list = await openList(page);
    await page.evaluate(() => {
      const seen: string[] = [];
      Object.assign(window, { seen });
      const note = () => seen.push([...document.querySelectorAll('tbody th a')].map((link) => link.textContent ?? '').join());
      new MutationObserver(note).observe(document.body, { childList: true, characterData: true, subtree: true });
    });
    const late = await hold(page, (address) => address.includes(`Older`));
    await list.type(`Older ${word}`);
    await late.asked;
    await list.type(`Newer ${word}`);
    await list.shows([newer.id]);
    await late.letGo();
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await list.shows([newer.id]);
    const seen = await page.evaluate(() => (window as unknown as { seen: string[] }).seen.join('\n'));
    expect(seen).toContain(newer.name);
    expect(seen).not.toContain(older.name);
  });

  test('what is typed while the page is still waiting stays typed', async ({ page, make }) => {
    const customer = await make();
    const list = await openList(page);
    const late = await hold(page, (address) => address.includes('asha'));
    await list.type('asha');
    await late.asked;
    await list.search.press('End');
    await list.search.pressSequentially(customer.email.slice(4));
    await late.letGo();
    await list.shows([customer.id]);
    await expect(list.search).toHaveValue(customer.email);
  });
});

test.describe('the filters', () => {
  const filters = [
    { label: 'Status', key: 'status', column: 'status', choices: ['Pending', 'Active', 'Suspended', 'Cancelled'] },
    { label: 'Churn risk', key: 'churn', column: 'churn_risk', choices: ['Low', 'Medium', 'High'] },
    { label: 'Plan type', key: 'plan', column: 'plan_type', choices: ['Fiber', 'Broadband', 'Wireless'] },
  ];

  for (const filter of filters) {
    test(`${filter.label}: several choices, each with the number behind it`, async ({ page, house }) => {
      const list = await openList(page, '/customers?size=100');
      const [first, second] = filter.choices;
      const menu = await list.menu(filter.label);
      for (const choice of filter.choices) {
        const number = await count(house, `AND ${filter.column} = '${choice}'`);
        await expect(menu.locator('label', { hasText: choice })).toContainText(grouped(number));
      }
      await list.choose(filter.label, first);
      await list.shows(await ids(house, `AND ${filter.column} = '${first}' ORDER BY name_key, id LIMIT 100`));
      await list.choose(filter.label, second);
      await list.shows(await ids(house, `AND ${filter.column} IN ('${first}', '${second}') ORDER BY name_key, id LIMIT 100`));
      await expect(page).toHaveURL((url) => url.searchParams.getAll(filter.key).sort().join() === [first, second].sort().join());
      const both = await count(house, `AND ${filter.column} IN ('${first}', '${second}')`);
      await expect(list.range).toContainText(`of ${grouped(both)}`);
      // The other choices keep the numbers that they would add.
      for (const choice of filter.choices) {
        const number = await count(house, `AND ${filter.column} = '${choice}'`);
        await expect((await list.menu(filter.label)).locator('label', { hasText: choice })).toContainText(grouped(number));
      }
      await list.choose(filter.label, first);
      await list.shows(await ids(house, `AND ${filter.column} = '${second}' ORDER BY name_key, id LIMIT 100`));
    });
  }

  test('the menu stays open and keeps the focus while several choices are made by keyboard', async ({ page }) => {
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
  });

  test('the ticks follow the way back', async ({ page }) => {
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

  test('the ticks follow the way back from a filter that failed', async ({ page, complaints }) => {
    complaints.allow(/ERR_CONNECTION_REFUSED/);
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

  test('columns that are chosen while one leaves the list do no harm', async ({ page }) => {
    const list = await openList(page);
    const { wait, open: letGo } = gate();
    await page.route('**/api/customers/columns*', async (route) => {
      await wait;
      await route.continue();
    });
    await (await list.menu('Columns')).getByRole('checkbox', { name: 'Email' }).check();
    await page.keyboard.press('Escape');
    await list.rows.first().getByRole('link').first().click();
    await expect(list.table).toHaveCount(0);
    const answered = page.waitForResponse((response) => response.url().includes('/api/customers/columns'));
    letGo();
    await answered;
  });

  test('an answer leaves what it does not change as it is, and the focus where it was', async ({ page, make }) => {
    const word = unique();
    const customer = await make({ name: `A ${word}`, nps: '9', churn: 'High' });
    const other = await make({ name: `B ${word}`, nps: '8', churn: 'High' });
    const list = await openList(page, `/customers?q=${word}`);
    // A person's own marks: they are gone where an element was made anew.
    await list.table.evaluate((table) => ((table as HTMLElement & { mark?: boolean }).mark = true));
    const nps = list.header('NPS').getByRole('link', { name: 'NPS' });
    await nps.focus();
    await page.keyboard.press('Enter');
    await list.shows([other.id, customer.id]);
    await expect(nps).toBeFocused();
    expect(await list.table.evaluate((table) => (table as HTMLElement & { mark?: boolean }).mark)).toBe(true);
    // The row says another way back, so it is a new one.
    const edit = page.getByRole('link', { name: `Edit ${customer.name}` });
    await edit.focus();
    await page.goBack();
    await list.shows([customer.id, other.id]);
    await expect(edit).toBeFocused();
  });

  test('the choices are there to be ticked after a search was typed', async ({ page, make }) => {
    const word = unique();
    const low = await make({ name: `A ${word}`, churn: 'Low' });
    await make({ name: `B ${word}`, churn: 'High' });
    const list = await openList(page);
    await list.type(word);
    await expect(page.getByRole('link', { name: `Remove Search: ${word}` })).toBeVisible();
    await page.locator('summary', { hasText: 'Churn risk' }).click();
    for (const choice of ['Low', 'Medium', 'High']) await expect(page.getByRole('checkbox', { name: new RegExp(`^${choice}`) })).toBeVisible();
    await page.getByRole('checkbox', { name: /^Low/ }).check();
    await list.shows([low.id]);
  });

  test('the numbers hold under the other filters and the search', async ({ page, house }) => {
    const list = await openList(page, '/customers?q=example&status=Active&churn=High&churn=Medium&plan=Fiber&size=100');
    const searched = `AND search_text LIKE '%example%'`;
    const [status, churn, plan] = [`AND status = 'Active'`, `AND churn_risk IN ('High', 'Medium')`, `AND plan_type = 'Fiber'`];
    for (const [filter, others] of [[filters[0], churn + plan], [filters[1], status + plan], [filters[2], status + churn]] as const) {
      const menu = await list.menu(filter.label);
      for (const choice of filter.choices) {
        const number = await count(house, `${searched} ${others} AND ${filter.column} = '${choice}'`);
        await expect(menu.locator('label', { hasText: choice }).locator('.count')).toHaveText(grouped(number));
      }
    }
    await list.shows(await ids(house, `${searched} ${status} ${churn} ${plan} ORDER BY name_key, id LIMIT 100`));
  });

  test('chips for what is on, each removable, and Clear all', async ({ page, house }) => {
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
    await list.shows(await ids(house, `AND status = 'Active' AND churn_risk = 'Low' AND plan_type = 'Wireless' ORDER BY price_paise DESC, id DESC LIMIT 25`));
    await chips.getByRole('link', { name: 'Clear all' }).click();
    await list.shows(await ids(house, 'ORDER BY price_paise DESC, id DESC LIMIT 25'));
    await expect(chips).toHaveCount(0);
    await expect(page).toHaveURL((url) => url.search === '?sort=-price');
  });

  test('a search never weakens a filter', async ({ page, house, make }) => {
    const word = unique();
    const low = await make({ name: `Wanted ${word}`, churn: 'Low' });
    await make({ name: `Wanted ${word}`, churn: 'High', email: `other.${word}@example.in` });
    const list = await openList(page, '/customers?churn=Low');
    await list.type(word);
    await list.shows([low.id]);
    await expect(page).toHaveURL((url) => url.searchParams.get('churn') === 'Low');
    await list.type('');
    await list.shows(await ids(house, `AND churn_risk = 'Low' ORDER BY name_key, id LIMIT 25`));
    // Typed and ticked at once: the later of the two keeps the earlier.
    await list.type(word);
    await list.choose('Status', 'Active');
    await list.shows([low.id]);
    await expect(page).toHaveURL((url) => url.search === `?q=${word}&status=Active&churn=Low`);
  });
});

test.describe('the order', () => {
  const sorts = [
    { header: 'Name', by: 'name', column: 'name_key' },
    { header: 'Account number', by: 'account', column: 'account_number' },
    { header: 'Plan', by: 'plan', column: 'plan_type' },
    { header: 'Speed', by: 'speed', column: 'speed_kbps' },
    { header: 'Price', by: 'price', column: 'price_paise' },
    { header: 'Churn risk', by: 'churn', column: 'churn_risk' },
    { header: 'NPS', by: 'nps', column: 'nps' },
    { header: 'Outstanding', by: 'outstanding', column: 'outstanding_paise' },
    { header: 'Next bill', by: 'next_billing', column: 'next_billing_on' },
    { header: 'Customer since', by: 'since', column: 'customer_since', extra: 'Customer since' },
    { header: 'Lifetime value', by: 'lifetime_value', column: 'lifetime_value_paise', extra: 'Lifetime value' },
  ];

  for (const sort of sorts) {
    test(`by ${sort.header}, both ways`, async ({ page, house }) => {
      // Not by name, so that every header starts unsorted but its own.
      const start = sort.by === 'nps' ? '/customers?sort=price' : '/customers?sort=nps';
      const list = await openList(page, start);
      if (sort.extra) {
        await (await list.menu('Columns')).getByRole('checkbox', { name: sort.extra }).check();
      }
      const header = list.header(sort.header);
      const link = header.getByRole('link', { name: sort.header, exact: true });
      await expect(header).toHaveAttribute('aria-sort', 'none');
      await link.click();
      await list.shows(await ids(house, `ORDER BY ${sort.column}, id LIMIT 25`));
      await expect(header).toHaveAttribute('aria-sort', sort.by === 'churn' ? 'descending' : 'ascending');
      await expect(page).toHaveURL((url) => (url.searchParams.get('sort') ?? 'name') === sort.by);
      await link.click();
      await list.shows(await ids(house, `ORDER BY ${sort.column} DESC, id DESC LIMIT 25`));
      await expect(header).toHaveAttribute('aria-sort', sort.by === 'churn' ? 'ascending' : 'descending');
      await expect(page).toHaveURL((url) => url.searchParams.get('sort') === `-${sort.by}`);
      await expect(list.table.locator('th[aria-sort=ascending], th[aria-sort=descending]')).toHaveCount(1);
    });
  }

  test('on a narrow screen is in a menu, which says which way it goes', async ({ page, house }) => {
    await page.setViewportSize({ width: 360, height: 740 });
    const list = await openList(page, '/customers?sort=nps');
    await (await list.menu('Sort')).getByRole('link', { name: 'NPS (ascending)', exact: true }).click();
    await list.shows(await ids(house, 'ORDER BY nps DESC, id DESC LIMIT 25'));
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
      const risks = await list.rows.locator('td[data-l="Churn risk"]').allInnerTexts();
      for (const risk of risks) if (seen.at(-1) !== risk.trim()) seen.push(risk.trim());
      const next = list.pages.getByRole('link', { name: 'Next' });
      if ((await next.getAttribute('aria-disabled')) === 'true') break;
      const before = await list.range.innerText();
      await next.click();
      await expect(list.range).not.toHaveText(before);
    }
    expect(seen).toEqual(['High', 'Medium', 'Low']);
  });
});

test.describe('the pages', () => {
  for (const [size, address] of [[25, '?sort=plan'], [50, '?sort=-outstanding&size=50'], [100, '?size=100']] as const) {
    test(`of ${size}: Next and Previous show every customer exactly once`, async ({ page, house }) => {
      const list = await openList(page, `/customers${address}`);
      const total = await count(house);
      const pages: string[][] = [];
      for (let before = 0; before < total; before += size) {
        const last = Math.min(before + size, total);
        await expect(list.range).toHaveText(`${grouped(before + 1)}-${grouped(last)} of ${grouped(total)}`);
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

  test('the rows on a page can be chosen', async ({ page, house }) => {
    const list = await openList(page);
    const sizes = page.getByRole('group', { name: 'Rows on a page' });
    for (const size of ['50', '100', '25']) {
      await sizes.getByRole('link', { name: size, exact: true }).click();
      await list.shows(await ids(house, `ORDER BY name_key, id LIMIT ${size}`));
      await expect(sizes.getByRole('link', { name: size, exact: true })).toHaveAttribute('aria-current', 'true');
      await expect(page).toHaveURL((url) => (url.searchParams.get('size') ?? '25') === size);
    }
  });

  test('a new page is read from its top', async ({ page }) => {
    const list = await openList(page, '/customers?size=100');
    const first = await list.ids();
    await list.pages.scrollIntoViewIfNeeded();
    await list.goTo('Next');
    await expect.poll(() => list.ids()).not.toEqual(first);
    await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(0);
  });

  test('a link to a page that is gone lands on the nearest one', async ({ page, house, make }) => {
    const word = unique();
    const made: string[] = [];
    for (let index = 10; index < 38; index += 1) made.push((await make({ name: `Gone${index} ${word}` })).id);
    const list = await openList(page, `/customers?q=${word}`);
    await list.goTo('Next');
    await list.shows(made.slice(25));
    const address = page.url();
    await remove(house.db, made.slice(25));
    await reload(page);
    await list.shows(made.slice(0, 25));
    await expect(list.range).toHaveText('1-25 of 25');
    await remove(house.db, made);
    await open(page, address);
    await expect(page.getByRole('heading', { name: 'No customers match' })).toBeVisible();
  });
});

test.describe('the address', () => {
  test('holds all of it, in these words', async ({ page, house, make }) => {
    const word = unique();
    for (const [index, status] of ['Active', 'Pending', 'Active'].entries()) {
      await make({ name: `Rao ${word}${index}`, status, churn: 'High', outstanding: String(900 + index) });
    }
    const response = await page.goto(EXAMPLE);
    expect(response?.status()).toBe(200);
    await takenOver(page);
    const list = new List(page);
    const wanted = `AND search_text LIKE '%rao%' AND status IN ('Active', 'Pending') AND churn_risk = 'High' AND plan_type = 'Fiber'
      ORDER BY outstanding_paise DESC, id DESC LIMIT 50`;
    const rows = await ids(house, wanted);
    expect(rows.length).toBeGreaterThanOrEqual(3);
    await list.shows(rows);
    await expect(list.search).toHaveValue('rao');
    await expect(page.getByText('makes no sense')).toHaveCount(0);
    await reload(page);
    await list.shows(rows);
  });

  test('is made in these words by what is clicked', async ({ page }) => {
    const list = await openList(page);
    await list.type('rao');
    await expect(page.getByRole('link', { name: 'Remove Search: rao' })).toBeVisible();
    for (const [filter, choice] of [['Plan type', 'Fiber'], ['Status', 'Active'], ['Churn risk', 'High'], ['Status', 'Pending']]) {
      await list.choose(filter, choice);
      await expect(page.getByRole('link', { name: `Remove ${filter}: ${choice}` })).toBeVisible();
    }
    // Whoever filters to nobody has no headers to sort by: then the sort is in the address already.
    await page.goto(`${page.url()}&sort=outstanding`);
    await takenOver(page);
    const header = list.header('Outstanding').getByRole('link', { name: 'Outstanding', exact: true });
    if (await header.count()) await header.click();
    const parameters = () => [...new URL(page.url()).searchParams].map((pair) => pair.join('=')).sort();
    const sort = (await header.count()) ? 'sort=-outstanding' : 'sort=outstanding';
    await expect.poll(parameters).toEqual(['churn=High', 'plan=Fiber', 'q=rao', sort, 'status=Active', 'status=Pending'].sort());
  });

  test('back, forward, reload and a shared link give the same rows', async ({ page, person }) => {
    const list = await openList(page);
    const plain = await list.ids();
    await list.header('NPS').getByRole('link', { name: 'NPS', exact: true }).click();
    await expect.poll(() => list.ids()).not.toEqual(plain);
    const sorted = await list.ids();
    await list.goTo('Next');
    await expect(list.range).toContainText('26-50 of');
    const second = await list.ids();
    await list.choose('Plan type', 'Wireless');
    await expect(list.range).toContainText('1-');
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
    await expect(list.range).toContainText('26-50 of');
    const other = await person();
    const theirs = await openList(other, page.url());
    await theirs.shows(second);
  });

  for (const nonsense of [
    'status=Nobody', 'sort=shoe', 'size=7', 'page=zzz', 'colour=blue', 'churn=%FF%FE', 'page=eyJwIjp7ImEiOnt9fX0', 'plan=fiber', 'size=-1', 'q=a&q=%00&sort=',
  ]) {
    test(`with nonsense (${nonsense}) shows a notice, never an error`, async ({ page, house }) => {
      const response = await open(page, `/customers?${nonsense}`);
      expect(response.status()).toBe(200);
      const list = new List(page);
      await expect(list.rows.first()).toBeVisible();
      if (!nonsense.startsWith('q=')) {
        await expect(page.getByRole('note')).toContainText('was ignored');
        await list.shows(await ids(house, 'ORDER BY name_key, id LIMIT 25'));
      }
    });
  }

  test('of a page of another list is ignored with a notice', async ({ page, house }) => {
    const list = await openList(page, '/customers?sort=nps');
    await list.goTo('Next');
    await expect(page).toHaveURL(/page=/);
    const cursor = new URL(page.url()).searchParams.get('page');
    const response = await open(page, `/customers?sort=price&page=${cursor}`);
    expect(response.status()).toBe(200);
    await expect(page.getByRole('note')).toContainText('was ignored');
    await list.shows(await ids(house, 'ORDER BY price_paise, id LIMIT 25'));
  });

  test('of the root leads to the list', async ({ page }) => {
    await open(page, '/');
    await expect(page).toHaveURL(/\/customers$/);
    await expect(new List(page).rows.first()).toBeVisible();
  });
});

test.describe('the states', () => {
  test('busy: the region says so and the old rows stay', async ({ page, make }) => {
    const customer = await make();
    const list = await openList(page);
    const before = await list.ids();
    const late = await hold(page, (address) => address.includes('asha'));
    await list.type(customer.email);
    await late.asked;
    await expect(list.region).toHaveAttribute('aria-busy', 'true');
    expect(await list.ids()).toEqual(before);
    await late.letGo();
    await list.shows([customer.id]);
  });

  test('empty: it says so and shows a way out', async ({ page, house }) => {
    const list = await openList(page, `/customers?q=${unique()}&status=Active`);
    await expect(page.getByRole('heading', { name: 'No customers match' })).toBeVisible();
    await page.getByRole('link', { name: 'Clear search and filters' }).click();
    await list.shows(await ids(house, 'ORDER BY name_key, id LIMIT 25'));
    await expect(list.search).toHaveValue('');
  });

  test('failed: it says what happened, and Retry gets the rows', async ({ page, make, complaints }) => {
    complaints.allow(/net::ERR_/);
    const customer = await make();
    const list = await openList(page);
    await page.route('**/api/**', (route) => route.abort('connectionrefused'));
    await list.type(customer.email);
    const alert = page.getByRole('alert');
    await expect(alert).toContainText('The server cannot be reached');
    await expect(list.rows).toHaveCount(25);
    await expect(list.search).toHaveValue(customer.email);
    await page.unroute('**/api/**');
    await alert.getByRole('link', { name: 'Retry' }).click();
    await list.shows([customer.id]);
    await expect(alert).toHaveCount(0);
  });
});
