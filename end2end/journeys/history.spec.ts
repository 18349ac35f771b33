import { change, unique, uuid } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { ask, newcomer, post } from '../support/people.ts';
import { PAYLOADS } from '../support/payloads.ts';
import { expect, open, test, WAYS, type House } from '../support/test.ts';
import type { Page } from '@playwright/test';

// Whole journeys, by several people.
test.describe.configure({ timeout: 60_000 });

const timeline = (page: Page) => page.getByRole('region', { name: 'History' }).locator('.timeline > li');
const lines = (page: Page) => page.getByRole('table', { name: 'Changes, the last first' }).locator('tbody tr');
const pages = (page: Page, name: string) => page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true });
const filter = (page: Page, name: string) => page.getByRole('search', { name: 'Search the history' }).getByLabel(name, { exact: true });

/** The ids of the rows of the history in their order, as the database has them. */
async function count(house: House, rest: string, values: unknown[]): Promise<number> {
  const found = await house.db.query<{ count: string }>(`SELECT count(*) FROM history WHERE ${rest}`, values);
  return Number(found.rows[0].count);
}

for (const [way, javaScriptEnabled] of WAYS) {
  test.describe(way, () => {
    test.use({ javaScriptEnabled });

    test('the record tells who changed what, the last first', async ({ page, person, house, make, visit }) => {
      const editor = await newcomer(house, 'Admin');
      const customer = await make({ city: 'Bengaluru', nps: '10', churn: 'Low', satisfaction: '3' });
      const theirs = await person(editor);
      await visit(theirs, `/customers/${customer.id}`);
      for (const fields of [{ city: 'Mysuru' }, { nps: '20', churn: 'High' }, { satisfaction: '' }] as Record<string, string>[]) {
        await theirs.getByRole('link', { name: `Edit ${customer.name}` }).click();
        await new Form(theirs).fill(fields);
        await new Form(theirs).save.click();
        await expect(theirs.getByRole('status').filter({ hasText: 'saved' })).toBeVisible();
        await expect(theirs.getByRole('dialog')).toHaveCount(0);
        await visit(theirs, `/customers/${customer.id}`);
      }
      for (const reader of [theirs, page]) {
        await visit(reader, `/customers/${customer.id}`);
        await expect(timeline(reader).nth(0)).toContainText(`${editor.name} cleared satisfaction, which was 3`);
        await expect(timeline(reader).nth(1)).toContainText(`${editor.name} changed 2 fields`);
        await expect(timeline(reader).nth(1)).toContainText('changed NPS from 10 to 20');
        await expect(timeline(reader).nth(1)).toContainText('changed churn risk from Low to High');
        await expect(timeline(reader).nth(2)).toContainText(`${editor.name} changed city from Bengaluru to Mysuru`);
        await expect(timeline(reader).last()).toContainText(house.people.Admin.name);
      }
    });

    test('a long timeline goes on at older events and back', async ({ page, house, make, visit }) => {
      const customer = await make({ nps: '0' });
      for (let nps = 1; nps <= 25; nps += 1) await change(house.url, customer.id, { nps: String(nps) });
      await visit(page, `/customers/${customer.id}?q=${customer.email}`);
      await expect(timeline(page)).toHaveCount(20);
      await expect(timeline(page).first()).toContainText('from 24 to 25');
      await expect(timeline(page).last()).toContainText('from 5 to 6');
      const region = page.getByRole('region', { name: 'History' });
      await region.getByRole('link', { name: 'Older' }).click();
      await expect(timeline(page).first()).toContainText('from 4 to 5');
      await expect(region.getByRole('link', { name: 'Older' })).toHaveCount(0);
      await region.getByRole('link', { name: 'Newest' }).click();
      await expect(timeline(page).first()).toContainText('from 24 to 25');
      await expect(page).toHaveURL((url) => url.searchParams.get('q') === customer.email);
    });

    test('the history of everything: by whom, of what, by words, by days; each in the address', async ({ page, house, make, visit }) => {
      const editor = await newcomer(house, 'Admin');
      const word = unique();
      const customer = await make({ name: `Told ${word}`, city: 'Bengaluru' });
      await change(house.url, customer.id, { city: 'Mysuru' });
      const made = await post(`${house.url}/settings/users/new`, { name: `User ${word}`, email: `${word}@lastmile.example`, role: 'Staff' }, editor);
      expect(made.status).toBe(200);

      await visit(page, '/history');
      await expect(lines(page)).toHaveCount(Math.min(50, await count(house, 'true', [])));
      await filter(page, 'Field, customer or user').fill(word);
      await page.getByRole('button', { name: 'Show' }).click();
      await expect(page).toHaveURL((url) => url.searchParams.get('q') === word);
      const ofCity = lines(page).filter({ hasText: 'City: Bengaluru' });
      await expect(ofCity).toHaveCount(1);
      await expect(ofCity).toContainText('Mysuru');
      await expect(ofCity.locator('td[data-l="Who"]')).toHaveText(house.people.Admin.name);
      await expect(ofCity.locator('td[data-l="From"]')).toHaveText('Page');
      await expect(ofCity.getByRole('link', { name: customer.name })).toHaveAttribute('href', `/customers/${customer.id}`);
      const all = await lines(page).count();

      await filter(page, 'What').selectOption('user');
      await page.getByRole('button', { name: 'Show' }).click();
      await expect(page).toHaveURL((url) => url.searchParams.get('kind') === 'user' && url.searchParams.get('q') === word);
      await expect(ofCity).toHaveCount(0);
      await expect(lines(page).first()).toContainText(`${word}@lastmile.example`);
      expect(await lines(page).count()).toBeLessThan(all);

      await filter(page, 'Who').selectOption(house.people.Admin.id);
      await page.getByRole('button', { name: 'Show' }).click();
      await expect(page.getByRole('heading', { name: 'No changes match' })).toBeVisible();
      await filter(page, 'Who').selectOption(editor.id);
      await page.getByRole('button', { name: 'Show' }).click();
      await expect(lines(page).first()).toContainText(editor.name);

      for (const [from, to, found] of [['2000-01-01', '2000-12-31', false], ['2000-01-01', '2099-12-31', true]] as const) {
        await filter(page, 'From').fill(from);
        await filter(page, 'To').fill(to);
        await page.getByRole('button', { name: 'Show' }).click();
        await expect(page).toHaveURL((url) => url.searchParams.get('to') === to);
        await expect(page.getByRole('heading', { name: 'No changes match' })).toHaveCount(found ? 0 : 1);
      }
      await page.getByRole('link', { name: 'Clear', exact: true }).click();
      await expect(page).toHaveURL(/\/history$/);
      await expect(filter(page, 'Field, customer or user')).toHaveValue('');
      await expect(lines(page)).toHaveCount(Math.min(50, await count(house, 'true', [])));
    });

    test('the pages show every line once', async ({ page, house, make, visit }) => {
      const word = unique();
      const customer = await make({ name: `Paged ${word}`, nps: '0' });
      for (let nps = 1; nps <= 60; nps += 1) await change(house.url, customer.id, { nps: String(nps) });
      const total = await count(house, 'entity_id = $1', [customer.id]);
      await visit(page, `/history?q=${word}`);
      await expect(lines(page)).toHaveCount(50);
      const first = await lines(page).allInnerTexts();
      expect(first[0]).toContain('59');
      await expect(pages(page, 'Newer')).toHaveAttribute('aria-disabled', 'true');
      await pages(page, 'Older').click();
      await expect(lines(page)).toHaveCount(total - 50);
      await expect(pages(page, 'Older')).toHaveAttribute('aria-disabled', 'true');
      await pages(page, 'Newer').click();
      await expect.poll(() => lines(page).allInnerTexts()).toEqual(first);
    });

    test('hostile text is text, in the timeline and in the history', async ({ page, house, make, visit }) => {
      const word = unique();
      const customer = await make({ name: `Hostile ${word}`, address: 'before' });
      for (const payload of PAYLOADS.slice(0, 19)) await change(house.url, customer.id, { address: payload });
      await visit(page, `/customers/${customer.id}`);
      for (const payload of PAYLOADS.slice(0, 19)) await expect(timeline(page).filter({ hasText: payload }).first()).toBeAttached();
      await expect(page.locator('main').locator('img, iframe, object, video, math, animate, #xss')).toHaveCount(0);
      await visit(page, `/history?q=${word}`);
      for (const payload of PAYLOADS.slice(0, 19)) await expect(lines(page).filter({ hasText: payload }).first()).toBeAttached();
      await expect(page.locator('main').locator('img, iframe, object, video, math, animate, #xss')).toHaveCount(0);
      for (const payload of PAYLOADS) {
        await page.goto(`/history?${new URLSearchParams({ q: payload, [payload]: payload })}`);
        await expect(filter(page, 'Field, customer or user')).toHaveValue(payload.trim());
        await expect(page.getByRole('note')).toContainText('was ignored');
      }
    });

    test('an address that makes no sense has a notice, never an error', async ({ page, visit }) => {
      for (const nonsense of ['who=me', `who=${uuid()}`, 'kind=Customer', 'from=2026-02-30', 'to=x', 'page=zzz', 'x=1', 'q=%00', 'page=%FF']) {
        expect((await visit(page, `/history?${nonsense}`)).status(), nonsense).toBe(200);
        await expect(page.getByRole('note')).toHaveCount(nonsense.startsWith('q=') ? 0 : 1);
      }
    });
  });
}

test('Back and Forward give the same lines', async ({ page, make }) => {
  const customer = await make();
  await open(page, '/history');
  const first = await lines(page).allInnerTexts();
  await filter(page, 'Field, customer or user').fill(customer.email.split('.')[1].split('@')[0]);
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(page).toHaveURL(/q=/);
  await expect.poll(() => lines(page).allInnerTexts()).not.toEqual(first);
  await page.goBack();
  await expect.poll(() => lines(page).allInnerTexts()).toEqual(first);
  await expect(filter(page, 'Field, customer or user')).toHaveValue('');
  await page.goForward();
  await expect(page).toHaveURL(/q=/);
});

test('no secret is in the history', async ({ house }) => {
  const me = await newcomer(house, 'Staff');
  const chosen = `eight blue lamps ${unique()}`;
  expect((await post(`${house.url}/account/password`, { password: me.password, new_password: chosen }, me)).status).toBe(303);
  const text = await (await ask(`${house.url}/history?q=${me.email}`)).text();
  expect(text).toContain('Password changed');
  for (const secret of [me.password, chosen, me.session, 'argon2']) expect(text).not.toContain(secret);
});
