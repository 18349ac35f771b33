import type { Page } from '@playwright/test';
import type { TestApp } from '../support/app.ts';
import { Form } from '../support/form.ts';
import { leadFields } from '../support/leads.ts';
import { List } from '../support/list.ts';
import { editRecord, formBody, recordIds, saveRecord, setDeleted } from '../support/records.ts';
import { expect, open, SCRIPT_MODES, statusMessage, test } from '../support/test.ts';
import { unique, uuid } from '../support/unique.ts';
import { fetchAs, postForm } from '../support/users.ts';

const FORBIDDEN = "You don't have permission to ";

const mainLink = (page: Page, name: string) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true });
const leadMessage = (page: Page) => statusMessage(page, 'Lead');
const conflictOf = (form: Form) => form.dialog.getByRole('group', { name: /^Which .* do you want/ });

/** A column of a lead in the database, dates as text. */
async function stored(app: TestApp, id: string, column: string): Promise<unknown> {
  const found = await app.db.query<{ value: unknown }>(`SELECT to_json(${column}) AS value FROM leads WHERE id = $1`, [id]);
  return found.rows[0].value;
}

for (const [mode, javaScriptEnabled] of SCRIPT_MODES) {
  test.describe(`Sales, ${mode}`, () => {
    test.use({ role: 'Sales', javaScriptEnabled });

    /** Presses the button that does without script what a tick does with it. */
    const apply = async (page: Page, button: string) => {
      if (!javaScriptEnabled) await page.getByRole('button', { name: button }).click();
    };

    test('a name and a phone number are enough for a new lead', async ({ page, app, visit }) => {
      const word = unique();
      await visit(page, '/customers');
      await mainLink(page, 'Leads').click();
      await expect(page.getByRole('heading', { level: 1, name: 'Leads' })).toBeVisible();
      await page.getByRole('link', { name: 'New lead' }).click();
      const form = new Form(page, 'lead');
      await expect(form.dialog.getByRole('heading', { name: 'New lead' })).toBeVisible();
      await form.fill({ name: `Walk-in ${word}`, phone: '98450 12345' });
      await form.save.click();
      await expect(leadMessage(page)).toHaveText(new RegExp(`Lead Walk-in ${word} created: LD-\\d{7}`));
      await expect(form.dialog).toHaveCount(0);
      const [id] = await recordIds(app.db, 'lead', 'AND name = $1', [`Walk-in ${word}`]);
      expect(await stored(app, id, 'phone')).toBe('+919845012345');
      expect(await stored(app, id, 'stage')).toBe('New');
      expect(await stored(app, id, 'email')).toBeNull();
      // Who takes the call works the lead.
      expect(await stored(app, id, 'owner')).toBe(app.users.Sales.id);
      // It is found by its name and by its phone number.
      const list = new List(page, 'lead');
      await list.type(word);
      await list.search.press('Enter');
      await list.shows([id]);
      await page.getByRole('link', { name: `Walk-in ${word}`, exact: true }).click();
      await expect(page.getByRole('heading', { level: 1, name: `Walk-in ${word}` })).toBeVisible();
      await expect(page.getByRole('definition').filter({ hasText: '+91 98450 12345' })).toBeVisible();
      await expect(page.getByRole('region', { name: 'History' })).toContainText(app.users.Sales.name);
    });

    test('without a phone number and an email it is not saved, and what was typed stays', async ({ page, visit, browserErrors }) => {
      if (!javaScriptEnabled) browserErrors.allow(/status of 422/);
      await visit(page, '/leads/new');
      const form = new Form(page, 'lead');
      const typed = {
        name: `Nameless ${unique()}`, city: 'Kochi', source: 'Campaign', plan: 'Wireless', speed: '200', expected_value: '899.50', next_step: 'Call back "soon"',
        next_step_on: '2027-01-05', notes: 'First line\nand </textarea><b>another</b>',
      };
      await form.fill(typed);
      await form.save.click();
      await expect(form.error('phone')).toContainText('Enter a phone number or an email.');
      await expect(form.summary.getByRole('link')).toHaveText([/^Phone: Enter a phone number or an email/]);
      await form.holds(typed);
      await form.fill({ email: `${unique()}@example.in` });
      await form.save.click();
      await expect(leadMessage(page)).toContainText(`Lead ${typed.name} created`);
    });

    test('every field is saved, shown and comes back into the form', async ({ page, app, createCustomer, visit }) => {
      const referrer = await createCustomer();
      await visit(page, '/leads/new');
      const form = new Form(page, 'lead');
      const typed = leadFields({
        name: `Every ${unique()}`, state: 'Goa', source: 'Referral', referred_by: referrer.account, stage: 'Proposal', owner: app.users.Sales.id,
        next_step: 'Send the offer', next_step_on: '2027-02-01', notes: 'Two lines:\nsecond <b>', expected_value: '1499.5',
      });
      await form.fill(typed);
      await form.save.click();
      await expect(leadMessage(page)).toContainText('created');
      const [id] = await recordIds(app.db, 'lead', 'AND name = $1', [typed.name]);
      await visit(page, `/leads/${id}`);
      const definition = (text: string) => page.getByRole('definition').filter({ hasText: text }).first();
      for (const text of ['Referral', 'Proposal', app.users.Sales.name, 'Send the offer', '1 Feb 2027', '₹1,499.50', 'second <b>', 'Goa']) {
        await expect(definition(text), text).toBeVisible();
      }
      await expect(page.getByRole('main').getByRole('link', { name: referrer.name })).toBeVisible();
      await page.getByRole('link', { name: `Edit ${typed.name}` }).click();
      await form.holds({ ...typed, phone: '+91 98450 12345' });
      // An edit of one field changes that field alone.
      await form.fill({ city: 'Panaji' });
      await form.save.click();
      await expect(leadMessage(page)).toContainText('saved');
      await expect(definition('Panaji')).toBeVisible();
      await expect(page.getByRole('region', { name: 'History' })).toContainText('changed city from Bengaluru to Panaji');
      expect(await stored(app, id, 'notes')).toBe('Two lines:\nsecond <b>');
    });

    test('Lost asks for the reason', async ({ page, app, createLead, visit, browserErrors }) => {
      if (!javaScriptEnabled) browserErrors.allow(/status of 422/);
      const lead = await createLead({ stage: 'Proposal' });
      await visit(page, `/leads/${lead.id}/edit`);
      const form = new Form(page, 'lead');
      await expect(form.field('lost_reason')).toBeHidden();
      await form.fill({ stage: 'Lost' });
      await expect(form.field('lost_reason')).toBeVisible();
      await form.save.click();
      await expect(form.error('lost_reason')).toContainText('Enter why it was lost');
      await form.holds({ stage: 'Lost' });
      await form.fill({ lost_reason: 'Chose another provider' });
      await form.save.click();
      await expect(leadMessage(page)).toContainText(`Lead ${lead.name} saved`);
      expect(await stored(app, lead.id, 'lost_reason')).toBe('Chose another provider');
      await visit(page, `/leads/${lead.id}`);
      await expect(page.getByRole('definition').filter({ hasText: 'Chose another provider' })).toBeVisible();
    });

    test('search and filter by stage and owner, each value with its count', async ({ page, app, createLead, visit }) => {
      const word = unique();
      const owner = app.users.Sales;
      const first = await createLead({ name: `A ${word}`, stage: 'New', owner: owner.id });
      const second = await createLead({ name: `B ${word}`, stage: 'Lost', lost_reason: 'Too dear', owner: owner.id });
      const third = await createLead({ name: `C ${word}`, stage: 'New' });
      await visit(page, '/leads');
      const list = new List(page, 'lead');
      await list.type(word);
      await list.search.press('Enter');
      await list.shows([first.id, second.id, third.id]);
      const counts = async (filter: string, expected: Record<string, number>) => {
        const menu = await list.menu(filter);
        for (const [value, count] of Object.entries(expected)) {
          await expect(menu.locator('label', { hasText: value })).toHaveText(new RegExp(`^\\s*${value}\\s*${count}\\s*$`));
        }
        await page.keyboard.press('Escape');
      };
      await counts('Stage', { New: 2, Contacted: 0, Lost: 1 });
      await counts('Owner', { [owner.name]: 2, Nobody: 1 });
      await list.choose('Owner', owner.name);
      await apply(page, 'Apply filters');
      await list.shows([first.id, second.id]);
      await expect(page.getByRole('link', { name: `Remove Owner: ${owner.name}` })).toBeVisible();
      await counts('Stage', { New: 1, Lost: 1 });
      await list.choose('Stage', 'Lost');
      await apply(page, 'Apply filters');
      await list.shows([second.id]);
      await expect(list.range).toHaveText('1–1 of 1');
      await page.getByRole('link', { name: `Remove Owner: ${owner.name}` }).click();
      await page.getByRole('link', { name: 'Remove Stage: Lost' }).click();
      await list.shows([first.id, second.id, third.id]);
      await list.choose('Owner', 'Nobody');
      await apply(page, 'Apply filters');
      await list.shows([third.id]);
    });

    test('sort, go to the next page, choose columns; a shared link shows the same', async ({ page, newPage, app, visit }) => {
      await visit(page, '/leads');
      const list = new List(page, 'lead');
      await list.shows(await recordIds(app.db, 'lead', 'ORDER BY name_key, id LIMIT 25'));
      const value = list.header('Expected value');
      // Money begins with the highest.
      await value.getByRole('link').click();
      await expect(value).toHaveAttribute('aria-sort', 'descending');
      const order = 'ORDER BY expected_value_paise DESC, id DESC';
      await list.shows(await recordIds(app.db, 'lead', `${order} LIMIT 25`));
      await list.goTo('Next');
      const second = await recordIds(app.db, 'lead', `${order} LIMIT 25 OFFSET 25`);
      await list.shows(second);
      await expect(list.range).toContainText('26–50 of');

      const menu = await list.menu('Columns');
      await menu.getByRole('checkbox', { name: 'Phone', exact: true }).check();
      await menu.getByRole('checkbox', { name: 'Owner', exact: true }).uncheck();
      await apply(page, 'Show these columns');
      const header = (name: string) => list.table.getByRole('columnheader', { name, exact: true });
      await expect(header('Phone')).toBeVisible();
      await expect(header('Owner')).toHaveCount(0);
      await visit(page, page.url());
      await list.shows(second);
      await expect(header('Phone')).toBeVisible();

      // Rows and order are in the address; columns are each user's own.
      const colleague = await newPage('Admin');
      await visit(colleague, page.url());
      const shared = new List(colleague, 'lead');
      await shared.shows(second);
      await expect(shared.table.getByRole('columnheader', { name: 'Owner' })).toBeVisible();
      await expect(shared.table.getByRole('columnheader', { name: 'Phone' })).toHaveCount(0);
    });

    test('a search that finds nothing says so, and leads back to all', async ({ page, visit }) => {
      await visit(page, `/leads?q=${unique()}&stage=Won`);
      await expect(page.getByRole('heading', { name: 'No leads match' })).toBeVisible();
      await page.getByRole('link', { name: 'Clear search and filters' }).click();
      await expect(new List(page, 'lead').rows).toHaveCount(25);
    });

    test('delete, undo, delete again, restore from the deleted leads', async ({ page, app, createLead, visit }) => {
      const lead = await createLead({ expected_value: '999', next_step: 'Visit', next_step_on: '2027-01-01' });
      await visit(page, `/leads?q=${lead.email}`);
      const list = new List(page, 'lead');
      const remove = async () => {
        await page.getByRole('link', { name: `Delete ${lead.name}` }).click();
        const dialog = page.getByRole('dialog');
        await expect(dialog).toContainText(`Delete ${lead.name}?`);
        for (const text of [lead.number, '₹999', 'Visit']) await expect(dialog).toContainText(text);
        await dialog.getByRole('button', { name: 'Delete lead' }).click();
        await expect(leadMessage(page)).toContainText(`Lead ${lead.name} deleted`);
        await expect(page.getByRole('heading', { name: 'No leads match' })).toBeVisible();
      };
      await remove();
      await page.getByRole('button', { name: 'Undo' }).click();
      await expect(leadMessage(page)).toContainText(`Lead ${lead.name} restored`);
      await visit(page, `/leads?q=${lead.email}`);
      await list.shows([lead.id]);
      await remove();
      await mainLink(page, 'Deleted leads').click();
      const row = page.getByRole('table', { name: 'Deleted leads' }).getByRole('row', { name: new RegExp(lead.name) });
      await expect(row).toContainText(lead.number);
      await row.getByRole('button', { name: `Restore ${lead.name}` }).click();
      await expect(leadMessage(page)).toContainText(`Lead ${lead.name} restored`);
      await expect(row).toHaveCount(0);
      expect(await stored(app, lead.id, 'deleted_at')).toBeNull();
      await visit(page, `/leads/${lead.id}`);
      for (const word of ['created', 'deleted', 'restored']) await expect(page.getByRole('region', { name: 'History' })).toContainText(word);
    });

    test('two people edit a lead: different fields are merged, the same field is a conflict', async ({ page, app, createLead, visit, browserErrors }) => {
      if (!javaScriptEnabled) browserErrors.allow(/status of 409/);
      const lead = await createLead({ city: 'Bengaluru', stage: 'New', notes: 'Called' });
      await visit(page, `/leads/${lead.id}/edit?q=${lead.email}`);
      const form = new Form(page, 'lead');
      await form.fill({ stage: 'Contacted', next_step: 'Mine' });
      await editRecord(app.url, 'lead', lead.id, { stage: 'Qualified', owner: app.users.Admin.id, city: 'Mysuru' });
      await form.save.click();
      await expect(conflictOf(form)).toHaveCount(1);
      await expect(conflictOf(form)).toContainText('Yours: Contacted');
      await expect(conflictOf(form)).toContainText('Theirs: Qualified');
      await form.holds({ stage: 'Contacted', next_step: 'Mine', city: 'Mysuru', notes: 'Called' });
      await conflictOf(form).getByRole('radio', { name: /Theirs/ }).check();
      await form.save.click();
      await expect(leadMessage(page)).toContainText(`Lead ${lead.name} saved`);
      const expected = { stage: 'Qualified', next_step: 'Mine', city: 'Mysuru', owner: app.users.Admin.id, version: 3 };
      for (const [column, value] of Object.entries(expected)) expect(await stored(app, lead.id, column), column).toBe(value);
    });

    test('a conflict about the owner names both people', async ({ page, app, createLead, visit, browserErrors }) => {
      if (!javaScriptEnabled) browserErrors.allow(/status of 409/);
      const lead = await createLead();
      await visit(page, `/leads/${lead.id}/edit`);
      const form = new Form(page, 'lead');
      await form.fill({ owner: app.users.Sales.id });
      await editRecord(app.url, 'lead', lead.id, { owner: app.users.Admin.id });
      await form.save.click();
      await expect(conflictOf(form)).toContainText(`Yours: ${app.users.Sales.name}`);
      await expect(conflictOf(form)).toContainText(`Theirs: ${app.users.Admin.name}`);
      await conflictOf(form).getByRole('radio', { name: /Yours/ }).check();
      await form.save.click();
      await expect(leadMessage(page)).toContainText('saved');
      expect(await stored(app, lead.id, 'owner')).toBe(app.users.Sales.id);
    });

    test('a lead that does not exist any more is a 404 page that leads to the deleted leads', async ({ page, app, createLead, visit, browserErrors }) => {
      browserErrors.allow(/status of 404/);
      const lead = await createLead();
      await setDeleted(app.db, 'lead', lead.id, true);
      for (const address of [`/leads/${lead.id}`, `/leads/${uuid()}`]) {
        expect((await visit(page, address)).status()).toBe(404);
        await expect(page.getByRole('main').getByRole('link', { name: 'All leads' })).toBeVisible();
      }
      await page.getByRole('main').getByRole('link', { name: 'Deleted leads' }).click();
      await expect(page.getByRole('button', { name: `Restore ${lead.name}` })).toBeVisible();
    });
  });

  test.describe(`Staff, ${mode}`, () => {
    test.use({ role: 'Staff', javaScriptEnabled });

    test('sees nothing of leads, and every page of them is a 403', async ({ page, createLead, visit, browserErrors }) => {
      browserErrors.allow(/status of 403/);
      const lead = await createLead();
      await visit(page, '/customers');
      await expect(mainLink(page, 'Customers')).toBeVisible();
      for (const name of ['Leads', 'Deleted leads']) await expect(mainLink(page, name)).toHaveCount(0);
      for (const address of ['/leads', `/leads/${lead.id}`, '/leads/deleted']) {
        expect((await visit(page, address)).status(), address).toBe(403);
        await expect(page.getByRole('main').getByRole('alert'), address).toContainText(FORBIDDEN);
        await expect(page.getByText(lead.name)).toHaveCount(0);
      }
      for (const address of ['/leads/new', `/leads/${lead.id}/edit`, `/leads/${lead.id}/delete`]) {
        expect((await visit(page, address)).status(), address).toBe(403);
        await expect(page.getByRole('dialog', { name: 'No permission' }), address).toContainText(FORBIDDEN);
        await expect(page.getByText(lead.name)).toHaveCount(0);
      }
    });
  });
}

test('two people with the form open: the second sees the conflict in the focused summary', async ({ page, newPage, app, createLead }) => {
  const lead = await createLead({ city: 'Bengaluru' });
  const other = await newPage('Sales');
  const [mine, theirs] = [new Form(page, 'lead'), new Form(other, 'lead')];
  for (const each of [page, other]) await open(each, `/leads/${lead.id}/edit`);
  await theirs.fill({ city: 'Mysuru' });
  await theirs.save.click();
  await expect(leadMessage(other)).toContainText('saved');
  await mine.fill({ city: 'Hubballi' });
  await mine.save.click();
  await expect(mine.summary).toBeFocused();
  await expect(mine.summary).toContainText('saved changes while you were editing');
  await mine.save.click();
  await expect(mine.error('city')).toContainText('Choose');
  await conflictOf(mine).getByRole('radio', { name: /Yours/ }).check();
  await mine.save.click();
  await expect(leadMessage(page)).toContainText('saved');
  expect(await stored(app, lead.id, 'city')).toBe('Hubballi');
});

test('Staff: functions and forms of leads are a 403 and change nothing', async ({ app, createLead }) => {
  const lead = await createLead();
  const { Staff } = app.users;
  const id = `id=${lead.id}`;
  const before = await app.db.query('SELECT * FROM leads WHERE id = $1', [lead.id]);
  for (const name of ['list?address=', 'counts?address=', `record?${id}`, `timeline?${id}`, 'form', 'choices', `deletion?${id}`, 'deleted']) {
    const response = await fetchAs(`${app.url}/api/leads/${name}`, {}, Staff);
    expect(response.status, name).toBe(403);
    expect(await response.json(), name).toEqual({ Forbidden: 'WorkLeads' });
  }
  const typed = leadFields();
  expect((await saveRecord(app.url, 'lead', formBody({ id: uuid(), ...typed }), Staff)).status).toBe(403);
  const forms = { '/leads/new': { id: uuid(), ...typed }, [`/leads/${lead.id}/delete`]: {}, [`/leads/${lead.id}/restore`]: {} };
  for (const [address, form] of Object.entries(forms)) {
    expect((await postForm(app.url + address, form as Record<string, string>, Staff)).status, address).toBe(403);
  }
  expect(await recordIds(app.db, 'lead', 'AND name = $1', [typed.name])).toEqual([]);
  expect((await app.db.query('SELECT * FROM leads WHERE id = $1', [lead.id])).rows).toEqual(before.rows);
});
