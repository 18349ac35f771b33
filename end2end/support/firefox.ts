import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { expect } from '@playwright/test';
import { sessionCookie, type User } from './users.ts';

/** Starts Firefox as the distribution has built it. */
export function launchFirefox(): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.LASTMILE_FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    args: ['--width=1440', '--height=900'],
    defaultViewport: null,
  });
}

/** A page of Firefox as a user sees it, for a program at an address. Everything is waited for; what goes wrong is collected. */
export class FirefoxPage {
  readonly errors: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly url: string,
  ) {
    page.on('pageerror', (fault) => this.errors.push(String(fault)));
    page.on('console', (message) => {
      if (message.type() === 'error' || /hydrat/i.test(message.text())) this.errors.push(message.text());
    });
    page.setDefaultTimeout(10_000);
  }

  /** A page in a context of its own, in which a user is signed in, or nobody. */
  static async open(browser: Browser, url: string, user?: User): Promise<FirefoxPage> {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    // The program announces itself once all code of the page is there, and hydrates in the same task: a timer comes after.
    await page.evaluateOnNewDocument(() => {
      window.addEventListener('hydrated', () => setTimeout(() => Object.assign(window, { isHydrated: true })));
    });
    if (user) await context.setCookie({ name: sessionCookie(url), value: user.session, domain: new URL(url).hostname, path: '/', httpOnly: true });
    return new FirefoxPage(page, url);
  }

  async goto(path: string): Promise<void> {
    await this.page.goto(this.url + path);
    await this.hydrated();
  }

  /** Waits until the program in the browser handles the page's events. */
  async hydrated(): Promise<void> {
    await this.page.waitForFunction(() => (window as unknown as { isHydrated?: boolean }).isHydrated === true);
  }

  /** What a user sees by its role and its name. By XPath: asked for accessible names, Firefox computes all of the page's, for seconds. */
  private one(role: 'button' | 'link', name: string) {
    const named = `@aria-label="${name}" or not(@aria-label) and normalize-space()="${name}"`;
    const inClosedMenu = 'ancestor::details[not(@open)]';
    return this.page.locator(`::-p-xpath(//${role === 'link' ? 'a' : 'button'}[(${named}) and not(${inClosedMenu})])`);
  }

  async click(role: 'button' | 'link', name: string): Promise<void> {
    await this.one(role, name).click();
  }

  /** Fills an input, by its name in the form. */
  async fill(name: string, text: string): Promise<void> {
    await this.page.locator(`[name="${name}"]`).fill(text);
  }

  /** Removes what stands in an input, by the keyboard. */
  async clear(name: string): Promise<void> {
    await this.page.focus(`[name="${name}"]`);
    await this.page.keyboard.down('Control');
    await this.page.keyboard.press('a');
    await this.page.keyboard.up('Control');
    await this.page.keyboard.press('Backspace');
  }

  /** Waits until the text of the page, as it is seen, has this in it. */
  async sees(text: string): Promise<void> {
    await expect.poll(() => this.page.evaluate(() => document.body?.innerText ?? ''), { timeout: 10_000 }).toContain(text);
  }

  /** Waits for an address: its path and query. */
  async isAt(address: string): Promise<void> {
    await expect.poll(() => this.page.evaluate(() => location.pathname + location.search), { timeout: 10_000 }).toBe(address);
  }

  /** The names in the rows of the list. */
  names(): Promise<string[]> {
    return this.page.$$eval('#list tbody th a', (links) => links.map((link) => link.textContent ?? ''));
  }

  /** The name of the input that has the focus. */
  focus(): Promise<string> {
    return this.page.evaluate(() => document.activeElement?.getAttribute('name') ?? document.activeElement?.tagName ?? '');
  }

  async close(): Promise<void> {
    await this.page.browserContext().close();
  }
}
