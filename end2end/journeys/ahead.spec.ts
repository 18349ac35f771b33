import type { Page } from '@playwright/test';
import { List } from '../support/list.ts';
import { expect, open, test } from '../support/test.ts';

/** The lists that the page has asked for, as the parts of their addresses behind `?`, in turn. */
function asked(page: Page): string[] {
  const lists: string[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname === '/api/customers/list') lists.push(url.searchParams.get('address') ?? '');
  });
  return lists;
}

/** Opens the list in a window whose time stands still until it is moved on. */
async function openStill(page: Page): Promise<List> {
  await page.clock.install();
  await open(page, '/customers');
  await page.clock.pauseAt(Date.now() + 60_000);
  return new List(page);
}

const answered = (page: Page) => page.waitForResponse((response) => response.url().includes('/api/customers/list'));

test.describe('lists that are asked for ahead', () => {
  test('the page behind a link that is pointed at is there when it is pressed', async ({ page, house }) => {
    await open(page, '/customers?sort=-nps');
    const list = new List(page);
    const lists = asked(page);
    const next = list.pages.getByRole('link', { name: 'Next', exact: true });
    const came = answered(page);
    await next.hover();
    await came;
    await next.click();
    const second = await house.db.query<{ id: string }>('SELECT id FROM customers WHERE deleted_at IS NULL ORDER BY nps DESC, id DESC LIMIT 25 OFFSET 25');
    await list.shows(second.rows.map((row) => row.id));
    // What the pointer is on now may be asked for, too.
    expect(lists.filter((address) => address === lists[0])).toHaveLength(1);
  });

  test('the lists behind the choices of a menu that is opened are there when one is pressed', async ({ page }) => {
    await open(page, '/customers?size=50');
    const list = new List(page);
    const lists = asked(page);
    const menu = await list.menu('Churn risk');
    await expect.poll(() => [...lists].sort()).toEqual(['churn=High&size=50', 'churn=Low&size=50', 'churn=Medium&size=50']);
    await menu.getByRole('checkbox', { name: /^High/ }).check();
    await expect(page).toHaveURL(/\?churn=High&size=50$/);
    await expect(list.rows.first().locator('.risk')).toHaveText('High');
    await expect(list.region).toHaveAttribute('aria-busy', 'false');
    expect(lists.filter((address) => address === 'churn=High&size=50')).toHaveLength(1);
  });

  test('by keyboard, too', async ({ page }) => {
    await open(page, '/customers');
    const list = new List(page);
    const lists = asked(page);
    const sort = list.header('NPS').getByRole('link', { name: 'NPS' });
    const came = answered(page);
    await sort.focus();
    await came;
    await page.keyboard.press('Enter');
    await expect(list.header('NPS')).toHaveAttribute('aria-sort', 'ascending');
    await expect(list.region).toHaveAttribute('aria-busy', 'false');
    expect(lists.filter((address) => address === 'sort=nps')).toHaveLength(1);
  });

  test('what the pointer passes by is not asked for', async ({ page }) => {
    await open(page, '/customers');
    const list = new List(page);
    const lists = asked(page);
    const links = ['NPS', 'Price'].map((name) => list.header(name).getByRole('link', { name }));
    const [passed, rested] = await Promise.all(links.map((link) => link.elementHandle()));
    // In the same moment, so that it does not matter how busy the machine is.
    await page.evaluate((links) => {
      for (const link of links) link?.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
    }, [passed, rested]);
    await expect.poll(() => lists).toEqual(['sort=price']);
  });

  test('an answer that is old, or a fault, is not shown', async ({ page, complaints }) => {
    complaints.allow(/ERR_CONNECTION_REFUSED/);
    const list = await openStill(page);
    const lists = asked(page);
    const sort = list.header('NPS').getByRole('link', { name: 'NPS' });
    const point = async () => {
      await sort.hover();
      await page.clock.runFor(100);
    };

    // Old.
    let came = answered(page);
    await point();
    await came;
    await page.clock.runFor(20_000);
    came = answered(page);
    await sort.click();
    await came;
    await expect(list.header('NPS')).toHaveAttribute('aria-sort', 'ascending');
    expect(lists.filter((address) => address === 'sort=nps')).toHaveLength(2);

    // A fault.
    await page.route('**/api/customers/list*', (route) => route.abort('connectionrefused'));
    const failed = page.waitForEvent('requestfailed');
    await page.getByRole('heading', { level: 1 }).hover();
    await point();
    await failed;
    await page.unroute('**/api/customers/list*');
    await sort.click();
    await expect(list.header('NPS')).toHaveAttribute('aria-sort', 'descending');
    await expect(page.getByRole('alert')).toHaveCount(0);
  });

  test('an answer of before a change that was made here is not shown', async ({ page, make }) => {
    const customer = await make({ outstanding: '900000000' });
    await open(page, `/customers?q=${customer.email}`);
    const list = new List(page);
    const owing = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Owing most' });
    const came = answered(page);
    await owing.hover();
    expect(await (await came).text()).toContain(customer.id);
    await page.getByRole('link', { name: `Delete ${customer.name}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete customer' }).click();
    await expect(page.getByRole('heading', { name: 'No customers match' })).toBeVisible();
    await owing.click();
    await expect(list.header('Outstanding')).toHaveAttribute('aria-sort', 'descending');
    await expect(list.row(customer.name)).toHaveCount(0);
  });
});
