import { test as base, expect, type BrowserContext, type Page, type Response } from '@playwright/test';
import pg from 'pg';
import { Cluster } from './cluster.ts';
import { make, type Customer, type Fields } from './customers.ts';
import { Program, run } from './program.ts';

/** The program on a database that the test can reach too. */
export interface House {
  url: string;
  program: Program;
  cluster: Cluster;
  db: pg.Pool;
}

/** Starts a house with the demo's customers, or with none. */
export async function build(customers: number): Promise<House & { tearDown: () => Promise<void> }> {
  const cluster = await Cluster.create();
  try {
    const env = { DATABASE_URL: cluster.url };
    await run(['migrate'], env);
    if (customers > 0) await run(['seed', '--customers', String(customers), '--rng-seed', '1'], env);
    const program = await Program.start([], env);
    const db = new pg.Pool({ ...cluster.connection, max: 2 });
    // A test that stops the database ends idle connections: the next query makes new ones.
    db.on('error', () => undefined);
    const tearDown = async () => {
      await db.end();
      await program.stop();
      await cluster.remove();
    };
    return { url: program.url, program, cluster, db, tearDown };
  } catch (fault) {
    await cluster.remove();
    throw fault;
  }
}

/** Gathers what a browser complains of, and fails the test for it at the end. */
export class Complaints {
  private readonly found: string[] = [];
  private readonly provoked: RegExp[] = [];

  /** What this test itself provokes. */
  allow(...provoked: RegExp[]): void {
    this.provoked.push(...provoked);
  }

  watch(context: BrowserContext): void {
    context.on('weberror', (fault) => this.found.push(`uncaught: ${fault.error().stack ?? fault.error().message}`));
    context.on('console', (message) => {
      const text = `${message.type()}: ${message.text()} (${message.location().url})`;
      if (message.type() === 'error' || /hydrat/i.test(text)) this.found.push(text);
    });
  }

  check(): void {
    expect(this.found.filter((text) => !this.provoked.some((pattern) => pattern.test(text)))).toEqual([]);
  }
}

interface Fixtures {
  complaints: Complaints;
  /** Makes a customer of this test's own. */
  make: (more?: Fields) => Promise<Customer>;
  /** Another person in a browser of their own. */
  person: () => Promise<Page>;
  /** A house of this test's own, empty: for what disturbs others. */
  ownHouse: House;
}

export const test = base.extend<Fixtures, { house: House }>({
  house: [
    async ({}, use) => {
      const house = await build(500);
      await use(house);
      await house.tearDown();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  baseURL: async ({ house }, use) => use(house.url),
  complaints: async ({}, use) => {
    const complaints = new Complaints();
    await use(complaints);
    complaints.check();
  },
  context: async ({ context, complaints }, use) => {
    await prepare(context);
    complaints.watch(context);
    await use(context);
  },
  make: async ({ house }, use) => use((more) => make(house.url, more)),
  person: async ({ browser, contextOptions, baseURL, complaints }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext({ ...contextOptions, baseURL });
      contexts.push(context);
      await prepare(context);
      complaints.watch(context);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },
  ownHouse: async ({}, use) => {
    const house = await build(0);
    await use(house);
    await house.tearDown();
  },
});

/** Makes a page say when the program in it has taken over: all of that happens in the microtasks after its code is there. */
async function prepare(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    for (const name of ['instantiate', 'instantiateStreaming'] as const) {
      const original = WebAssembly[name] as (...words: unknown[]) => Promise<unknown>;
      const noted = (...words: unknown[]) => {
        const made = original.apply(WebAssembly, words);
        const done = () => setTimeout(() => setTimeout(() => Object.assign(window, { takenOver: true })));
        made.then(done, () => undefined);
        return made;
      };
      Object.assign(WebAssembly, { [name]: noted });
    }
  });
}

/** Waits until the program in the page has taken over. */
export async function takenOver(page: Page): Promise<void> {
  await page.waitForFunction(() => (window as unknown as { takenOver?: boolean }).takenOver === true);
}

/** Opens an address and waits for the program in the page. */
export async function open(page: Page, address: string): Promise<Response> {
  const response = await page.goto(address);
  await takenOver(page);
  if (!response) throw new Error(`no answer from ${address}`);
  return response;
}

/** Loads the page again and waits for the program in it. */
export async function reload(page: Page): Promise<void> {
  await page.reload();
  await takenOver(page);
}

export { expect };
