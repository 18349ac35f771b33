import type { Page } from '@playwright/test';
import { Form } from '../support/form.ts';
import { List } from '../support/list.ts';
import { expect, open, test } from '../support/test.ts';
import { unique } from '../support/unique.ts';

/** The lists that the page requests from now on, in turn: the query strings of their addresses. */
function listRequests(page: Page): string[] {
  const requests: string[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname === '/api/customers/list') requests.push(url.searchParams.get('address') ?? '');
  });
  return requests;
}

/** Opens the list with a clock that stands still until the test moves it on. */
async function openWithPausedClock(page: Page): Promise<List> {
  await page.clock.install();
  await open(page, '/customers');
  await page.clock.pauseAt(Date.now() + 60_000);
  return new List(page);
}

const listResponse = (page: Page) => page.waitForResponse((response) => response.url().includes('/api/customers/list'));

test.describe('prefetched lists', () => {
  test('the page of a link is fetched on hover and shown on click', async ({ page, app }) => {
    await open(page, '/customers?sort=-nps');
    const list = new List(page);
    const requests = listRequests(page);
    const next = list.pages.getByRole('link', { name: 'Next', exact: true });
    const response = listResponse(page);
    await next.hover();
    await response;
    await next.click();
    const second = await app.db.query<{ id: string }>('SELECT id FROM customers WHERE deleted_at IS NULL ORDER BY nps DESC, id DESC LIMIT 25 OFFSET 25');
    await list.shows(second.rows.map((row) => row.id));
    // What the pointer is on now may be prefetched, too.
    expect(requests.filter((address) => address === requests[0])).toHaveLength(1);
  });

  test('the lists of a filter\'s values are fetched when its menu opens and shown on click', async ({ page }) => {
    await open(page, '/customers?size=50');
    const list = new List(page);
    const requests = listRequests(page);
    const menu = await list.menu('Churn risk');
    await expect.poll(() => [...requests].sort()).toEqual(['churn=High&size=50', 'churn=Low&size=50', 'churn=Medium&size=50']);
    await menu.getByRole('checkbox', { name: /^High/ }).check();
    await expect(page).toHaveURL(/\?churn=High&size=50$/);
    await expect(list.rows.first().locator('.risk')).toHaveText('High');
    await expect(list.region).toHaveAttribute('aria-busy', 'false');
    expect(requests.filter((address) => address === 'churn=High&size=50')).toHaveLength(1);
  });

  test('a link is prefetched on keyboard focus', async ({ page }) => {
    await open(page, '/customers');
    const list = new List(page);
    const requests = listRequests(page);
    const sort = list.header('NPS').getByRole('link', { name: 'NPS' });
    const response = listResponse(page);
    await sort.focus();
    await response;
    await page.keyboard.press('Enter');
    await expect(list.header('NPS')).toHaveAttribute('aria-sort', 'ascending');
    await expect(list.region).toHaveAttribute('aria-busy', 'false');
    expect(requests.filter((address) => address === 'sort=nps')).toHaveLength(1);
  });

  test('a link that the pointer only passes is not prefetched', async ({ page }) => {
    await open(page, '/customers');
    const list = new List(page);
    const requests = listRequests(page);
    const links = ['NPS', 'Price'].map((name) => list.header(name).getByRole('link', { name }));
    const [passed, hovered] = await Promise.all(links.map((link) => link.elementHandle()));
    // In the same task, so that it does not matter how busy the machine is.
    await page.evaluate((links) => {
      for (const link of links) link?.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
    }, [passed, hovered]);
    await expect.poll(() => requests).toEqual(['sort=-price']);
  });

  test('a prefetched response that is old, or a fault, is not shown', async ({ page, browserErrors }) => {
    browserErrors.allow(/ERR_CONNECTION_REFUSED/);
    const list = await openWithPausedClock(page);
    const requests = listRequests(page);
    const sort = list.header('NPS').getByRole('link', { name: 'NPS' });
    const hover = async () => {
      await sort.hover();
      await page.clock.runFor(100);
    };

    // Old.
    let response = listResponse(page);
    await hover();
    await response;
    await page.clock.runFor(20_000);
    response = listResponse(page);
    await sort.click();
    await response;
    await expect(list.header('NPS')).toHaveAttribute('aria-sort', 'ascending');
    expect(requests.filter((address) => address === 'sort=nps')).toHaveLength(2);

    // A fault.
    await page.route('**/api/customers/list*', (route) => route.abort('connectionrefused'));
    const failed = page.waitForEvent('requestfailed');
    await page.getByRole('heading', { level: 1 }).hover();
    await hover();
    await failed;
    await page.unroute('**/api/customers/list*');
    await sort.click();
    await expect(list.header('NPS')).toHaveAttribute('aria-sort', 'descending');
    await expect(page.getByRole('alert')).toHaveCount(0);
  });

  test('a response prefetched before a change of this page is not shown', async ({ page, createCustomer }) => {
    const customer = await createCustomer({ outstanding: '900000000' });
    await open(page, `/customers?q=${customer.email}`);
    const list = new List(page);
    const owing = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Highest dues' });
    const response = listResponse(page);
    await owing.hover();
    expect(await (await response).text()).toContain(customer.id);
    await page.getByRole('link', { name: `Edit ${customer.name}` }).click();
    const form = new Form(page);
    const name = `Renamed ${unique()}`;
    await form.fill({ name });
    await form.save.click();
    await expect(list.row(name)).toBeVisible();
    await owing.click();
    await expect(list.header('Outstanding')).toHaveAttribute('aria-sort', 'descending');
    await expect(list.row(name)).toBeVisible();
    await expect(list.row(customer.name)).toHaveCount(0);
  });
});
