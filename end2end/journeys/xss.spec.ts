import { make, unique, type Customer } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { List } from '../support/list.ts';
import { ask, become, linkIn, newcomer, post, user } from '../support/people.ts';
import { PAYLOADS } from '../support/payloads.ts';
import { expect, open, test, told, WAYS, type House } from '../support/test.ts';
import type { Page } from '@playwright/test';

// Each goes through all of the texts.
test.describe.configure({ timeout: 90_000 });

/** Fails the test when a text has run; what the Content-Security-Policy has stopped fails it as well. */
async function alarm(page: Page): Promise<void> {
  await page.exposeFunction('__xss', () => {
    ran = true;
  });
  page.on('dialog', () => {
    ran = true;
  });
}
let ran = false;
test.beforeEach(() => {
  ran = false;
});
test.afterEach(() => expect(ran, 'a text has run').toBe(false));

/** Elements that are never ours, and attributes that no page of ours has; in the page, or in an answer that is parsed and not run. */
const strange = (page: Page, answer?: string) =>
  page.evaluate((answer) => {
    const shown = answer === undefined ? document : new DOMParser().parseFromString(answer, 'text/html');
    const names = 'img, iframe, object, embed, video, math, base, template, noscript, animate, #xss, meta[http-equiv=refresh]';
    const elements = [...shown.querySelectorAll(names)].map((element) => element.outerHTML.slice(0, 80));
    const attributes = [...shown.querySelectorAll('*')].flatMap((element) => [...element.attributes]).map(({ name }) => name);
    return [...elements, ...attributes.filter((name) => name.startsWith('on'))];
  }, answer);

/** The texts of some elements of an answer, and what its inputs hold. */
const read = (page: Page, answer: string, selector: string) =>
  page.evaluate(
    ([answer, selector]) => {
      const shown = new DOMParser().parseFromString(answer, 'text/html');
      return [...shown.querySelectorAll<HTMLInputElement>(selector)].map((element) => element.getAttribute('value') ?? element.textContent ?? '');
    },
    [answer, selector],
  );

/** White space as the program keeps it. */
const tidy = (text: string) => text.split(/\s+/).filter(Boolean).join(' ');

interface Marked {
  customer: Customer;
  name: string;
  text: string;
}

/** A customer for each text, with it in every field that takes any. */
async function all(house: House, word: string): Promise<Marked[]> {
  const marked: Marked[] = [];
  for (const [index, payload] of PAYLOADS.entries()) {
    const text = tidy(payload);
    const name = tidy(`${String(index).padStart(2, '0')} ${word} ${payload}`);
    const customer = await make(house.url, {
      name, email: `xss${index}.${word}@example.in`, address: text, city: text.slice(0, 80), status: 'Cancelled', cancelled_on: '2026-10-31', cancel_reason: text,
    });
    expect(customer.name).toBe(name);
    marked.push({ customer, name, text });
  }
  return marked;
}

for (const [way, javaScriptEnabled] of WAYS) {
  test.describe(way, () => {
    test.use({ javaScriptEnabled });

    test('hostile texts are text in the list and among the deleted', async ({ page, house, visit }) => {
      await alarm(page);
      const word = unique();
      const marked = await all(house, word);
      await visit(page, `/customers?q=${word}&size=50`);
      const list = new List(page);
      const menu = await list.menu('Columns');
      for (const name of ['Address', 'City', 'Reason for cancelling']) await menu.getByRole('checkbox', { name, exact: true }).check();
      if (!javaScriptEnabled) await page.getByRole('button', { name: 'Show these columns' }).click();
      await expect(list.table.getByRole('columnheader', { name: 'Reason for cancelling' })).toBeVisible();
      await expect(list.rows.locator('th a')).toHaveText(marked.map(({ name }) => name));
      for (const label of ['Address', 'Reason for cancelling']) await expect(list.rows.locator(`td[data-l="${label}"]`)).toHaveText(marked.map(({ text }) => text));
      await expect(list.rows.locator('td[data-l="City"]')).toHaveText(marked.map(({ text }) => text.slice(0, 80).trim()));
      expect(await strange(page)).toEqual([]);
      for (const { customer } of marked) await post(`${house.url}/customers/${customer.id}/delete`, {});
      await visit(page, '/customers/deleted');
      const rows = page.getByRole('table', { name: 'Deleted customers' }).locator('tbody .name');
      expect((await rows.allInnerTexts()).slice(0, marked.length).map(tidy)).toEqual(marked.map(({ name }) => name).reverse());
      expect(await strange(page)).toEqual([]);
    });

    test('hostile texts come back from a form as text, whatever is wrong with them', async ({ page, visit, complaints }) => {
      complaints.allow(/status of 422/);
      await alarm(page);
      const form = new Form(page);
      await visit(page, '/customers/new');
      for (const part of [PAYLOADS.slice(0, 11), PAYLOADS.slice(11, 22), PAYLOADS.slice(22)]) {
        const typed: Record<string, string> = {};
        for (const [index, name] of ['name', 'email', 'phone', 'address', 'city', 'pin_code', 'speed', 'price', 'uptime', 'nps', 'referred_by'].entries()) {
          // A browser lets nobody type more than the field takes.
          const most = await form.field(name).evaluate((field: HTMLInputElement) => field.maxLength);
          typed[name] = most > 0 ? part[index % part.length].slice(0, most) : part[index % part.length];
        }
        await form.fill(typed);
        await form.save.click();
        await expect(form.summary).toBeVisible();
        await form.holds(typed);
        expect(await strange(page)).toEqual([]);
      }
    });

    test('hostile names of users are text in the table, in dialogs, notices, links and one\'s own page', async ({ page, person, house, visit, complaints }) => {
      complaints.allow(/status of 422/);
      await alarm(page);
      const word = unique();
      const names = PAYLOADS.map((payload, index) => tidy(`${String(index).padStart(2, '0')} ${word} ${payload}`));
      for (const [index, name] of names.entries()) {
        const made = await post(`${house.url}/settings/users/new`, { name, email: `xss${index}.${word}@lastmile.example`, role: 'Staff' });
        expect(made.status, name).toBe(200);
        const answer = await made.text();
        expect(await read(page, answer, 'dialog h2')).toEqual([`A link for ${name}`]);
        expect(await strange(page, answer), name).toEqual([]);
        // Typed, and come back.
        const again = await post(`${house.url}/settings/users/new`, { name, email: name, role: name });
        expect(again.status, name).toBe(422);
        const form = await again.text();
        expect(await read(page, form, '#input-name, #input-email')).toEqual([name, name]);
        expect(await strange(page, form), name).toEqual([]);
      }
      await visit(page, '/settings/users');
      await expect(page.locator('tbody .name').filter({ hasText: word })).toHaveText(names);
      for (const name of names) await expect(page.getByRole('link', { name: `Role: ${name}`, exact: true })).toHaveCount(1);
      expect(await strange(page)).toEqual([]);
      for (const name of [names[2], names[15], names[22]]) {
        await page.getByRole('link', { name: `Disable: ${name}`, exact: true }).click();
        await expect(page.getByRole('dialog').getByRole('heading', { level: 2 })).toHaveText(`Disable ${name}?`);
        expect(await strange(page), name).toEqual([]);
        await page.getByRole('button', { name: 'Disable', exact: true }).click();
        await expect(told(page, `${name} is disabled`)).toBeVisible();
        expect(await strange(page), name).toEqual([]);
        await visit(page, '/settings/users/new');
        await page.getByLabel('Name', { exact: true }).fill(name);
        await page.getByLabel('Email', { exact: true }).fill(name);
        await page.getByRole('button', { name: 'Invite' }).click();
        await expect(page.locator('#input-email-error')).toBeVisible();
        await expect(page.getByLabel('Email', { exact: true })).toHaveValue(name);
        expect(await strange(page), name).toEqual([]);
        await visit(page, '/settings/users');
      }
      const own = tidy(`${PAYLOADS[22]} ${PAYLOADS[2]} ${word}`);
      const me = await newcomer(house, 'Staff', { name: own });
      await become(page.context(), me);
      await visit(page, '/account');
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(own);
      await expect(page.getByRole('link', { name: `Your account: ${own}, Staff` })).toBeVisible();
      expect(await strange(page)).toEqual([]);
      const theirs = await person('nobody');
      await alarm(theirs);
      await visit(theirs, linkIn(await user(house, 'reset', me.email), house.url));
      await expect(theirs.getByRole('main')).toContainText(own);
      expect(await strange(theirs)).toEqual([]);
    });
  });
}

test('hostile texts are text on records, in dialogs and in notices, as the browser draws them', async ({ page, house }) => {
  await alarm(page);
  const word = unique();
  const form = new Form(page);
  const marked = await all(house, word);
  await open(page, `/customers?q=${word}&size=50`);
  for (const { name, text } of marked) {
    await page.getByRole('link', { name, exact: true }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
    await expect(page).toHaveTitle(new RegExp(word));
    for (const label of ['Address', 'Reason for cancelling']) {
      await expect(page.locator('dt').filter({ hasText: new RegExp(`^${label}$`) }).locator('xpath=following-sibling::dd[1]')).toHaveText(text);
    }
    await page.getByRole('link', { name: `Edit ${name}`, exact: true }).click();
    await form.holds({ name, address: text, cancel_reason: text });
    await expect(form.dialog.getByRole('heading', { level: 2 })).toHaveText(`Edit ${name}`);
    expect(await strange(page), text).toEqual([]);
    await form.dialog.getByRole('link', { name: 'Cancel' }).click();
    await page.getByRole('link', { name: `Delete ${name}`, exact: true }).click();
    await expect(page.getByRole('dialog').getByRole('heading', { level: 2 })).toHaveText(`Delete ${name}?`);
    await page.getByRole('button', { name: 'Delete customer' }).click();
    await expect(told(page, `Customer ${name} deleted`)).toBeVisible();
    expect(await strange(page), text).toEqual([]);
  }
});

test('hostile texts are text in what the server draws: records, dialogs, searches, nonsense, signing in', async ({ page, house }) => {
  await page.goto('/customers');
  const word = unique();
  const get = async (address: string, query: Record<string, string> = {}, person?: null) => {
    const answer = await ask(`${house.url}${address}?${new URLSearchParams(query)}`, {}, person);
    // Without the page's own styles: their nonce is not that of the page in which the answer is read.
    const text = (await answer.text()).replace(/<style nonce="[\w-]+">[^]*?<\/style>/, '');
    expect(await strange(page, text), address).toEqual([]);
    return { status: answer.status, values: (selector: string) => read(page, text, selector) };
  };
  for (const { customer, name, text } of await all(house, word)) {
    const record = await get(`/customers/${customer.id}`);
    expect(await record.values('h1')).toEqual([name]);
    expect((await record.values('dd')).map(tidy)).toContain(text);
    const edit = await get(`/customers/${customer.id}/edit`);
    expect(await edit.values('dialog h2')).toEqual([`Edit ${name}`]);
    expect(await edit.values('#field-name, #field-address')).toEqual([name, text]);
    expect(await (await get(`/customers/${customer.id}/delete`, { from: 'record' })).values('dialog h2')).toEqual([`Delete ${name}?`]);
    const list = await get('/customers', { q: text, [text]: text });
    expect(list.status).toBe(200);
    expect(await list.values('input[type=search]')).toEqual([text]);
    expect((await list.values('[role=note]')).join()).toContain(text.slice(0, 20));
    const door = await get('/sign-in', { next: text }, null);
    expect(await door.values('form.editor input[name=next]')).toEqual([text]);
  }
});
