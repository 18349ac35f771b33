import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, SCRIPT_MODES, test } from '../support/test.ts';
import { unique, uuid } from '../support/unique.ts';
import { createUser, fetchAs, postForm, type User } from '../support/users.ts';

/** The date in India, so many days from today. */
function day(distance: number): string {
  return new Date(Date.now() + (distance * 24 + 5.5) * 3_600_000).toISOString().slice(0, 10);
}

/** Creates a lead of a user's own, and returns its id. */
async function createLead(url: string, user: User, name: string, nextStepOn: string, more: Record<string, string> = {}): Promise<string> {
  const id = uuid();
  const typed = { id, name, phone: '98450 12345', source: 'Phone', stage: 'New', owner: user.id, next_step: 'Call again', next_step_on: nextStepOn };
  const created = await postForm(`${url}/leads/new`, { ...typed, ...more }, user);
  expect(created.status).toBe(303);
  return id;
}

const mainLink = (page: Page, name: string) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true });
const table = (page: Page, name: string) => page.getByRole('main').getByRole('table', { name, exact: true });
const namesIn = (page: Page, name: string) => table(page, name).getByRole('rowheader').getByRole('link');

for (const [mode, javaScriptEnabled] of SCRIPT_MODES) {
  test.describe(`my day, ${mode}`, () => {
    test.use({ javaScriptEnabled });

    test('shows what is overdue, due today and due this week, and nothing else', async ({ app, newPage, visit }) => {
      const [me, colleague] = [await createUser(app, 'Sales'), await createUser(app, 'Sales')];
      const page = await newPage(me);
      await visit(page, '/leads');
      await mainLink(page, 'My day').click();
      await expect(page).toHaveURL('/my-day');
      await expect(page.getByRole('heading', { level: 1, name: 'My day' })).toBeVisible();
      await expect(page.getByRole('heading', { name: 'Nothing is due this week' })).toBeVisible();

      const word = unique();
      const late = await createLead(app.url, me, `Late ${word}`, day(-2), { expected_value: '799', plan: 'Fiber', speed: '100' });
      await createLead(app.url, me, `B ${word}`, day(0));
      await createLead(app.url, me, `A ${word}`, day(0));
      await createLead(app.url, me, `Later ${word}`, day(6));
      await createLead(app.url, me, `Soon ${word}`, day(1));
      await createLead(app.url, me, `Next week ${word}`, day(7));
      await createLead(app.url, me, `Won ${word}`, day(0), { stage: 'Won' });
      await createLead(app.url, colleague, `Colleague's ${word}`, day(0));
      await visit(page, '/my-day');
      await expect(namesIn(page, 'Overdue')).toHaveText([`Late ${word}`]);
      await expect(namesIn(page, 'Today')).toHaveText([`A ${word}`, `B ${word}`]);
      await expect(namesIn(page, 'This week')).toHaveText([`Soon ${word}`, `Later ${word}`]);
      const row = table(page, 'Overdue').getByRole('row').filter({ hasText: `Late ${word}` });
      for (const text of ['New', 'Fiber', '₹799', 'Call again', '2 days ago']) await expect(row).toContainText(text);
      await expect(row.locator('.due')).toHaveText('2 days ago');
      await expect(row.getByRole('link', { name: '+91 98450 12345' })).toHaveAttribute('href', 'tel:+919845012345');

      for (const width of [1440, 360]) {
        await page.setViewportSize({ width, height: 800 });
        expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), `no sideways scrolling at ${width}`).toBeLessThanOrEqual(0);
        if (javaScriptEnabled) expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id), `axe at ${width}`).toEqual([]);
      }
      await page.getByRole('link', { name: `Late ${word}`, exact: true }).click();
      await expect(page).toHaveURL(`/leads/${late}`);
      await expect(page.getByRole('heading', { level: 1, name: `Late ${word}` })).toBeVisible();
    });
  });
}

test('a day that does not come is said, and asked for again', async ({ app, newPage, visit, browserErrors }) => {
  browserErrors.allow(/status of 503/);
  const page = await newPage(await createUser(app, 'Sales'));
  await visit(page, '/leads');
  await page.route('**/api/leads/my_day*', (route) => route.fulfill({ status: 503, contentType: 'application/json', body: '"Unavailable"' }));
  await mainLink(page, 'My day').click();
  await expect(page.getByRole('alert')).toBeVisible();
  await page.unroute('**/api/leads/my_day*');
  await page.getByRole('link', { name: 'Retry' }).click();
  await expect(page.getByRole('heading', { name: 'Nothing is due this week' })).toBeVisible();
});

test('Staff have no day', async ({ app, newPage, visit }) => {
  const page = await newPage('Staff');
  await visit(page, '/customers');
  await expect(mainLink(page, 'My day')).toHaveCount(0);
  expect((await fetchAs(`${app.url}/my-day`, { headers: { accept: 'text/html' } }, app.users.Staff)).status).toBe(403);
});
