import type { Page } from '@playwright/test';
import type { TestApp } from '../support/app.ts';
import { editCustomer } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { PAYLOADS, asStored } from '../support/payloads.ts';
import { expect, open, SCRIPT_MODES, statusMessage, test } from '../support/test.ts';
import { unique, uuid } from '../support/unique.ts';
import { createUser, fetchAs, postForm } from '../support/users.ts';

// Whole journeys of several users.
test.describe.configure({ timeout: 60_000 });

const timeline = (page: Page) => page.getByRole('region', { name: 'History' }).locator('.timeline > li');
const rows = (page: Page) => page.getByRole('table', { name: 'Changes, newest first' }).locator('tbody tr');
const pages = (page: Page, name: string) => page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true });
const filter = (page: Page, name: string) => page.getByRole('search', { name: 'Search the history' }).getByLabel(name, { exact: true });

/** How many rows of the history the database has. */
async function count(app: TestApp, rest: string, values: unknown[]): Promise<number> {
  const found = await app.db.query<{ count: string }>(`SELECT count(*) FROM history WHERE ${rest}`, values);
  return Number(found.rows[0].count);
}

for (const [mode, javaScriptEnabled] of SCRIPT_MODES) {
  test.describe(mode, () => {
    test.use({ javaScriptEnabled });

    test('the record shows who changed what, the newest first', async ({ page, newPage, app, createCustomer, visit }) => {
      const editor = await createUser(app, 'Admin');
      const customer = await createCustomer({ city: 'Bengaluru', nps: '10', churn: 'Low', satisfaction: '3' });
      const editorPage = await newPage(editor);
      await visit(editorPage, `/customers/${customer.id}`);
      for (const fields of [{ city: 'Mysuru' }, { nps: '20', churn: 'High' }, { satisfaction: '' }] as Record<string, string>[]) {
        await editorPage.getByRole('link', { name: `Edit ${customer.name}` }).click();
        await new Form(editorPage).fill(fields);
        await new Form(editorPage).save.click();
        await expect(statusMessage(editorPage, 'saved')).toBeVisible();
        await expect(editorPage.getByRole('dialog')).toHaveCount(0);
        await visit(editorPage, `/customers/${customer.id}`);
      }
      for (const reader of [editorPage, page]) {
        await visit(reader, `/customers/${customer.id}`);
        await expect(timeline(reader).nth(0)).toContainText(`${editor.name} cleared satisfaction, which was 3`);
        await expect(timeline(reader).nth(1)).toContainText(`${editor.name} changed 2 fields`);
        await expect(timeline(reader).nth(1)).toContainText('changed NPS from 10 to 20');
        await expect(timeline(reader).nth(1)).toContainText('changed churn risk from Low to High');
        await expect(timeline(reader).nth(2)).toContainText(`${editor.name} changed city from Bengaluru to Mysuru`);
        await expect(timeline(reader).last()).toContainText(app.users.Admin.name);
      }
    });

    test('a long timeline has pages: to older events and back', async ({ page, app, createCustomer, visit }) => {
      const customer = await createCustomer({ nps: '0' });
      for (let nps = 1; nps <= 25; nps += 1) await editCustomer(app.url, customer.id, { nps: String(nps) });
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

    test('the history is filtered by user, subject, words and days, each in the address', async ({ page, app, createCustomer, visit }) => {
      const editor = await createUser(app, 'Admin');
      const word = unique();
      const customer = await createCustomer({ name: `Audited ${word}`, city: 'Bengaluru' });
      await editCustomer(app.url, customer.id, { city: 'Mysuru' });
      const created = await postForm(`${app.url}/settings/users/new`, { name: `User ${word}`, email: `${word}@lastmile.example`, role: 'Staff' }, editor);
      expect(created.status).toBe(200);

      await visit(page, '/history');
      await expect(rows(page)).toHaveCount(Math.min(50, await count(app, 'true', [])));
      await filter(page, 'Search').fill(word);
      await page.getByRole('button', { name: 'Apply' }).click();
      await expect(page).toHaveURL((url) => url.searchParams.get('q') === word);
      const ofCity = rows(page).filter({ hasText: 'City: Bengaluru' });
      await expect(ofCity).toHaveCount(1);
      await expect(ofCity).toContainText('Mysuru');
      await expect(ofCity.locator('td[data-label="Who"]')).toHaveText(app.users.Admin.name);
      await expect(ofCity.locator('td[data-label="Source"]')).toHaveText('Web');
      await expect(ofCity.getByRole('link', { name: customer.name })).toHaveAttribute('href', `/customers/${customer.id}`);
      const all = await rows(page).count();

      await filter(page, 'What').selectOption('user');
      await page.getByRole('button', { name: 'Apply' }).click();
      await expect(page).toHaveURL((url) => url.searchParams.get('kind') === 'user' && url.searchParams.get('q') === word);
      await expect(ofCity).toHaveCount(0);
      await expect(rows(page).first()).toContainText(`${word}@lastmile.example`);
      expect(await rows(page).count()).toBeLessThan(all);

      await filter(page, 'Who').selectOption(app.users.Admin.id);
      await page.getByRole('button', { name: 'Apply' }).click();
      await expect(page.getByRole('heading', { name: 'No changes match' })).toBeVisible();
      await filter(page, 'Who').selectOption(editor.id);
      await page.getByRole('button', { name: 'Apply' }).click();
      await expect(rows(page).first()).toContainText(editor.name);

      for (const [from, to, found] of [['2000-01-01', '2000-12-31', false], ['2000-01-01', '2099-12-31', true]] as const) {
        await filter(page, 'From').fill(from);
        await filter(page, 'To').fill(to);
        await page.getByRole('button', { name: 'Apply' }).click();
        await expect(page).toHaveURL((url) => url.searchParams.get('to') === to);
        await expect(page.getByRole('heading', { name: 'No changes match' })).toHaveCount(found ? 0 : 1);
      }
      await page.getByRole('link', { name: 'Clear', exact: true }).click();
      await expect(page).toHaveURL(/\/history$/);
      await expect(filter(page, 'Search')).toHaveValue('');
      await expect(rows(page)).toHaveCount(Math.min(50, await count(app, 'true', [])));
    });

    test('the pages show every row once', async ({ page, app, createCustomer, visit }) => {
      const word = unique();
      const customer = await createCustomer({ name: `Paged ${word}`, nps: '0' });
      for (let nps = 1; nps <= 60; nps += 1) await editCustomer(app.url, customer.id, { nps: String(nps) });
      const total = await count(app, 'entity_id = $1', [customer.id]);
      await visit(page, `/history?q=${word}`);
      await expect(rows(page)).toHaveCount(50);
      const first = await rows(page).allInnerTexts();
      expect(first[0]).toContain('59');
      await expect(pages(page, 'Newer')).toHaveAttribute('aria-disabled', 'true');
      await pages(page, 'Older').click();
      await expect(rows(page)).toHaveCount(total - 50);
      await expect(pages(page, 'Older')).toHaveAttribute('aria-disabled', 'true');
      await pages(page, 'Newer').click();
      await expect.poll(() => rows(page).allInnerTexts()).toEqual(first);
    });

    test('hostile text is shown as text, in the timeline and in the history', async ({ page, app, createCustomer, visit }) => {
      const word = unique();
      const customer = await createCustomer({ name: `Hostile ${word}`, address: 'before' });
      for (const payload of PAYLOADS.slice(0, 19)) await editCustomer(app.url, customer.id, { address: payload });
      await visit(page, `/customers/${customer.id}`);
      for (const payload of PAYLOADS.slice(0, 19)) await expect(timeline(page).filter({ hasText: payload }).first()).toBeAttached();
      await expect(page.locator('main').locator('img, iframe, object, video, math, animate, #xss')).toHaveCount(0);
      await visit(page, `/history?q=${word}`);
      for (const payload of PAYLOADS.slice(0, 19)) await expect(rows(page).filter({ hasText: payload }).first()).toBeAttached();
      await expect(page.locator('main').locator('img, iframe, object, video, math, animate, #xss')).toHaveCount(0);
      for (const payload of PAYLOADS) {
        await page.goto(`/history?${new URLSearchParams({ q: payload, [payload]: payload })}`);
        await expect(filter(page, 'Search')).toHaveValue(asStored(payload));
        await expect(page.getByRole('note')).toContainText('Ignored a part of the address');
      }
    });

    test('an invalid address shows a notice, never an error', async ({ page, visit }) => {
      for (const invalid of ['who=me', `who=${uuid()}`, 'kind=Customer', 'from=2026-02-30', 'to=x', 'page=zzz', 'x=1', 'q=%00', 'page=%FF']) {
        expect((await visit(page, `/history?${invalid}`)).status(), invalid).toBe(200);
        await expect(page.getByRole('note')).toHaveCount(invalid.startsWith('q=') ? 0 : 1);
      }
    });
  });
}

test('Back and Forward show the same rows', async ({ page, createCustomer }) => {
  const customer = await createCustomer();
  await open(page, '/history');
  const first = await rows(page).allInnerTexts();
  await filter(page, 'Search').fill(customer.email.split('.')[1].split('@')[0]);
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page).toHaveURL(/q=/);
  await expect.poll(() => rows(page).allInnerTexts()).not.toEqual(first);
  const filtered = await rows(page).allInnerTexts();
  await page.goBack();
  await expect.poll(() => rows(page).allInnerTexts()).toEqual(first);
  await expect(filter(page, 'Search')).toHaveValue('');
  await page.goForward();
  await expect(page).toHaveURL(/q=/);
  await expect.poll(() => rows(page).allInnerTexts()).toEqual(filtered);
});

test('no secret is in the history', async ({ app }) => {
  const user = await createUser(app, 'Staff');
  const chosen = `eight blue lamps ${unique()}`;
  expect((await postForm(`${app.url}/account/password`, { password: user.password, new_password: chosen }, user)).status).toBe(303);
  const text = await (await fetchAs(`${app.url}/history?q=${user.email}`)).text();
  expect(text).toContain('Password changed');
  for (const secret of [user.password, chosen, user.session, 'argon2']) expect(text).not.toContain(secret);
});
