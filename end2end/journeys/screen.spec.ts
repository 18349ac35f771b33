// How the screen behaves whatever is on it: sizes, what stays in view, what moves, what is said, and paper.
import type { Locator, Page } from '@playwright/test';
import { Form } from '../support/form.ts';
import { List } from '../support/list.ts';
import { expect, open, statusMessage, test } from '../support/test.ts';
import { unique } from '../support/unique.ts';
import { oneTimeLink, userCommand } from '../support/users.ts';

/** The share of the window that everything has moved since the last call, whoever has caused it. */
async function layoutShift(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const seen = window as unknown as { shifts?: number[]; observer?: PerformanceObserver };
    const note = (entries: PerformanceEntryList) => {
      for (const entry of entries) seen.shifts?.push((entry as unknown as { value: number }).value);
    };
    if (!seen.observer) {
      seen.shifts = [];
      seen.observer = new PerformanceObserver((list) => note(list.getEntries()));
      seen.observer.observe({ type: 'layout-shift', buffered: true });
    }
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50)));
    note(seen.observer.takeRecords());
    const sum = seen.shifts?.reduce((sum, value) => sum + value, 0) ?? 0;
    seen.shifts = [];
    return sum;
  });
}

const box = async (element: Locator) => {
  const found = await element.boundingBox();
  if (!found) throw new Error('not on the screen');
  return found;
};

test('type has the size that it names, and inputs for fingers are large enough not to zoom', async ({ page, browser, contextOptions, app, storageState }) => {
  await open(page, '/customers');
  const size = (page: Page, selector: string) => page.locator(selector).first().evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
  expect(await size(page, 'html')).toBe(16);
  expect(await size(page, '.name + .muted')).toBe(13);
  expect(await size(page, 'td')).toBe(14);
  const context = await browser.newContext({ ...contextOptions, baseURL: app.url, storageState, hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } });
  const phone = await context.newPage();
  await phone.goto('/customers');
  expect(await size(phone, '.search')).toBe(16);
  await context.close();
});

test('what the list is sorted by and what can be done are in view at every width', async ({ page }) => {
  for (const width of [1440, 1024, 768, 720]) {
    await page.setViewportSize({ width, height: 900 });
    for (const [sort, label] of [['-outstanding', 'Outstanding'], ['-lifetime_value', ''], ['-price', 'Price'], ['nps', 'NPS']]) {
      await open(page, `/customers?sort=${sort}`);
      const row = new List(page).rows.first();
      for (const cell of [row.locator('th'), row.locator('td.row-actions'), ...(label ? [row.locator(`td[data-label="${label}"]`)] : [])]) {
        const { x, width: cellWidth } = await box(cell);
        expect(x >= 0 && x + cellWidth <= width + 1, `${sort} at ${width}: ${x}, ${cellWidth}`).toBe(true);
      }
    }
  }
});

test('every column that is shown is in view at every width, whatever stands in it', async ({ page }) => {
  for (const width of [1440, 1024, 768, 720]) {
    await page.setViewportSize({ width, height: 900 });
    for (const address of ['/customers', '/leads', '/bills', '/payments', '/plans']) {
      await open(page, address);
      // The longest status and the longest distance that there are.
      await page.evaluate(() => {
        for (const tag of document.querySelectorAll('td[data-label="Status"] .tag')) tag.textContent = 'Suspended';
        for (const days of document.querySelectorAll('td > :is(.muted, .due)')) if (/ days$/.test(days.textContent)) days.textContent = 'in 328 days';
      });
      const [table, region] = [await box(page.locator('#list-content table')), await box(page.locator('#list-content .scroll'))];
      expect(table.width, `${address} at ${width}`).toBeLessThanOrEqual(region.width + 1);
    }
  }
});

test('on a phone the × of a dialog stands at its top, however long the title is', async ({ page, createCustomer }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const { id } = await createCustomer({ name: `Thiruvananthapuram Venkatasubramanian ${unique()}` });
  await open(page, `/customers/${id}/edit`);
  const title = await box(page.getByRole('dialog').getByRole('heading', { level: 2, name: /^Edit / }));
  const close = await box(page.getByRole('link', { name: 'Close' }));
  expect(title.height).toBeGreaterThan(40);
  expect(close.y).toBeLessThan(title.y + 10);
  expect(close.x).toBeGreaterThan(title.x + title.width - 1);
});

test('on a phone: cards of two lines near the top, one bar with a menu, room for fingers', async ({ page, createCustomer }) => {
  const word = unique();
  const customer = await createCustomer({ name: `Phone ${word}`, phone: '98450 12345', outstanding: '500' });
  await page.setViewportSize({ width: 360, height: 740 });
  await open(page, '/customers');
  const list = new List(page);
  const card = await box(list.rows.first());
  expect(card.y).toBeLessThan(280);
  expect(card.height).toBeLessThanOrEqual(76);
  const links = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Leads', exact: true });
  await expect(links).toBeHidden();
  const menu = page.getByRole('button', { name: 'Menu' });
  for (const target of [menu, list.search, page.locator('#new'), page.locator('.toolbar summary').first(), page.locator('.more').first()]) {
    expect((await box(target)).height, String(target)).toBeGreaterThanOrEqual(44);
  }
  await menu.click();
  await links.click();
  await expect(page).toHaveURL(/\/leads$/);
  await expect(links).toBeHidden();
  // What can be done to a customer is in a panel, and the focus comes back.
  await open(page, `/customers?q=${word}`);
  const more = page.getByRole('button', { name: `Actions for Phone ${word}` });
  await more.click();
  await page.getByRole('link', { name: `Edit Phone ${word}` }).click();
  const form = new Form(page);
  await form.fill({ city: 'Mysuru' });
  await form.save.click();
  await expect(statusMessage(page, 'saved')).toBeVisible();
  await expect(more).toBeFocused();
  await page.locator(`tbody a.name[href*="${customer.id}"]`).click();
  await expect(page.getByRole('main').getByRole('link', { name: '+91 98450 12345' })).toHaveAttribute('href', 'tel:+919845012345');
});

test('nothing moves: load, search, filter, sort, page, size, dialog', async ({ page }) => {
  await open(page, '/customers');
  const list = new List(page);
  const moved = async (what: string, act: () => Promise<void>) => {
    await act();
    await expect(list.region).toHaveAttribute('aria-busy', 'false');
    expect(await layoutShift(page), what).toBeLessThanOrEqual(0.02);
  };
  await moved('load', async () => {});
  // Slow enough that nobody takes the answer for a part of the press.
  await page.route(/\/api\/customers\/(list|counts)/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 600));
    await route.continue();
  });
  await moved('search', async () => {
    await list.type('ra');
    await expect(page).toHaveURL(/q=ra/);
    await expect(page.getByRole('link', { name: /Remove Search/ })).toBeVisible();
  });
  await moved('no search', async () => {
    await list.type('');
    await expect(page.getByText('No filters')).toBeVisible();
  });
  await moved('filter', async () => {
    await list.choose('Churn risk', 'High');
    await expect(page.getByRole('link', { name: 'Remove Churn risk: High' })).toBeVisible();
    await page.keyboard.press('Escape');
  });
  await moved('sort', async () => {
    await list.header('Price').getByRole('link').click();
    await expect(list.header('Price')).toHaveAttribute('aria-sort', 'descending');
  });
  await moved('page', async () => {
    await list.goTo('Next');
    await expect(list.range).toHaveText(/^26–/);
  });
  await moved('size', async () => {
    await page.getByRole('group', { name: 'Rows on a page' }).getByRole('link', { name: '50' }).click();
    await expect(list.rows).toHaveCount(50);
  });
  await moved('dialog', async () => {
    await page.locator('#new').click();
    await expect(new Form(page).save).toBeVisible();
  });
});

test('paging by keyboard keeps the rows in view and the focus, and says once where one is', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 700 });
  await open(page, '/customers');
  const list = new List(page);
  const says = page.locator('#list').locator('xpath=preceding-sibling::p[@aria-live]');
  await list.header('Price').getByRole('link').focus();
  await page.keyboard.press('Enter');
  await expect(says).toHaveText(/^[\d,]+ customers, sorted by price, highest first, page 1 of \d+$/);
  const link = (name: string) => list.pages.getByRole('link', { name, exact: true });
  await link('Next').focus();
  await page.keyboard.press('Enter');
  await expect(list.range).toHaveText(/^26–/);
  await expect(says).toHaveText(/sorted by price, highest first, page 2 of \d+$/);
  await expect(link('Next')).toBeFocused();
  await expect(list.rows.first()).toBeInViewport();
  await expect(link('Next')).toBeInViewport();
  await link('Previous').focus();
  await page.keyboard.press('Enter');
  await expect(list.range).toHaveText(/^1–/);
  // The link leads nowhere any more, and keeps the focus.
  await expect(link('Previous')).toHaveAttribute('aria-disabled', 'true');
  await expect(link('Previous')).toBeFocused();
});

test('a deletion is said once: by the notice', async ({ page, createCustomer }) => {
  const word = unique();
  for (const name of ['Asha', 'Bina']) await createCustomer({ name: `${name} ${word}`, email: `${name}.${word}@example.in`, status: 'Cancelled' });
  await page.clock.install();
  await open(page, `/customers?q=${word}`);
  await page.evaluate(() => {
    const said: string[] = [];
    const texts = new Map<Element, string>();
    Object.assign(window, { said });
    new MutationObserver(() => {
      for (const region of document.querySelectorAll('[aria-live]')) {
        const text = region.textContent ?? '';
        if (text && text !== texts.get(region)) said.push(text);
        texts.set(region, text);
      }
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  await page.getByRole('link', { name: `Delete Asha ${word}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete customer' }).click();
  await expect(new List(page).rows).toHaveCount(1);
  await page.clock.runFor(1_000);
  const said = await page.evaluate(() => (window as unknown as { said: string[] }).said);
  expect(said.filter((text) => /customers?,/.test(text))).toEqual([]);
  expect(said.filter((text) => text.includes('deleted'))).toHaveLength(1);
});

test('a row opens by a click anywhere on it; Edit and Delete are apart', async ({ page, createCustomer }) => {
  const word = unique();
  const customer = await createCustomer({ name: `Row ${word}` });
  await open(page, `/customers?q=${word}`);
  const [edit, remove] = [await box(page.getByRole('link', { name: `Edit Row ${word}` })), await box(page.getByRole('link', { name: `Delete Row ${word}` }))];
  expect(Math.min(edit.height, remove.height)).toBeGreaterThanOrEqual(32);
  expect(remove.x - edit.x - edit.width).toBeGreaterThanOrEqual(8);
  await new List(page).rows.first().locator('td').nth(2).click();
  await expect(page).toHaveURL(new RegExp(`/customers/${customer.id}`));
});

test('a filter whose request fails stays: address, box and chips say the same, and the next press keeps it', async ({ page, browserErrors }) => {
  browserErrors.allow(/Failed to load resource|ERR_FAILED/);
  await open(page, '/customers');
  const list = new List(page);
  await page.route('**/api/customers/list*', (route) => route.abort());
  await list.choose('Churn risk', 'High');
  await expect(page.getByRole('alert')).toContainText("Can't reach Lastmile");
  await expect(page).toHaveURL(/churn=High/);
  const high = page.locator('details', { hasText: 'Churn risk' }).getByRole('checkbox', { name: /^High/ });
  await expect(high).toBeChecked();
  await expect(page.getByRole('link', { name: 'Remove Churn risk: High' })).toBeVisible();
  await expect(list.header('Price').getByRole('link')).toHaveAttribute('href', /churn=High/);
  await page.unroute('**/api/customers/list*');
  await page.keyboard.press('Escape');
  await list.choose('Status', 'Active');
  await expect(page).toHaveURL(/status=Active&churn=High/);
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(page.getByRole('link', { name: /^Remove/ })).toHaveCount(2);
});

test('links of a summary bring the label into view, in the order of the page; the title says Error', async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 500 });
  await open(page, '/customers/new');
  const form = new Form(page);
  await form.save.click();
  await expect(page).toHaveTitle(/^Error: New customer/);
  const links = form.summary.getByRole('link');
  const targets = await links.evaluateAll((links) => links.map((link) => link.getAttribute('href')?.slice(1) ?? ''));
  const order = await form.dialog.locator('[aria-invalid=true]').evaluateAll((inputs) => inputs.map((input) => input.id));
  expect(targets).toEqual(order);
  for (const index of [0, order.length - 1]) {
    expect((await box(links.nth(index))).height).toBeGreaterThanOrEqual(24);
    await links.nth(index).click();
    await expect(page.locator(`#${order[index]}`)).toBeFocused();
    const [label, header] = [await box(form.dialog.locator(`label[for=${order[index]}]`)), await box(form.dialog.locator('header'))];
    expect(label.y).toBeGreaterThanOrEqual(header.y + header.height);
    await form.summary.evaluate((summary) => summary.scrollIntoView());
  }
});

test('a ready-made view has its own heading, title and current item, and says when it was changed', async ({ page }) => {
  await open(page, '/customers');
  const main = page.getByRole('navigation', { name: 'Main' });
  await main.getByRole('link', { name: 'At risk' }).click();
  const heading = page.getByRole('heading', { level: 1 });
  await expect(heading).toHaveText('At risk');
  await expect(page).toHaveTitle('At risk - Lastmile');
  const current = main.locator('[aria-current]');
  await expect(current).toHaveText('At risk');
  await expect(page.locator('#list-title')).not.toContainText('changed');
  await new List(page).choose('Plan type', 'Fiber');
  await expect(page.locator('#list-title')).toContainText('changed');
  await expect(heading).toHaveText('At risk');
  await expect(current).toHaveText('At risk');
  await page.getByRole('link', { name: 'Clear all' }).click();
  await expect(heading).toHaveText('Customers');
  await expect(current).toHaveText('Customers');
});

test('a notice goes after ten seconds, unless somebody points at it or it can be undone', async ({ page, createCustomer }) => {
  const word = unique();
  const customer = await createCustomer({ name: `Notice ${word}`, status: 'Cancelled' });
  await page.clock.install();
  await open(page, `/customers/${customer.id}/edit`);
  const form = new Form(page);
  await form.fill({ city: 'Mysuru' });
  await form.save.click();
  const saved = statusMessage(page, 'saved');
  await expect(saved).toBeVisible();
  await page.locator('.toast').hover();
  await page.clock.runFor(15_000);
  await expect(saved).toBeVisible();
  await page.mouse.move(0, 0);
  await page.clock.runFor(12_000);
  await expect(saved).toHaveCount(0);
  await open(page, `/customers?q=${word}`);
  await page.getByRole('link', { name: `Delete Notice ${word}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete customer' }).click();
  await expect(statusMessage(page, 'deleted')).toBeVisible();
  await page.clock.runFor(30_000);
  await expect(statusMessage(page, 'deleted')).toBeVisible();
});

test('pages outside of the frame offer nothing of it, whoever is signed in', async ({ page, app, browserErrors }) => {
  browserErrors.allow(/status of 404/);
  const link = oneTimeLink(await userCommand(app, 'reset', app.users.Staff.email), app.url);
  for (const address of [link, `/link/${'A'.repeat(43)}`]) {
    await page.goto(address);
    await expect(page.getByRole('button', { name: 'Sign out' }), address).toHaveCount(0);
    const { x, width } = await box(page.locator('.auth-page'));
    expect(Math.abs(x + width / 2 - 720), address).toBeLessThan(20);
  }
});

test('on paper: rows with their header and the filters, light, without what is for the screen', async ({ page, createCustomer }) => {
  const customer = await createCustomer({ churn: 'High' });
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await open(page, '/customers?churn=High');
  await expect(page.getByText('Churn risk: High')).toBeVisible();
  for (const hidden of ['.sidebar', '.toolbar', '.row-actions', '.table-footer nav', '#new']) await expect(page.locator(hidden).first()).toBeHidden();
  const styles = await page.evaluate(() => ({
    header: getComputedStyle(document.querySelector('thead') as Element).display,
    scheme: getComputedStyle(document.documentElement).colorScheme,
    row: getComputedStyle(document.querySelector('tbody tr') as Element).breakInside,
    ink: getComputedStyle(document.body).color,
  }));
  expect(styles).toMatchObject({ header: 'table-header-group', row: 'avoid' });
  expect(styles.scheme).toContain('light');
  await expect(page.locator('.risk i').first()).toHaveCSS('print-color-adjust', 'exact');
  await page.setViewportSize({ width: 700, height: 990 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  await open(page, `/customers/${customer.id}`);
  await expect(page.getByRole('heading', { name: 'History' })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
});

test('forced colours keep the bars of the risk', async ({ page }) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await open(page, '/customers');
  await expect(page.locator('.risk i').first()).toHaveCSS('forced-color-adjust', 'none');
});

test('a refusal names what is not permitted, and has a way on', async ({ newPage, browserErrors }) => {
  browserErrors.allow(/status of 403/);
  const page = await newPage('Staff');
  await open(page, '/settings/users');
  await expect(page.getByRole('alert')).toContainText("You don't have permission to manage users, sessions");
  await page.getByRole('link', { name: 'Go to customers' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Customers' })).toBeVisible();
});
