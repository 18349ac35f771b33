import { expect, type Locator, type Page } from '@playwright/test';
import type { Subject } from './records.ts';

const ID = /\/(?:customers|leads)\/([0-9a-f-]{36})/;

/** The list of a subject as a user sees it. */
export class List {
  readonly region: Locator;
  readonly table: Locator;
  readonly rows: Locator;
  readonly search: Locator;
  readonly range: Locator;
  readonly pages: Locator;

  constructor(readonly page: Page, subject: Subject = 'customer') {
    this.region = page.locator('#list');
    this.table = page.getByRole('table', { name: subject === 'lead' ? 'Leads' : 'Customers' });
    this.rows = this.table.locator('tbody tr');
    this.search = page.getByRole('searchbox', { name: `Search ${subject}s` });
    this.range = page.getByText(/^[\d,]+–[\d,]+ of [\d,]+$/);
    this.pages = page.getByRole('navigation', { name: 'Pages' });
  }

  /** The records in the rows, by id. */
  async ids(): Promise<string[]> {
    const links = this.rows.locator('th a');
    const addresses = await links.evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
    return addresses.map((address) => ID.exec(address)?.[1] ?? address);
  }

  /** Waits until the rows are these and the list is not loading. */
  async shows(ids: string[]): Promise<void> {
    await expect.poll(() => this.ids()).toEqual(ids);
    await expect(this.region).toHaveAttribute('aria-busy', 'false');
  }

  /** The animation that leaves a row out of the first paint, or none. */
  async animation(row: number): Promise<string> {
    return this.rows.nth(row).evaluate((element) => getComputedStyle(element).animationName);
  }

  row(name: string): Locator {
    return this.rows.filter({ has: this.page.getByRole('link', { name, exact: true }) });
  }

  async type(text: string): Promise<void> {
    await this.search.fill(text);
  }

  /** The menu of a filter, opened. */
  async menu(label: string): Promise<Locator> {
    const menu = this.page.locator('details', { has: this.page.locator('summary', { hasText: label }) });
    if (!(await menu.evaluate((menu) => (menu as HTMLDetailsElement).open))) await menu.locator('summary').click();
    return menu;
  }

  /** Checks or unchecks a value of a filter. */
  async choose(filter: string, value: string): Promise<void> {
    const menu = await this.menu(filter);
    await menu.locator('label', { hasText: value }).locator('input').click();
  }

  header(name: string): Locator {
    return this.table.getByRole('columnheader').filter({ has: this.page.getByRole('link', { name, exact: true }) });
  }

  async goTo(name: 'First' | 'Previous' | 'Next' | 'Last'): Promise<void> {
    await this.pages.getByRole('link', { name, exact: true }).click();
  }
}
