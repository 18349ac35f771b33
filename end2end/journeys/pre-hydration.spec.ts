// The list before it is hydrated: what its small script does, and how the hydrated page continues.
import type { Page } from '@playwright/test';
import { customerIds } from '../support/customers.ts';
import { List } from '../support/list.ts';
import { expect, gate, open, test, waitForHydration } from '../support/test.ts';

const SUSPENDED_HIGH = "AND status = 'Suspended' AND churn_risk = 'High' ORDER BY name_key, id LIMIT 25";

/** Opens the list without its WebAssembly, which is loaded when `hydrate` is called. */
async function openBeforeHydration(page: Page, address: string): Promise<{ list: List; hydrate: () => Promise<void> }> {
  const { wait, open: load } = gate();
  await page.route('**/pkg/lastmile*.wasm*', async (route) => {
    await wait;
    await route.continue();
  });
  await page.goto(address, { waitUntil: 'commit' });
  const hydrate = async () => {
    load();
    await waitForHydration(page);
  };
  return { list: new List(page), hydrate };
}

test('filters work, and the hydrated page continues from there', async ({ page, app }) => {
  const { list, hydrate } = await openBeforeHydration(page, '/customers?status=Active');
  await list.choose('Churn risk', 'High');
  await expect(page).toHaveURL(/\/customers\?status=Active&churn=High$/);
  await list.shows(await customerIds(app.db, "AND status = 'Active' AND churn_risk = 'High' ORDER BY name_key, id LIMIT 25"));
  // The focus stays on the value in the open menu.
  await expect(page.getByRole('checkbox', { name: /^High/ })).toBeFocused();
  await list.choose('Status', 'Active');
  await list.choose('Status', 'Suspended');
  await expect(page).toHaveURL(/\/customers\?status=Suspended&churn=High$/);
  const expected = await customerIds(app.db, SUSPENDED_HIGH);
  await list.shows(expected);
  await expect(page.getByRole('link', { name: 'Remove Churn risk: High' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'New customer' })).toHaveAttribute('href', '/customers/new?status=Suspended&churn=High');
  await hydrate();
  await list.shows(expected);
  await list.choose('Churn risk', 'High');
  await expect(page).toHaveURL(/\/customers\?status=Suspended$/);
  await list.shows(await customerIds(app.db, "AND status = 'Suspended' ORDER BY name_key, id LIMIT 25"));
  await page.goBack();
  await list.shows(expected);
});

test('filtered rows are painted at once before the styles are loaded', async ({ page, app }) => {
  await page.route('**/*.css', (route) => route.fulfill({ body: '', contentType: 'text/css' }));
  const { list } = await openBeforeHydration(page, '/customers?size=50');
  await expect(list.rows.nth(49)).toBeVisible();
  expect(await list.animation(16)).toBe('second-paint');
  await list.choose('Churn risk', 'High');
  await list.shows(await customerIds(app.db, "AND churn_risk = 'High' ORDER BY name_key, id LIMIT 50"));
  expect(await list.animation(16)).toBe('none');
});

test('a filter whose request failed is applied on hydration', async ({ page, app, browserErrors }) => {
  browserErrors.allow(/ERR_CONNECTION_REFUSED/);
  const { list, hydrate } = await openBeforeHydration(page, '/customers?status=Suspended');
  await page.route('**/customers?*', (route) => route.abort('connectionrefused'));
  const failed = page.waitForEvent('requestfailed');
  await list.choose('Churn risk', 'High');
  await failed;
  await hydrate();
  await list.shows(await customerIds(app.db, SUSPENDED_HIGH));
  await expect(page).toHaveURL(/\/customers\?status=Suspended&churn=High$/);
});

test('a filter whose response is late is applied on hydration', async ({ page, app }) => {
  const { list, hydrate } = await openBeforeHydration(page, '/customers?status=Suspended');
  const { wait, open: release } = gate();
  await page.route('**/customers?*', async (route) => {
    await wait;
    await route.continue().catch(() => undefined);
  });
  const requested = page.waitForRequest(/\/customers\?status=Suspended&churn=High$/);
  await list.choose('Churn risk', 'High');
  await requested;
  await hydrate();
  await list.shows(await customerIds(app.db, SUSPENDED_HIGH));
  await expect(page).toHaveURL(/\/customers\?status=Suspended&churn=High$/);
  await expect(page.getByRole('link', { name: 'New customer' })).toHaveAttribute('href', '/customers/new?status=Suspended&churn=High');
  release();
  await list.choose('Status', 'Suspended');
  await list.shows(await customerIds(app.db, "AND churn_risk = 'High' ORDER BY name_key, id LIMIT 25"));
});

test('typed text is searched together with a filter, with the hint on short words', async ({ page, app }) => {
  const { list, hydrate } = await openBeforeHydration(page, '/customers');
  await list.type('ra');
  await list.choose('Churn risk', 'High');
  const hint = page.getByText('One or two letters match the start of a word');
  const expected = await customerIds(app.db, "AND search_text LIKE '% ra%' AND churn_risk = 'High' ORDER BY name_key, id LIMIT 25");
  await list.shows(expected);
  await expect(page).toHaveURL(/\/customers\?q=ra&churn=High$/);
  await expect(hint).toBeVisible();
  await hydrate();
  await list.shows(expected);
  await list.type('rao');
  await expect(hint).toHaveCount(0);
  await list.shows(await customerIds(app.db, "AND search_text LIKE '%rao%' AND churn_risk = 'High' ORDER BY name_key, id LIMIT 25"));
});

test('a response keeps chosen columns and the focus', async ({ page, app }) => {
  const { list, hydrate } = await openBeforeHydration(page, '/customers?status=Suspended');
  await (await list.menu('Columns')).getByRole('checkbox', { name: 'Email' }).check();
  const { wait, open: release } = gate();
  await page.route('**/customers?*', async (route) => {
    await wait;
    await route.continue();
  });
  await list.choose('Churn risk', 'High');
  const summary = page.locator('summary', { hasText: 'Plan type' });
  await summary.focus();
  release();
  await list.shows(await customerIds(app.db, SUSPENDED_HIGH));
  await expect(summary).toBeFocused();
  await hydrate();
  await expect(list.table.getByRole('columnheader', { name: 'Email' })).toBeVisible();
});

test('the layout is the same before the second style sheet is loaded', async ({ page, newPage }) => {
  const boxes = (page: Page) =>
    page.locator('.sidebar, .sidebar *, .page-header, .page-header *, .toolbar > *, .metrics > *, thead th, tbody tr:first-child > *').evaluateAll((elements) =>
      elements.map((element) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        return [element.tagName, element.className, x, y, width, height].join(' ');
      }),
    );
  const unstyled = await newPage();
  await unstyled.route('**/pkg/lastmile*.css*', (route) => route.fulfill({ contentType: 'text/css', body: '' }));
  for (const width of [1440, 768, 360]) {
    for (const each of [page, unstyled]) {
      await each.setViewportSize({ width, height: 800 });
      await open(each, '/customers');
    }
    expect(await boxes(unstyled)).toEqual(await boxes(page));
  }
});

test('Back leads to the list before', async ({ page, app }) => {
  const { list, hydrate } = await openBeforeHydration(page, '/customers?status=Suspended');
  await list.choose('Churn risk', 'High');
  await list.shows(await customerIds(app.db, SUSPENDED_HIGH));
  const expected = await customerIds(app.db, "AND status = 'Suspended' ORDER BY name_key, id LIMIT 25");
  await page.goBack({ waitUntil: 'commit' });
  // The page is loaded anew, and cannot be queried while it is replaced.
  await expect(() => list.shows(expected)).toPass();
  await expect(page).toHaveURL(/\/customers\?status=Suspended$/);
  await hydrate();
});
