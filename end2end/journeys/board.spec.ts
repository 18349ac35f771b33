import { Board, createLeads } from '../support/board.ts';
import { Form } from '../support/form.ts';
import { List } from '../support/list.ts';
import { editRecord, setDeleted } from '../support/records.ts';
import { expect, open, reload, SCRIPT_MODES, statusMessage, test } from '../support/test.ts';
import { fetchAs } from '../support/users.ts';

test.use({ role: 'Sales' });

for (const [mode, javaScriptEnabled] of SCRIPT_MODES) {
  test.describe(`the board, ${mode}`, () => {
    test.use({ javaScriptEnabled });

    test('columns with counts and sums, cards with what is next', async ({ page, app, visit }) => {
      const { word, leads } = await createLeads(app.url, 2, { next_step: 'Call again', next_step_on: '2026-01-05', owner: app.users.Sales.id });
      await editRecord(app.url, 'lead', leads[1].id, { stage: 'Proposal' });
      await visit(page, `/leads?q=${word}`);
      await page.getByRole('navigation', { name: 'View' }).getByRole('link', { name: 'Board' }).click();
      await expect(page).toHaveURL(`/leads/board?q=${word}`);
      const board = new Board(page);
      await board.shows('New', [leads[0].name]);
      await board.shows('Proposal', [leads[1].name]);
      await expect(board.column('New').locator('header')).toContainText('1');
      await expect(board.column('New').locator('header')).toContainText('₹799');
      await expect(board.column('Won')).toContainText('No leads');
      const card = board.card(leads[0].name);
      for (const text of ['Fiber', '100 Mbps', '₹799', 'Call again', '5 Jan 2026', app.users.Sales.name]) await expect(card).toContainText(text);
      await expect(card.locator('.due')).toContainText('ago');
      // The filters go with the switch, and can be taken off.
      await expect(page.getByRole('link', { name: `Remove Search: ${word}` })).toBeVisible();
      await page.getByRole('navigation', { name: 'View' }).getByRole('link', { name: 'List' }).click();
      await expect(page).toHaveURL(`/leads?q=${word}`);
      await visit(page, `/leads/board?q=${word}&stage=New&stage=Won`);
      await expect(board.region.locator('.column')).toHaveCount(2);
      await page.getByRole('link', { name: 'Remove Stage: Won' }).click();
      await expect(page).toHaveURL(`/leads/board?q=${word}&stage=New`);
      await expect(board.region.locator('.column')).toHaveCount(1);
    });

    test('the menu of a card moves it up, down, to the top and to other columns', async ({ page, app, visit }) => {
      const { word, names } = await createLeads(app.url, 3);
      const [c, b, a] = names;
      const board = new Board(page);
      await visit(page, `/leads/board?q=${word}`);
      await board.shows('New', [c, b, a]);
      await board.choose(a, 'Move up');
      await board.shows('New', [c, a, b]);
      await board.choose(c, 'Move down');
      await board.shows('New', [a, c, b]);
      await board.choose(b, 'Move to the top');
      await board.shows('New', [b, a, c]);
      await board.choose(c, 'Move down');
      await board.shows('New', [b, a, c]);
      await board.choose(a, 'Move to Contacted');
      await board.shows('New', [b, c]);
      await board.shows('Contacted', [a]);
      await expect(board.column('Contacted').locator('header .count')).toHaveText('1');
      await board.settled();
      await visit(page, `/leads/board?q=${word}`);
      await board.shows('New', [b, c]);
      await board.shows('Contacted', [a]);
      const history = await app.db.query("SELECT field, after FROM history WHERE entity = 'lead' AND version > 1 AND entity_id = (SELECT id FROM leads WHERE name = $1)", [a]);
      expect(history.rows).toEqual([{ field: 'stage', after: 'Contacted' }]);
    });

    test('a lead that is won may become a customer next', async ({ page, app, visit }) => {
      const { word, names, leads } = await createLeads(app.url, 1);
      const board = new Board(page);
      await visit(page, `/leads/board?q=${word}`);
      await board.choose(names[0], 'Move to Won');
      await board.shows('Won', names);
      const next = page.getByRole('status').getByRole('link', { name: 'Convert to customer' });
      await expect(next).toHaveAttribute('href', `/leads/${leads[0].id}/convert?from=board`);
    });

    test('a card of a lead that became a customer says that it stays, and offers no other column', async ({ page, app, visit, createCustomer }) => {
      const { word, names, leads } = await createLeads(app.url, 2);
      const customer = await createCustomer();
      await app.db.query("UPDATE leads SET stage = 'Won' WHERE id = ANY($1)", [leads.map((lead) => lead.id)]);
      await app.db.query('UPDATE leads SET customer = $2 WHERE id = $1', [leads[0].id, customer.id]);
      const board = new Board(page);
      await visit(page, `/leads/board?q=${word}`);
      await board.shows('Won', names);
      const panel = (name: string) => board.card(name).locator('.panel');
      await board.card(leads[0].name).locator('summary').click();
      await expect(panel(leads[0].name)).toContainText('Became a customer, so it stays Won.');
      await expect(panel(leads[0].name).locator('.choice')).toHaveText(['Move up', 'Move down', 'Move to the top', 'Edit']);
      await board.card(leads[0].name).locator('summary').click();
      await board.card(leads[1].name).locator('summary').click();
      await expect(panel(leads[1].name)).not.toContainText('stays');
      await expect(panel(leads[1].name)).toContainText('Move to Proposal');
    });

    test('only an open lead is overdue', async ({ page, app, visit }) => {
      const { word, leads } = await createLeads(app.url, 2, { next_step: 'Call again', next_step_on: '2026-01-05' });
      await editRecord(app.url, 'lead', leads[1].id, { stage: 'Won' });
      await visit(page, `/leads/board?q=${word}`);
      const board = new Board(page);
      await expect(board.card(leads[0].name).locator('.due')).toHaveCount(1);
      await expect(board.card(leads[1].name)).toContainText('5 Jan 2026');
      await expect(board.card(leads[1].name).locator('.due')).toHaveCount(0);
      await visit(page, `/leads?q=${word}`);
      const list = new List(page, 'lead');
      await expect(list.row(leads[0].name).locator('.due')).toHaveCount(1);
      await expect(list.row(leads[1].name)).toContainText('5 Jan 2026');
      await expect(list.row(leads[1].name).locator('.due')).toHaveCount(0);
      for (const [at, count] of [1, 0].entries()) {
        await visit(page, `/leads/${leads[at].id}`);
        await expect(page.getByRole('region', { name: 'Progress' }).or(page.locator('.record'))).toContainText('5 Jan 2026');
        await expect(page.locator('.record .due')).toHaveCount(count);
      }
    });

    test('filters are chosen on the board, too', async ({ page, app, visit }) => {
      const { word, leads } = await createLeads(app.url, 2);
      await editRecord(app.url, 'lead', leads[1].id, { source: 'Partner', stage: 'Qualified' });
      const board = new Board(page);
      await visit(page, `/leads/board?q=${word}`);
      const list = new List(page, 'lead');
      const menu = await list.menu('Source');
      await expect(menu.locator('label', { hasText: 'Partner' })).toContainText('1');
      await list.choose('Source', 'Partner');
      if (!javaScriptEnabled) await page.getByRole('button', { name: 'Apply filters' }).click();
      await expect(page).toHaveURL(`/leads/board?q=${word}&source=Partner`);
      await board.shows('New', []);
      await board.shows('Qualified', [leads[1].name]);
      // The open menu stands over it.
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: 'Remove Source: Partner' }).click();
      await board.shows('New', [leads[0].name]);
    });

    test('a card leads to its record, and that back to the board, also after an edit', async ({ page, app, visit }) => {
      const { word, names } = await createLeads(app.url, 1);
      const current = page.getByRole('navigation', { name: 'Main' }).locator('[aria-current]');
      await visit(page, `/leads/board?q=${word}`);
      await expect(current).toHaveText(['Leads']);
      await new Board(page).card(names[0]).getByRole('link', { name: names[0] }).click();
      await expect(page.getByRole('heading', { level: 1, name: names[0] })).toBeVisible();
      await expect(current).toHaveText(['Leads']);
      await page.getByRole('link', { name: `Edit ${names[0]}` }).click();
      const form = new Form(page, 'lead');
      await form.fill({ next_step: 'Call again' });
      await form.save.click();
      await expect(statusMessage(page, 'Lead')).toContainText('saved');
      await page.getByRole('main').getByRole('link', { name: '← Leads' }).click();
      await expect(page).toHaveURL(`/leads/board?q=${word}`);
      await new Board(page).shows('New', names);
      // From the list it leads there.
      await visit(page, `/leads?q=${word}`);
      await page.getByRole('link', { name: names[0], exact: true }).click();
      await page.getByRole('main').getByRole('link', { name: '← Leads' }).click();
      await expect(page).toHaveURL(`/leads?q=${word}`);
    });

    test('Lost asks for the reason, and closes to the board', async ({ page, app, visit }) => {
      const { word, names } = await createLeads(app.url, 1);
      const board = new Board(page);
      await visit(page, `/leads/board?q=${word}`);
      await board.choose(names[0], 'Move to Lost…');
      const form = new Form(page, 'lead');
      await form.holds({ stage: 'Lost' });
      await form.fill({ lost_reason: 'Too dear' });
      await form.save.click();
      await expect(statusMessage(page, 'Lead')).toContainText('saved');
      await expect(page).toHaveURL(`/leads/board?q=${word}`);
      await board.shows('Lost', names);
    });

    test('a new lead is on top, and its dialog closes to the board', async ({ page, app, visit }) => {
      const { word, names } = await createLeads(app.url, 1);
      const board = new Board(page);
      await visit(page, `/leads/board?q=${word}`);
      await page.getByRole('link', { name: 'New lead' }).click();
      const form = new Form(page, 'lead');
      await form.fill({ name: `Z ${word}`, phone: '98450 12345' });
      await form.save.click();
      await expect(statusMessage(page, 'Lead')).toContainText('created');
      await expect(page).toHaveURL(`/leads/board?q=${word}`);
      await board.shows('New', [`Z ${word}`, ...names]);
    });

    test('what somebody else did meanwhile is said, and the board shows it', async ({ page, app, visit }) => {
      const { word, names, leads } = await createLeads(app.url, 2);
      const board = new Board(page);
      await visit(page, `/leads/board?q=${word}`);
      await board.shows('New', names);
      await editRecord(app.url, 'lead', leads[0].id, { stage: 'Qualified' });
      await board.choose(leads[0].name, 'Move to Contacted');
      await expect(page.getByRole('status').filter({ hasText: / has (already )?been / })).toContainText(`${leads[0].name} has already been moved to Qualified.`);
      await board.shows('Qualified', [leads[0].name]);
      await setDeleted(app.db, 'lead', leads[1].id, true);
      await board.choose(leads[1].name, 'Move to Won');
      await expect(page.getByRole('status').filter({ hasText: / has (already )?been / })).toContainText(`${leads[1].name} has been deleted.`);
      await expect(board.card(leads[1].name)).toHaveCount(0);
    });
  });
}

test.describe('the board without script', () => {
  test.use({ javaScriptEnabled: false });

  test('a long column leads to its list', async ({ page, app, visit }) => {
    const { word } = await createLeads(app.url, 32);
    const board = new Board(page);
    await visit(page, `/leads/board?q=${word}`);
    await expect(board.cards('New')).toHaveCount(30);
    await board.column('New').getByRole('link', { name: 'All in the list' }).click();
    await expect(page).toHaveURL(`/leads?q=${word}&stage=New`);
  });
});

test('the mouse drags a card within its column and to another, and it stays there', async ({ page, app }) => {
  const { word, names } = await createLeads(app.url, 3);
  const [c, b, a] = names;
  const board = new Board(page);
  await open(page, `/leads/board?q=${word}`);
  await board.drag(c, board.card(a), 'lower');
  await board.shows('New', [b, a, c]);
  await page.mouse.up();
  await board.shows('New', [b, a, c]);
  await board.settled();
  await board.drag(b, board.column('Qualified').locator('.cards'));
  await expect(board.card(b)).toHaveAttribute('data-held');
  await page.mouse.up();
  await board.shows('Qualified', [b]);
  await board.settled();
  await board.drag(a, board.card(b), 'upper');
  await page.mouse.up();
  await board.shows('Qualified', [a, b]);
  await board.settled();
  await expect(board.column('Qualified').locator('header .count')).toHaveText('2');
  // A drag is no click, and Escape takes it back.
  await expect(page).toHaveURL(`/leads/board?q=${word}`);
  await board.drag(c, board.card(b), 'lower');
  await page.keyboard.press('Escape');
  await page.mouse.up();
  await board.shows('New', [c]);
  await reload(page);
  await board.shows('New', [c]);
  await board.shows('Qualified', [a, b]);
});

test.describe('on a phone', () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } });

  test('a finger on the grip drags a card, and it stays there', async ({ page, app }) => {
    const { word, names } = await createLeads(app.url, 2);
    const [first, second] = names;
    const board = new Board(page);
    await open(page, `/leads/board?q=${word}`);
    await board.shows('New', names);
    const size = await board.grip(first).boundingBox();
    expect(size?.height).toBeGreaterThanOrEqual(44);
    expect(size?.width).toBeGreaterThanOrEqual(24);
    await board.dragByTouch(first, board.card(second));
    await board.shows('New', [second, first]);
    await board.settled();
    await reload(page);
    await board.shows('New', [second, first]);
  });
});

test('a card that is dragged to Lost waits for the reason', async ({ page, app }) => {
  const { word, names } = await createLeads(app.url, 1);
  const board = new Board(page);
  // All columns are in view.
  await page.setViewportSize({ width: 1800, height: 900 });
  await open(page, `/leads/board?q=${word}`);
  await board.drag(names[0], board.column('Lost').locator('.cards'));
  await page.mouse.up();
  const form = new Form(page, 'lead');
  await form.holds({ stage: 'Lost' });
  await expect(page.locator('[aria-live=assertive]')).toHaveText(`${names[0]} stays in New until you save the form.`);
  await page.keyboard.press('Escape');
  await expect(form.dialog).toHaveCount(0);
  await board.shows('New', names);
});

test('a card that stays is not said to be dropped elsewhere, and nothing is sent', async ({ page, app, createCustomer }) => {
  const { word, names, leads } = await createLeads(app.url, 1);
  const customer = await createCustomer();
  await app.db.query("UPDATE leads SET stage = 'Won', customer = $2 WHERE id = $1", [leads[0].id, customer.id]);
  const board = new Board(page);
  await open(page, `/leads/board?q=${word}`);
  await page.route('**/api/leads/move*', () => {
    throw new Error('it was sent');
  });
  const refused = page.getByRole('alert').or(page.getByRole('status')).filter({ hasText: `${names[0]} was not moved. Became a customer, so it stays Won.` });
  await board.drag(names[0], board.column('Proposal').locator('.cards'));
  await page.mouse.up();
  await expect(refused).toBeVisible();
  await board.shows('Won', names);
  await expect(page.locator('[aria-live=assertive]')).toHaveText('');
  await reload(page);
  await board.grip(names[0]).press('Space');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Space');
  await expect(refused).toBeVisible();
  await expect(page.locator('[aria-live=assertive]')).toHaveText('');
  await expect(board.grip(names[0])).toBeFocused();
});

test('on a narrow screen all of a card is seen that the keyboard moves to another column', async ({ page, app }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const { word, names } = await createLeads(app.url, 1);
  const board = new Board(page);
  await open(page, `/leads/board?q=${word}`);
  await board.grip(names[0]).press('Space');
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowLeft', 'ArrowLeft']) {
    await page.keyboard.press(key);
    await expect(board.card(names[0])).toBeInViewport({ ratio: 1 });
  }
});

test('the keyboard picks a card up, moves it, drops it, and takes it back', async ({ page, app }) => {
  const { word, names } = await createLeads(app.url, 3);
  const [c, b, a] = names;
  const board = new Board(page);
  const says = (text: string) => expect(page.locator('[aria-live=assertive]')).toHaveText(text);
  await open(page, `/leads/board?q=${word}`);
  await board.grip(c).focus();
  await page.keyboard.press('Space');
  await says(`Picked up. ${c}: New, position 1.`);
  await page.keyboard.press('ArrowDown');
  await says(`${c}: New, position 2.`);
  await expect(board.grip(c)).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await says(`${c}: New, position 3.`);
  await page.keyboard.press('Space');
  await board.shows('New', [b, a, c]);
  await expect(board.grip(c)).toBeFocused();
  await board.settled();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowRight');
  await says(`${c}: Contacted, position 1.`);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Escape');
  await says(`Cancelled. ${c}: New, position 3.`);
  await board.shows('New', [b, a, c]);
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Space');
  await board.shows('Contacted', [c]);
  await expect(board.grip(c)).toBeFocused();
  await board.settled();
  await reload(page);
  await board.shows('New', [b, a]);
  await board.shows('Contacted', [c]);
});

test('two people move cards of one column: both moves are there', async ({ page, app, newPage }) => {
  const { word, names } = await createLeads(app.url, 4);
  const [d, c, b, a] = names;
  const other = await newPage('Admin');
  const [mine, theirs] = [new Board(page), new Board(other)];
  for (const each of [page, other]) await open(each, `/leads/board?q=${word}`);
  await theirs.choose(d, 'Move to Contacted');
  await theirs.shows('Contacted', [d]);
  await theirs.settled();
  // The neighbour that is named stands elsewhere by now.
  await mine.choose(b, 'Move up');
  await mine.choose(a, 'Move to the top');
  await mine.settled();
  for (const each of [page, other]) {
    await reload(each);
    await new Board(each).shows('New', [a, b, c]);
    await new Board(each).shows('Contacted', [d]);
  }
});

test('a long column loads more as it is scrolled', async ({ page, app }) => {
  const { word, leads } = await createLeads(app.url, 1);
  await app.db.query(
    `INSERT INTO leads (id, lead_number, name, name_key, phone, source, stage, position, search_text, created_at, updated_at)
     SELECT gen_random_uuid(), nextval('leads_lead_number_seq'), 'Many ' || n, 'many', '+919845012345', 'Phone', 'New', n, ' many ' || $1 || ' ', now(), now()
     FROM generate_series(1, 999) n`,
    [word],
  );
  const board = new Board(page);
  await open(page, `/leads/board?q=${word}`);
  await expect(board.cards('New')).toHaveCount(30);
  await expect(board.column('New').locator('header .count')).toHaveText('1,000');
  const cards = board.column('New').locator('.cards');
  // Each time the end is reached, more follow.
  for (let shown = 30; shown < 1000; shown = await board.cards('New').count()) {
    await cards.evaluate((cards) => cards.scrollTo(0, cards.scrollHeight));
    await expect.poll(() => board.cards('New').count()).toBeGreaterThan(shown);
  }
  await expect(board.cards('New').last()).toContainText('Many 1');
  await expect(board.cards('New').first()).toContainText(leads[0].name);
});

test('a move that fails is said, and the board shows what is there', async ({ page, app, browserErrors }) => {
  browserErrors.allow(/status of 503/);
  const { word, names } = await createLeads(app.url, 2);
  const board = new Board(page);
  await open(page, `/leads/board?q=${word}`);
  await page.route('**/api/leads/move*', (route) => route.fulfill({ status: 503, contentType: 'application/json', body: '"Unavailable"' }));
  await board.choose(names[1], 'Move up');
  await expect(page.getByRole('status').filter({ hasText: 'was not moved' })).toContainText(names[1]);
  await board.shows('New', names);
});

test('an edit from the board shows there, and the focus returns to the card', async ({ page, app }) => {
  const { word, names } = await createLeads(app.url, 2);
  const board = new Board(page);
  await open(page, `/leads/board?q=${word}`);
  await board.choose(names[1], 'Edit');
  const form = new Form(page, 'lead');
  await form.fill({ next_step: 'Visit the site' });
  await form.save.click();
  await expect(board.card(names[1])).toContainText('Visit the site');
  await expect(board.card(names[1]).locator('summary')).toBeFocused();
});

test('Staff have no board, and customers have none', async ({ page, app, browserErrors }) => {
  browserErrors.allow(/status of 404/);
  expect((await fetchAs(`${app.url}/leads/board`, { headers: { accept: 'text/html' } }, app.users.Staff)).status).toBe(403);
  expect((await open(page, '/customers/board')).status()).toBe(404);
  await open(page, '/customers');
  await expect(page.getByRole('navigation', { name: 'View' })).toHaveCount(0);
  await expect(new List(page).rows).toHaveCount(25);
});
