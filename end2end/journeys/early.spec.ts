// The list before the program has come: what its small script does, and how the program goes on from there.
import type { Page } from '@playwright/test';
import { ids } from '../support/customers.ts';
import { List } from '../support/list.ts';
import { expect, gate, open, takenOver, test } from '../support/test.ts';

const SUSPENDED_HIGH = "AND status = 'Suspended' AND churn_risk = 'High' ORDER BY name_key, id LIMIT 25";

/** Opens the list without the program, which comes when it is let. */
async function openEarly(page: Page, address: string): Promise<{ list: List; come: () => Promise<void> }> {
  const { wait, open: letCome } = gate();
  await page.route('**/pkg/lastmile*.wasm*', async (route) => {
    await wait;
    await route.continue();
  });
  await page.goto(address, { waitUntil: 'commit' });
  const come = async () => {
    letCome();
    await takenOver(page);
  };
  return { list: new List(page), come };
}

test('ticks are followed, and the program goes on from there', async ({ page, house }) => {
  const { list, come } = await openEarly(page, '/customers?status=Active');
  await list.choose('Churn risk', 'High');
  await expect(page).toHaveURL(/\/customers\?status=Active&churn=High$/);
  await list.shows(await ids(house, "AND status = 'Active' AND churn_risk = 'High' ORDER BY name_key, id LIMIT 25"));
  // Where one was: in the open menu, on the choice.
  await expect(page.getByRole('checkbox', { name: /^High/ })).toBeFocused();
  await list.choose('Status', 'Active');
  await list.choose('Status', 'Suspended');
  await expect(page).toHaveURL(/\/customers\?status=Suspended&churn=High$/);
  const expected = await ids(house, SUSPENDED_HIGH);
  await list.shows(expected);
  await expect(page.getByRole('link', { name: 'Remove Churn risk: High' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'New customer' })).toHaveAttribute('href', '/customers/new?status=Suspended&churn=High');
  await come();
  await list.shows(expected);
  await list.choose('Churn risk', 'High');
  await expect(page).toHaveURL(/\/customers\?status=Suspended$/);
  await list.shows(await ids(house, "AND status = 'Suspended' ORDER BY name_key, id LIMIT 25"));
  await page.goBack();
  await list.shows(expected);
});

test('what a tick brings before the styles have come is all in one picture', async ({ page, house }) => {
  await page.route('**/*.css', (route) => route.fulfill({ body: '', contentType: 'text/css' }));
  const { list } = await openEarly(page, '/customers?size=50');
  await expect(list.rows.nth(49)).toBeVisible();
  expect(await list.animation(16)).toBe('second-picture');
  await list.choose('Churn risk', 'High');
  await list.shows(await ids(house, "AND churn_risk = 'High' ORDER BY name_key, id LIMIT 50"));
  expect(await list.animation(16)).toBe('none');
});

test('a tick that could not be followed is done when it comes', async ({ page, house, complaints }) => {
  complaints.allow(/ERR_CONNECTION_REFUSED/);
  const { list, come } = await openEarly(page, '/customers?status=Suspended');
  await page.route('**/customers?*', (route) => route.abort('connectionrefused'));
  const failed = page.waitForEvent('requestfailed');
  await list.choose('Churn risk', 'High');
  await failed;
  await come();
  await list.shows(await ids(house, SUSPENDED_HIGH));
  await expect(page).toHaveURL(/\/customers\?status=Suspended&churn=High$/);
});

test('a tick whose answer is late is done when it comes', async ({ page, house }) => {
  const { list, come } = await openEarly(page, '/customers?status=Suspended');
  const { wait, open: letGo } = gate();
  await page.route('**/customers?*', async (route) => {
    await wait;
    await route.continue().catch(() => undefined);
  });
  const asked = page.waitForRequest(/\/customers\?status=Suspended&churn=High$/);
  await list.choose('Churn risk', 'High');
  await asked;
  await come();
  await list.shows(await ids(house, SUSPENDED_HIGH));
  await expect(page).toHaveURL(/\/customers\?status=Suspended&churn=High$/);
  await expect(page.getByRole('link', { name: 'New customer' })).toHaveAttribute('href', '/customers/new?status=Suspended&churn=High');
  letGo();
  await list.choose('Status', 'Suspended');
  await list.shows(await ids(house, "AND churn_risk = 'High' ORDER BY name_key, id LIMIT 25"));
});

test('what was typed goes with a tick, and says what short words do', async ({ page, house }) => {
  const { list, come } = await openEarly(page, '/customers');
  await list.type('ra');
  await list.choose('Churn risk', 'High');
  const hint = page.getByText('One or two characters match the beginnings of words.');
  const expected = await ids(house, "AND search_text LIKE '% ra%' AND churn_risk = 'High' ORDER BY name_key, id LIMIT 25");
  await list.shows(expected);
  await expect(page).toHaveURL(/\/customers\?q=ra&churn=High$/);
  await expect(hint).toBeVisible();
  await come();
  await list.shows(expected);
  await list.type('rao');
  await expect(hint).toHaveCount(0);
  await list.shows(await ids(house, "AND search_text LIKE '%rao%' AND churn_risk = 'High' ORDER BY name_key, id LIMIT 25"));
});

test('an answer leaves the ticks of columns, and the focus where it is', async ({ page, house }) => {
  const { list, come } = await openEarly(page, '/customers?status=Suspended');
  await (await list.menu('Columns')).getByRole('checkbox', { name: 'Email' }).check();
  const { wait, open: letGo } = gate();
  await page.route('**/customers?*', async (route) => {
    await wait;
    await route.continue();
  });
  await list.choose('Churn risk', 'High');
  const summary = page.locator('summary', { hasText: 'Plan type' });
  await summary.focus();
  letGo();
  await list.shows(await ids(house, SUSPENDED_HIGH));
  await expect(summary).toBeFocused();
  await come();
  await expect(list.table.getByRole('columnheader', { name: 'Email' })).toBeVisible();
});

test('the page is drawn without the styles behind it', async ({ page, person }) => {
  const boxes = (page: Page) =>
    page.locator('.rail, .rail *, .head, .head *, .bar > *, .figures > *, thead th, tbody tr:first-child > *').evaluateAll((elements) =>
      elements.map((element) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        return [element.tagName, element.className, x, y, width, height].join(' ');
      }),
    );
  const other = await person();
  await other.route('**/pkg/lastmile*.css*', (route) => route.fulfill({ contentType: 'text/css', body: '' }));
  for (const width of [1440, 768, 360]) {
    for (const each of [page, other]) {
      await each.setViewportSize({ width, height: 800 });
      await open(each, '/customers');
    }
    expect(await boxes(other)).toEqual(await boxes(page));
  }
});

test('the way back leads to the list before', async ({ page, house }) => {
  const { list, come } = await openEarly(page, '/customers?status=Suspended');
  await list.choose('Churn risk', 'High');
  await list.shows(await ids(house, SUSPENDED_HIGH));
  const expected = await ids(house, "AND status = 'Suspended' ORDER BY name_key, id LIMIT 25");
  await page.goBack({ waitUntil: 'commit' });
  // The page is loaded anew; what is asked of it while it goes fails.
  await expect(() => list.shows(expected)).toPass();
  await expect(page).toHaveURL(/\/customers\?status=Suspended$/);
  await come();
});
