import type { Page } from '@playwright/test';
import type { TestApp } from '../support/app.ts';
import { createCustomer, type Customer } from '../support/customers.ts';
import { Form } from '../support/form.ts';
import { createLead, type Lead } from '../support/leads.ts';
import { List } from '../support/list.ts';
import { PAYLOADS, asStored } from '../support/payloads.ts';
import { expect, open, SCRIPT_MODES, statusMessage, test } from '../support/test.ts';
import { unique } from '../support/unique.ts';
import { createUser, fetchAs, oneTimeLink, postForm, useSession, userCommand } from '../support/users.ts';

// Each test tries all of the texts.
test.describe.configure({ timeout: 90_000 });

let ran = false;

/** Notes when a text runs as a script, which fails the test; what the Content-Security-Policy has stopped fails it as well. */
async function watchForScripts(page: Page): Promise<void> {
  await page.exposeFunction('__xss', () => {
    ran = true;
  });
  page.on('dialog', () => {
    ran = true;
  });
}
test.beforeEach(() => {
  ran = false;
});
test.afterEach(() => expect(ran, 'a text has run').toBe(false));

/** Elements and attributes that no page of the program has; in the page, or in a response that is parsed and not run. */
const foreignMarkup = (page: Page, response?: string) =>
  page.evaluate((response) => {
    const shown = response === undefined ? document : new DOMParser().parseFromString(response, 'text/html');
    const names = 'img, iframe, object, embed, video, math, base, template, noscript, animate, #xss, meta[http-equiv=refresh]';
    const elements = [...shown.querySelectorAll(names)].map((element) => element.outerHTML.slice(0, 80));
    const attributes = [...shown.querySelectorAll('*')].flatMap((element) => [...element.attributes]).map(({ name }) => name);
    return [...elements, ...attributes.filter((name) => name.startsWith('on'))];
  }, response);

/** The texts of some elements of a response, and the values of its inputs. */
const textsIn = (page: Page, response: string, selector: string) =>
  page.evaluate(
    ([response, selector]) => {
      const shown = new DOMParser().parseFromString(response, 'text/html');
      return [...shown.querySelectorAll<HTMLInputElement>(selector)].map((element) => element.getAttribute('value') ?? element.textContent ?? '');
    },
    [response, selector],
  );

/** A response without the page's own styles: their nonce is not that of the page in which the response is parsed. */
const withoutStyles = (response: string) => response.replace(/<style nonce="[\w-]+">[^]*?<\/style>/g, '');

/** White space as the program stores it. */

interface HostileCustomer {
  customer: Customer;
  name: string;
  text: string;
}

/** Creates a customer for each text, with the text in every field that takes any. */
async function createHostileCustomers(app: TestApp, word: string): Promise<HostileCustomer[]> {
  const customers: HostileCustomer[] = [];
  for (const [index, payload] of PAYLOADS.entries()) {
    const text = asStored(payload);
    const name = asStored(`${String(index).padStart(2, '0')} ${word} ${payload}`);
    const customer = await createCustomer(app, {
      name, email: `xss${index}.${word}@example.in`, address: text, city: text.slice(0, 80), status: 'Cancelled', cancelled_on: '2026-10-31', cancel_reason: text,
    });
    expect(customer.name).toBe(name);
    customers.push({ customer, name, text });
  }
  return customers;
}

interface HostileLead {
  lead: Lead;
  name: string;
  text: string;
}

/** Creates a lead for each text, with the text in every field that takes any; the Admin owns them, and they are due today. */
async function createHostileLeads(app: TestApp, word: string): Promise<HostileLead[]> {
  const leads: HostileLead[] = [];
  const [{ today }] = (await app.db.query<{ today: string }>("SELECT (now() AT TIME ZONE 'Asia/Kolkata')::date::text AS today")).rows;
  for (const [index, payload] of PAYLOADS.entries()) {
    const text = asStored(payload);
    const name = asStored(`${String(index).padStart(2, '0')} ${word} ${payload}`);
    const lead = await createLead(app.url, {
      name, email: `xss${index}.${word}@example.in`, address: text, city: text.slice(0, 80), next_step: text, next_step_on: today, notes: text, owner: app.users.Admin.id,
    });
    expect(lead.name).toBe(name);
    leads.push({ lead, name, text });
  }
  return leads;
}

for (const [mode, javaScriptEnabled] of SCRIPT_MODES) {
  test.describe(mode, () => {
    test.use({ javaScriptEnabled });

    test('hostile text is shown as text in the list and the deleted customers', async ({ page, app, visit }) => {
      await watchForScripts(page);
      const word = unique();
      const customers = await createHostileCustomers(app, word);
      await visit(page, `/customers?q=${word}&size=50`);
      const list = new List(page);
      const menu = await list.menu('Columns');
      for (const name of ['Address', 'City', 'Reason for cancelling']) await menu.getByRole('checkbox', { name, exact: true }).check();
      if (!javaScriptEnabled) await page.getByRole('button', { name: 'Show these columns' }).click();
      await expect(list.table.getByRole('columnheader', { name: 'Reason for cancelling' })).toBeVisible();
      await expect(list.rows.locator('th a')).toHaveText(customers.map(({ name }) => name));
      for (const label of ['Address', 'Reason for cancelling']) await expect(list.rows.locator(`td[data-label="${label}"]`)).toHaveText(customers.map(({ text }) => text));
      await expect(list.rows.locator('td[data-label="City"]')).toHaveText(customers.map(({ text }) => text.slice(0, 80).trim()));
      expect(await foreignMarkup(page)).toEqual([]);
      for (const { customer } of customers) await postForm(`${app.url}/customers/${customer.id}/delete`, {});
      await visit(page, '/customers/deleted');
      const rows = page.getByRole('table', { name: 'Deleted customers' }).locator('tbody .name');
      expect((await rows.allInnerTexts()).slice(0, customers.length).map(asStored)).toEqual(customers.map(({ name }) => name).reverse());
      expect(await foreignMarkup(page)).toEqual([]);
    });

    test("hostile text is shown as text in the leads' list, facets, board and My day", async ({ page, app, visit }) => {
      await watchForScripts(page);
      const word = unique();
      const leads = await createHostileLeads(app, word);
      const names = leads.map(({ name }) => name);
      await visit(page, `/leads?q=${word}&size=50`);
      const list = new List(page, 'lead');
      await expect(list.rows.locator('th a')).toHaveText(names);
      await expect(list.rows.locator('td[data-label="Next step"]')).toHaveText(leads.map(({ text }) => text));
      const cities = await list.menu('City');
      await expect(cities.getByRole('checkbox', { name: leads[0].text.slice(0, 80) })).not.toHaveCount(0);
      expect(await foreignMarkup(page)).toEqual([]);
      // The board shows thirty at first, the newest on top.
      for (const [address, shown] of [[`/leads/board?q=${word}`, names.slice(-30)], ['/my-day', names]] as const) {
        await visit(page, address);
        for (const name of shown) await expect(page.getByRole('link', { name, exact: true })).toHaveCount(1);
        expect(await foreignMarkup(page), address).toEqual([]);
      }
    });

    test('hostile text returns from a form as text, whatever its errors', async ({ page, visit, browserErrors }) => {
      browserErrors.allow(/status of 422/);
      await watchForScripts(page);
      const form = new Form(page);
      await visit(page, '/customers/new');
      for (const part of [PAYLOADS.slice(0, 11), PAYLOADS.slice(11, 22), PAYLOADS.slice(22)]) {
        const typed: Record<string, string> = {};
        for (const [index, name] of ['name', 'email', 'phone', 'address', 'city', 'pin_code', 'gstin', 'referred_by'].entries()) {
          typed[name] = part[index % part.length];
        }
        await form.fill(typed);
        await form.save.click();
        await expect(form.summary).toBeVisible();
        await form.holds(typed);
        expect(await foreignMarkup(page)).toEqual([]);
      }
    });

    test('hostile names of users are shown as text in the table, dialogs, messages, links and the account', async ({
      page, newPage, app, visit, browserErrors,
    }) => {
      browserErrors.allow(/status of 422/);
      await watchForScripts(page);
      const word = unique();
      const names = PAYLOADS.map((payload, index) => asStored(`${String(index).padStart(2, '0')} ${word} ${payload}`));
      for (const [index, name] of names.entries()) {
        const created = await postForm(`${app.url}/settings/users/new`, { name, email: `xss${index}.${word}@lastmile.example`, role: 'Staff' });
        expect(created.status, name).toBe(200);
        const response = await created.text();
        expect(await textsIn(page, response, 'dialog h2')).toEqual([`Sign-in link for ${name}`]);
        expect(await foreignMarkup(page, response), name).toEqual([]);
        // Typed, and returned with errors.
        const refused = await postForm(`${app.url}/settings/users/new`, { name, email: name, role: name });
        expect(refused.status, name).toBe(422);
        const form = await refused.text();
        expect(await textsIn(page, form, '#input-name, #input-email')).toEqual([name, name]);
        expect(await foreignMarkup(page, form), name).toEqual([]);
      }
      await visit(page, '/settings/users');
      await expect(page.locator('tbody .name').filter({ hasText: word })).toHaveText(names);
      for (const name of names) await expect(page.getByRole('link', { name: `Change role: ${name}`, exact: true })).toHaveCount(1);
      expect(await foreignMarkup(page)).toEqual([]);
      for (const name of [names[2], names[15], names[22]]) {
        await page.getByRole('link', { name: `Disable: ${name}`, exact: true }).click();
        await expect(page.getByRole('dialog').getByRole('heading', { level: 2 })).toHaveText(`Disable ${name}?`);
        expect(await foreignMarkup(page), name).toEqual([]);
        await page.getByRole('button', { name: 'Disable', exact: true }).click();
        await expect(statusMessage(page, `${name} disabled and signed out everywhere`)).toBeVisible();
        expect(await foreignMarkup(page), name).toEqual([]);
        await visit(page, '/settings/users/new');
        await page.getByLabel('Name', { exact: true }).fill(name);
        await page.getByLabel('Email', { exact: true }).fill(name);
        await page.getByRole('button', { name: 'Invite' }).click();
        await expect(page.locator('#input-email-error')).toBeVisible();
        await expect(page.getByLabel('Email', { exact: true })).toHaveValue(name);
        expect(await foreignMarkup(page), name).toEqual([]);
        await visit(page, '/settings/users');
      }
      const ownName = asStored(`${PAYLOADS[22]} ${PAYLOADS[2]} ${word}`);
      const user = await createUser(app, 'Staff', { name: ownName });
      await useSession(page.context(), user);
      await visit(page, '/account');
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(ownName);
      await expect(page.getByRole('link', { name: `Your account: ${ownName}, Staff` })).toBeVisible();
      expect(await foreignMarkup(page)).toEqual([]);
      const linkPage = await newPage('nobody');
      await watchForScripts(linkPage);
      await visit(linkPage, oneTimeLink(await userCommand(app, 'reset', user.email), app.url));
      await expect(linkPage.getByRole('main')).toContainText(ownName);
      expect(await foreignMarkup(linkPage)).toEqual([]);
    });
  });
}

test('hostile text is shown as text on records, in dialogs and in messages, as the browser renders them', async ({ page, app }) => {
  await watchForScripts(page);
  const word = unique();
  const form = new Form(page);
  const customers = await createHostileCustomers(app, word);
  await open(page, `/customers?q=${word}&size=50`);
  for (const { name, text } of customers) {
    await page.getByRole('link', { name, exact: true }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
    await expect(page).toHaveTitle(new RegExp(word));
    for (const label of ['Address', 'Reason for cancelling']) {
      await expect(page.locator('dt').filter({ hasText: new RegExp(`^${label}$`) }).locator('xpath=following-sibling::dd[1]')).toHaveText(text);
    }
    await page.getByRole('link', { name: `Edit ${name}`, exact: true }).click();
    await form.holds({ name, address: text });
    await expect(form.dialog.getByRole('heading', { level: 2 })).toHaveText(`Edit ${name}`);
    expect(await foreignMarkup(page), text).toEqual([]);
    await form.dialog.getByRole('link', { name: 'Cancel' }).click();
    await page.getByRole('link', { name: `Delete ${name}`, exact: true }).click();
    await expect(page.getByRole('dialog').getByRole('heading', { level: 2 })).toHaveText(`Delete ${name}?`);
    await page.getByRole('button', { name: 'Delete customer' }).click();
    await expect(statusMessage(page, `Customer ${name} deleted`)).toBeVisible();
    expect(await foreignMarkup(page), text).toEqual([]);
  }
});

test('hostile text is text in what the server renders: records, dialogs, searches, invalid addresses, sign-in', async ({ page, app }) => {
  await page.goto('/customers');
  const word = unique();
  const get = async (address: string, query: Record<string, string> = {}, user?: null) => {
    const response = await fetchAs(`${app.url}${address}?${new URLSearchParams(query)}`, {}, user);
    const text = withoutStyles(await response.text());
    expect(await foreignMarkup(page, text), address).toEqual([]);
    return { status: response.status, values: (selector: string) => textsIn(page, text, selector) };
  };
  for (const { customer, name, text } of await createHostileCustomers(app, word)) {
    const record = await get(`/customers/${customer.id}`);
    expect(await record.values('h1')).toEqual([name]);
    expect((await record.values('dd')).map(asStored)).toContain(text);
    const edit = await get(`/customers/${customer.id}/edit`);
    expect(await edit.values('dialog h2')).toEqual([`Edit ${name}`]);
    expect(await edit.values('#field-name, #field-address')).toEqual([name, text]);
    expect(await (await get(`/customers/${customer.id}/delete`, { from: 'record' })).values('dialog h2')).toEqual([`Delete ${name}?`]);
    const list = await get('/customers', { q: text, [text]: text });
    expect(list.status).toBe(200);
    expect(await list.values('input[type=search]')).toEqual([text]);
    expect((await list.values('[role=note]')).join()).toContain(text.slice(0, 20));
    const signInPage = await get('/sign-in', { next: text }, null);
    expect(await signInPage.values('form.editor input[name=next]')).toEqual([text]);
  }
});

test("hostile text is text in a lead's record and dialogs", async ({ page, app }) => {
  await page.goto('/leads');
  const get = async (address: string) => {
    const text = withoutStyles(await (await fetchAs(app.url + address)).text());
    expect(await foreignMarkup(page, text), address).toEqual([]);
    return text;
  };
  for (const { lead, name, text } of await createHostileLeads(app, unique())) {
    for (const dialog of ['edit', 'delete', 'convert']) await get(`/leads/${lead.id}/${dialog}?from=record`);
    const record = await get(`/leads/${lead.id}`);
    expect(await textsIn(page, record, 'h1')).toEqual([name]);
    expect((await textsIn(page, record, 'dd')).map(asStored)).toContain(text);
  }
});
