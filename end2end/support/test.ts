import { test as base, expect, type BrowserContext, type Page, type Response } from '@playwright/test';
import { startApp, type TestApp } from './app.ts';
import { createCustomer, type Customer } from './customers.ts';
import { createLead, type Lead } from './leads.ts';
import type { Fields } from './records.ts';
import { storageStateOf, useSession, type Role, type User } from './users.ts';

/** Collects what goes wrong in a browser, and fails the test for it at the end. */
export class BrowserErrors {
  private readonly found: string[] = [];
  private readonly allowed: RegExp[] = [];

  /** Errors that this test itself provokes. */
  allow(...patterns: RegExp[]): void {
    this.allowed.push(...patterns);
  }

  watch(context: BrowserContext): void {
    context.on('weberror', (fault) => this.found.push(`uncaught: ${fault.error().stack ?? fault.error().message}`));
    context.on('console', (message) => {
      const text = `${message.type()}: ${message.text()} (${message.location().url})`;
      if (message.type() === 'error' || /hydrat/i.test(text)) this.found.push(text);
    });
    // The page tells the server where the program does not start, and goes on as one without script.
    context.on('request', (request) => {
      if (request.url().endsWith('/page-failures')) this.found.push(`page failure: ${request.postData()}`);
    });
  }

  check(): void {
    expect(this.found.filter((text) => !this.allowed.some((pattern) => pattern.test(text)))).toEqual([]);
  }
}

interface Fixtures {
  browserErrors: BrowserErrors;
  /** Creates a customer of this test's own. */
  createCustomer: (more?: Fields) => Promise<Customer>;
  /** Creates a lead of this test's own. */
  createLead: (more?: Fields) => Promise<Lead>;
  /** Who is signed in, in the test's browser and in further ones. */
  role: Role | 'nobody';
  /** A page in a browser of its own, for a user of a role, a user of the test's own, or nobody. */
  newPage: (who?: Role | User | 'nobody') => Promise<Page>;
  /** Opens an address, and waits for hydration where there is script. */
  visit: (page: Page, address: string) => Promise<Response>;
  /** A program and database of this test's own, without customers: for what would disturb other tests. */
  ownApp: TestApp;
}

export const test = base.extend<Fixtures, { app: TestApp }>({
  app: [
    async ({}, use) => {
      const app = await startApp(500);
      await use(app);
      await app.stop();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  role: ['Admin', { option: true }],
  baseURL: async ({ app }, use) => use(app.url),
  storageState: async ({ app, role }, use) => use(storageStateOf(role === 'nobody' ? null : app.users[role])),
  browserErrors: async ({}, use) => {
    const errors = new BrowserErrors();
    await use(errors);
    errors.check();
  },
  context: async ({ context, browserErrors }, use) => {
    await prepare(context);
    browserErrors.watch(context);
    await use(context);
  },
  createCustomer: async ({ app }, use) => use((more) => createCustomer(app, more)),
  createLead: async ({ app }, use) => use((more) => createLead(app.url, more)),
  newPage: async ({ browser, contextOptions, baseURL, browserErrors, app, role }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (who = role) => {
      const user = who === 'nobody' ? null : typeof who === 'string' ? app.users[who] : who;
      const context = await browser.newContext({ ...contextOptions, baseURL, storageState: storageStateOf(user) });
      contexts.push(context);
      await prepare(context);
      browserErrors.watch(context);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },
  visit: async ({ javaScriptEnabled }, use) => use(javaScriptEnabled === false ? navigate : open),
  ownApp: async ({ context, role }, use) => {
    const app = await startApp(0);
    // The browser has one session for all programs on this host.
    if (role !== 'nobody') await useSession(context, app.users[role]);
    await use(app);
    // A page that still requests something, its icon for example, would report an error once the program has ended.
    for (const page of context.pages()) await page.close();
    await app.stop();
  },
});

/** Makes pages report what their Content-Security-Policy has stopped, and note when they are hydrated. */
async function prepare(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`against the Content-Security-Policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
    // The program announces itself once all code of the page is there, and hydrates in the same task and its microtasks: a timer comes after.
    for (const name of ['hydrated']) {
      window.addEventListener(name, () => setTimeout(() => Object.assign(window, { isHydrated: true })));
    }
  });
}

/** Waits until the page is hydrated: until the program in the browser handles its events. */
export async function waitForHydration(page: Page): Promise<void> {
  await page.waitForFunction(() => (window as unknown as { isHydrated?: boolean }).isHydrated === true);
}

async function navigate(page: Page, address: string): Promise<Response> {
  const response = await page.goto(address);
  if (!response) throw new Error(`no response from ${address}`);
  return response;
}

/** Opens an address and waits for hydration. */
export async function open(page: Page, address: string): Promise<Response> {
  const response = await navigate(page, address);
  await waitForHydration(page);
  return response;
}

/** Loads the page again and waits for hydration. */
export async function reload(page: Page): Promise<void> {
  await page.reload();
  await waitForHydration(page);
}

/** The message at the foot of the page that says what has happened. */
export const statusMessage = (page: Page, text: string | RegExp) => page.getByRole('status').filter({ hasText: text });

/** Every journey of users is tried in both. */
export const SCRIPT_MODES = [
  ['with script', true],
  ['without script', false],
] as const;

export { expect };

/** Something to wait for until it is opened. */
export function gate(): { wait: Promise<void>; open: () => void } {
  let open = () => {};
  const wait = new Promise<void>((resolve) => (open = resolve));
  return { wait, open };
}
