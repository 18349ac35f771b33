import { test as base, expect, type BrowserContext, type Page, type Response } from '@playwright/test';
import pg from 'pg';
import { Cluster } from './cluster.ts';
import { make, type Customer, type Fields } from './customers.ts';
import { become, settle, state, type People, type Person, type Place, type Role } from './people.ts';
import { Program, run } from './program.ts';

/** The program on a database that the test can reach too, with the people who work there. */
export interface House extends Place {
  program: Program;
  cluster: Cluster;
  db: pg.Pool;
  people: People;
}

/** Starts a house with the demo's customers, or with none. */
export async function build(customers: number): Promise<House & { tearDown: () => Promise<void> }> {
  const cluster = await Cluster.create();
  try {
    const env = { DATABASE_URL: cluster.url };
    await run(['migrate'], env);
    if (customers > 0) await run(['seed', '--customers', String(customers), '--rng-seed', '1'], env);
    const program = await Program.start([], env);
    const people = await settle({ url: program.url, env });
    const db = new pg.Pool({ ...cluster.connection, max: 2 });
    // A test that stops the database ends idle connections: the next query makes new ones.
    db.on('error', () => undefined);
    const tearDown = async () => {
      await db.end();
      await program.stop();
      await cluster.remove();
    };
    return { url: program.url, env, program, cluster, db, people, tearDown };
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
  /** Who is signed in, in the test's browser and in that of other persons. */
  role: Role | 'nobody';
  /** Another person in a browser of their own: somebody of the house by role, somebody of the test's own, or nobody. */
  person: (who?: Role | Person | 'nobody') => Promise<Page>;
  /** Opens an address, and waits for the program in the page where there is script. */
  visit: (page: Page, address: string) => Promise<Response>;
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
  role: ['Admin', { option: true }],
  baseURL: async ({ house }, use) => use(house.url),
  storageState: async ({ house, role }, use) => use(state(role === 'nobody' ? null : house.people[role])),
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
  person: async ({ browser, contextOptions, baseURL, complaints, house, role }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (who = role) => {
      const person = who === 'nobody' ? null : typeof who === 'string' ? house.people[who] : who;
      const context = await browser.newContext({ ...contextOptions, baseURL, storageState: state(person) });
      contexts.push(context);
      await prepare(context);
      complaints.watch(context);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },
  visit: async ({ javaScriptEnabled }, use) => use(javaScriptEnabled === false ? go : open),
  ownHouse: async ({ context, role }, use) => {
    const house = await build(0);
    // The browser has one session for both houses, which stand on one host.
    if (role !== 'nobody') await become(context, house.people[role]);
    await use(house);
    // Who still fetches something, as a browser does its icon, would complain of a house that is gone.
    for (const page of context.pages()) await page.close();
    await house.tearDown();
  },
});

/**
 * Makes a page say when the program in it has taken over: all of that happens in the microtasks after its code, and that of the parts
 * which the page needs, is there.
 * And complain of what its Content-Security-Policy has stopped.
 */
async function prepare(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`against the Content-Security-Policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
    let coming = 0;
    for (const name of ['instantiate', 'instantiateStreaming'] as const) {
      const original = WebAssembly[name] as (...words: unknown[]) => Promise<unknown>;
      const noted = (...words: unknown[]) => {
        coming++;
        const made = original.apply(WebAssembly, words);
        const taken = () => coming === 0 && Object.assign(window, { takenOver: true });
        const done = () => {
          coming--;
          setTimeout(() => setTimeout(taken));
        };
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

async function go(page: Page, address: string): Promise<Response> {
  const response = await page.goto(address);
  if (!response) throw new Error(`no answer from ${address}`);
  return response;
}

/** Opens an address and waits for the program in the page. */
export async function open(page: Page, address: string): Promise<Response> {
  const response = await go(page, address);
  await takenOver(page);
  return response;
}

/** Loads the page again and waits for the program in it. */
export async function reload(page: Page): Promise<void> {
  await page.reload();
  await takenOver(page);
}

/** What is told at the foot of the page. */
export const told = (page: Page, text: string | RegExp) => page.getByRole('status').filter({ hasText: text });

/** Every journey of people goes both ways. */
export const WAYS = [
  ['with script', true],
  ['without script', false],
] as const;

export { expect };

/** What waits until it is opened. */
export function gate(): { wait: Promise<void>; open: () => void } {
  let open = () => {};
  const wait = new Promise<void>((resolve) => (open = resolve));
  return { wait, open };
}
