// Nothing moves under the eye or the pointer: what the browser reports as layout shift, by the load of every screen and by what is done on each kind of page.
// The widths of columns follow from random names, so that a sum can come near the limit: it is looked at here, and not in the journeys.
import type { Page } from '@playwright/test';
import type { TestApp } from '../support/app.ts';
import { deleteCustomers } from '../support/customers.ts';
import { createPlan } from '../support/plans.ts';
import {
  ACCOUNT_SCREENS, addFailedJob, CUSTOMER_SCREENS, debtorPlaces, HOLIDAY_SCREENS, isDialog, JOB_SCREENS, LEAD_SCREENS,
  MONEY_LIST_SCREENS, MONEY_SCREENS, MY_DAY_SCREENS, PIN_CODE_SCREENS, placed, PLAN_SCREENS, SERVICE_SCREENS, type Places, type Screen,
} from '../support/screens.ts';
import { createServedPinCode } from '../support/served-pin-codes.ts';
import { createServices } from '../support/services.ts';
import { expect, open, test } from '../support/test.ts';
import { useSession, type Role } from '../support/users.ts';

/** The share of the window that may move. */
const LIMIT = 0.02;

const SIZES = [[1440, 900], [768, 1024], [360, 740]] as const;

const SCREENS: Screen[] = [
  ...CUSTOMER_SCREENS, ...LEAD_SCREENS, ...PIN_CODE_SCREENS, ...PLAN_SCREENS, ...HOLIDAY_SCREENS, ...MONEY_LIST_SCREENS, ...MONEY_SCREENS,
  ...SERVICE_SCREENS, ...MY_DAY_SCREENS, ...JOB_SCREENS, ...ACCOUNT_SCREENS,
];

/** So that everybody signs in once. */
const byRole = ([, , one = 'Admin']: Screen, [, , other = 'Admin']: Screen) => one.localeCompare(other);

/** A shift: its share of the window, and what has moved, from where to where. */
interface Shift {
  value: number;
  moved: string[];
}

/** Makes the page note every shift of each document, whoever has caused it: the browser's own sum leaves out what follows an input. */
async function noteShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    type Rect = { x: number; y: number; width: number; height: number };
    type Entry = PerformanceEntry & { value: number; sources: { node: Node | null; previousRect: Rect; currentRect: Rect }[] };
    const text = ({ x, y, width, height }: Rect) => [x, y, width, height].map(Math.round).join(' ');
    const name = (node: Node | null) => {
      const element = node instanceof Element ? node : node?.parentElement;
      if (!element) return 'something that is gone';
      return [element.tagName.toLowerCase(), element.id && `#${element.id}`, ...[...element.classList].map((name) => `.${name}`)].join('');
    };
    const shifts: Shift[] = [];
    const note = (entries: PerformanceEntryList) => {
      for (const { value, sources } of entries as Entry[]) {
        shifts.push({ value, moved: sources.map(({ node, previousRect, currentRect }) => `${name(node)}: ${text(previousRect)} → ${text(currentRect)}`) });
      }
    };
    const observer = new PerformanceObserver((list) => note(list.getEntries()));
    observer.observe({ type: 'layout-shift', buffered: true });
    const takeShifts = async () => {
      // Painted, and reported.
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50)));
      note(observer.takeRecords());
      return shifts.splice(0);
    };
    Object.assign(window, { takeShifts });
  });
}

/** Gives what waits until nothing is asked of the server any more, and nothing is loading. */
function quietness(page: Page): () => Promise<void> {
  const asked = new Set<unknown>();
  page.on('request', (request) => asked.add(request));
  page.on('requestfinished', (request) => asked.delete(request));
  page.on('requestfailed', (request) => asked.delete(request));
  return async () => {
    await expect.poll(() => asked.size, { intervals: [20] }).toBe(0);
    await expect(page.locator('[aria-busy=true], .placeholder')).toHaveCount(0);
  };
}

/** Does something, and expects that nothing has moved but what is meant to. */
type Stillness = (what: string, act: () => Promise<unknown>) => Promise<void>;

/** Watches a page that is so large. */
async function watch(page: Page, [width, height]: readonly [number, number]): Promise<Stillness> {
  await page.setViewportSize({ width, height });
  await noteShifts(page);
  const quiet = quietness(page);
  return async (what, act) => {
    await act();
    await quiet();
    const noted = await page.evaluate(() => (window as unknown as { takeShifts: () => Promise<Shift[]> }).takeShifts());
    // The cards of a board that an answer leaves close up: that is the answer.
    const shifts = noted.filter(({ moved }) => moved.length === 0 || !moved.every((each) => each.startsWith('li.board-card')));
    const sum = shifts.reduce((sum, { value }) => sum + value, 0);
    if (process.env.SHIFTS) console.log(`SHIFT ${width} ${sum.toFixed(4)} ${what} ${JSON.stringify(shifts)}`);
    expect.soft(sum, `${what}: ${JSON.stringify(shifts, null, 1)}`).toBeLessThanOrEqual(LIMIT);
  };
}

/** A record of each kind, with what stands on it. */
async function makePlaces(app: TestApp, customer: string, lead: string): Promise<Places> {
  return {
    ...(await createServices(app, customer)), ...(await debtorPlaces(app.db)), lead, user: app.users.Sales.id,
    plan: (await createPlan(app, { ott_apps: ['Netflix', 'ZEE5'] })).id, pinCode: (await createServedPinCode(app, { notes: 'First line\nSecond line' })).id,
  };
}

/** More changes of a plan than a page of the history shows. */
async function addChanges(app: TestApp, plan: string): Promise<void> {
  await app.db.query(
    `INSERT INTO history (id, at, actor, source, entity, entity_id, version, field, before, after)
     SELECT gen_random_uuid(), now(), $1, 'page', 'plan', $2, 1 + number, 'upload', number::text, (number + 1)::text FROM generate_series(1, 60) AS number`,
    [app.users.Admin.id, plan],
  );
}

/** Opens a dialog and closes it again. */
async function useDialog(page: Page, still: Stillness, what: string, act: () => Promise<unknown>): Promise<void> {
  const dialog = page.getByRole('dialog');
  await still(`${what}, opened`, async () => {
    await act();
    await expect(dialog).toBeVisible();
  });
  await still(`${what}, closed`, async () => {
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
  });
}

/** Searches, filters, sorts and pages in a list, and opens the dialogs of a row where there are some. */
async function useList(page: Page, still: Stillness, address: string): Promise<void> {
  const region = page.locator('#list');
  const rows = region.locator('tbody tr');
  const chips = region.locator('.chips');
  await open(page, address);
  const search = page.getByRole('searchbox');
  const name = await rows.first().locator('a.name').innerText();
  for (const text of [name, `${name} of nobody`]) {
    await still(`${address}: search for ${text}`, async () => {
      await search.fill(text);
      await expect(chips).toContainText(`Search: ${text}`);
    });
  }
  await still(`${address}: no search`, async () => {
    await search.fill('');
    await expect(chips).toContainText('No filters');
  });
  const menus = region.locator('.toolbar .menu:has([form=filters])');
  for (const place of [0, 1]) {
    await still(`${address}: filter ${place + 1}`, async () => {
      await menus.nth(place).locator('summary').click();
      await menus.nth(place).locator('label:not(:has(.count:empty)) input').first().click();
      await expect(chips.locator('.chip')).toHaveCount(place + 1);
    });
  }
  await page.keyboard.press('Escape');
  await still(`${address}: no filters`, async () => {
    await chips.locator('.clear').click();
    await expect(chips).toContainText('No filters');
  });
  const sort = region.locator('th:not([aria-sort$=ing]) .sort').last();
  if (await sort.isVisible()) {
    await still(`${address}: sort`, async () => {
      await sort.click();
      await expect(page).toHaveURL(/sort=/);
    });
  }
  await still(`${address}: next page`, async () => {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Next', exact: true }).click();
    await expect(region.locator('.range')).toHaveText(/^26–/);
  });
  const size = region.locator('.sizes').getByRole('link', { name: '50' });
  if (await size.isVisible()) {
    await still(`${address}: rows on a page`, async () => {
      await size.click();
      await expect(rows).toHaveCount(50);
    });
  }
  for (const action of ['edit', 'delete']) {
    const link = rows.nth(2).locator(`a[id^=${action}]`);
    if ((await link.count()) === 0) continue;
    const more = rows.nth(2).locator('.more');
    if (await more.isVisible()) await more.click();
    await useDialog(page, still, `${address}: ${action}`, () => link.click());
  }
}

for (const [place, size] of SIZES.entries()) {
  test.describe(`nothing moves at ${size[0]}`, () => {
    test.describe.configure({ timeout: 180_000 });

    test('when a screen is loaded', async ({ page, app, createCustomer, createLead, browserErrors }) => {
      browserErrors.allow(/status of (401|403|404)/);
      const places = await makePlaces(app, (await createCustomer({ outstanding: '1250' })).id, (await createLead()).id);
      await deleteCustomers(app.db, (await createCustomer()).id);
      await addFailedJob(app.db, app.users.Admin.id);
      const still = await watch(page, size);
      const pages = SCREENS.filter((screen) => !isDialog(screen));
      // They are alike: each is opened at one of the widths.
      const dialogs = SCREENS.filter(isDialog).filter((_, at) => at % SIZES.length === place);
      let user: Role | 'nobody' = 'Admin';
      for (const [name, address, role = 'Admin'] of [...dialogs, ...pages].sort(byRole)) {
        if (role !== user) {
          user = role;
          if (role === 'nobody') await page.context().clearCookies();
          else await useSession(page.context(), app.users[role]);
        }
        await still(`${name}, ${address}`, () => open(page, placed(address, places)));
      }
    });

    test('by search, filters, pages and dialogs', async ({ page, app, createCustomer }) => {
      const { customer } = await createServices(app, (await createCustomer({ outstanding: '1250' })).id);
      const plan = await createPlan(app);
      await addChanges(app, plan.id);
      await addFailedJob(app.db, app.users.Admin.id);
      const still = await watch(page, size);
      // Slow enough for what stands in an answer's place until it is there.
      await page.route('**/api/**', async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        await route.continue();
      });
      for (const address of ['/customers', '/leads', '/bills']) await useList(page, still, address);

      await open(page, '/leads/board');
      const board = page.locator('#board');
      await board.locator('.board-card summary').first().click();
      await useDialog(page, still, 'board: edit', () => board.locator('[open]').getByRole('link', { name: 'Edit' }).click());
      await still('board: search', async () => {
        await page.getByRole('searchbox').fill('ra');
        await expect(board.locator('.chips')).toContainText('Search: ra');
      });
      await still('board: filter', async () => {
        await board.locator('summary', { hasText: 'Source' }).click();
        await board.getByRole('checkbox', { name: 'Phone' }).click();
        await expect(board.locator('.chips')).toContainText('Source: Phone');
      });

      await open(page, '/history');
      await still('history: filter', async () => {
        await page.getByLabel('What').selectOption({ label: 'Plan' });
        await page.getByRole('button', { name: 'Apply' }).click();
        await expect(page).toHaveURL(/kind=plan/);
      });
      await still('history: next page', async () => {
        await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Older' }).click();
        await expect(page).toHaveURL(/page=/);
      });
      await still('history: search', async () => {
        await page.getByRole('searchbox').fill(plan.name);
        await page.getByRole('button', { name: 'Apply' }).click();
        await expect(page).toHaveURL(/q=Fiber/);
      });

      await open(page, '/jobs');
      await still('jobs: filter', async () => {
        await page.getByRole('navigation', { name: 'State' }).getByRole('link', { name: /^Failed/ }).click();
        await expect(page).toHaveURL(/state=Failed/);
      });

      await open(page, '/leads/deleted');
      await still('the deleted: search', async () => {
        await page.getByRole('searchbox').fill('nobody at all');
        await page.getByRole('searchbox').press('Enter');
        await expect(page).toHaveURL(/q=nobody/);
      });

      await open(page, '/settings/users');
      await useDialog(page, still, 'users: invitation', () => page.locator('#new').click());
      await useDialog(page, still, 'users: role', () => page.locator('a[id^=role-]').last().click());
      await open(page, '/settings/roles');
      await useDialog(page, still, 'roles: two-step sign-in', () => page.getByRole('link', { name: /^Change: / }).last().click());
      await open(page, '/account');
      await useDialog(page, still, 'account: password', () => page.getByRole('link', { name: 'Change password' }).click());

      await open(page, `/customers/${customer}`);
      await useDialog(page, still, 'record: edit', () => page.locator('.page-header a[id^=edit]').click());
      await useDialog(page, still, 'record: delete', () => page.locator('.page-header a[id^=delete]').click());
      await useDialog(page, still, 'record: suspend', () => page.getByRole('link', { name: /^Suspend: / }).first().click());
      await open(page, `/services/${customer}`);
      await useDialog(page, still, 'services: order', () => page.locator('#order').click());
    });
  });
}
