import { expect, type Locator, type Page } from '@playwright/test';
import { unique } from './unique.ts';
import { createLead, type Lead } from './leads.ts';

export const STAGES = ['New', 'Contacted', 'Qualified', 'Proposal', 'Won', 'Lost'] as const;
export type Stage = (typeof STAGES)[number];

/** The board as a user sees it. */
export class Board {
  readonly region: Locator;

  constructor(readonly page: Page) {
    this.region = page.locator('#board');
  }

  column(stage: Stage): Locator {
    return this.page.getByRole('region', { name: stage, exact: true });
  }

  cards(stage: Stage): Locator {
    return this.column(stage).getByRole('listitem');
  }

  /** The names in a column, in order. */
  async shows(stage: Stage, names: string[]): Promise<void> {
    await expect(this.cards(stage).locator('a.name')).toHaveText(names);
  }

  card(name: string): Locator {
    return this.region.getByRole('listitem').filter({ has: this.page.getByRole('link', { name, exact: true }) });
  }

  grip(name: string): Locator {
    return this.page.getByRole('button', { name: `Pick up ${name}` });
  }

  /** Presses an entry of a card's menu. */
  async choose(name: string, entry: string | RegExp): Promise<void> {
    const card = this.card(name);
    await card.locator('summary').click();
    await card.locator('.panel').getByText(entry, typeof entry === 'string' ? { exact: true } : {}).click();
  }

  /** Drags a card by the mouse into the upper or lower half of another, or into an empty column. */
  async drag(name: string, to: Locator, half: 'upper' | 'lower' = 'upper'): Promise<void> {
    const from = await this.card(name).locator('.facts').boundingBox();
    const target = await to.boundingBox();
    if (!from || !target) throw new Error('not on the screen');
    await this.page.mouse.move(from.x + 20, from.y + 5);
    await this.page.mouse.down();
    await this.page.mouse.move(from.x + 30, from.y + 15, { steps: 3 });
    const y = target.y + target.height * (half === 'upper' ? 0.25 : 0.8);
    await this.page.mouse.move(target.x + target.width / 2, y, { steps: 8 });
  }

  /** Drags a card by a finger on its grip to the lower half of another card. */
  async dragByTouch(name: string, to: Locator): Promise<void> {
    const from = await this.grip(name).boundingBox();
    const target = await to.boundingBox();
    if (!from || !target) throw new Error('not on the screen');
    const start = { x: from.x + from.width / 2, y: from.y + from.height / 2 };
    const end = { x: start.x, y: target.y + target.height * 0.8 };
    const session = await this.page.context().newCDPSession(this.page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...touchPoints: { x: number; y: number }[]) =>
      session.send('Input.dispatchTouchEvent', { type, touchPoints });
    await touch('touchStart', start);
    for (const part of [0.1, 0.3, 0.6, 1]) await touch('touchMove', { x: end.x, y: start.y + (end.y - start.y) * part });
    await touch('touchEnd');
  }

  /** Waits until all moves are saved. */
  async settled(): Promise<void> {
    await expect(this.region).toHaveAttribute('aria-busy', 'false');
  }
}

/** Creates leads that a search for the word finds: A, B, C … so that the last stands on top. */
export async function createLeads(url: string, count: number, more: Record<string, string> = {}): Promise<{ word: string; leads: Lead[]; names: string[] }> {
  const word = unique();
  const leads: Lead[] = [];
  for (let at = 0; at < count; at += 1) leads.push(await createLead(url, { name: `${String.fromCharCode(65 + at)} ${word}`, ...more }));
  return { word, leads, names: leads.map((lead) => lead.name).reverse() };
}
