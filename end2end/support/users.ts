import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, type BrowserContext, type Page } from '@playwright/test';
import type pg from 'pg';
import { runCommand } from './server.ts';
import { password, unique } from './unique.ts';

export type Role = 'Admin' | 'Sales' | 'Staff';
export const ROLES: Role[] = ['Admin', 'Sales', 'Staff'];

/** The name of the session's cookie of a program: it ends with the port, since browsers share cookies between the ports of a host. */
export const sessionCookie = (url: string) => `lastmile_session_${new URL(url).port}`;

/** The programs in which somebody has a session. */
const origins = new Set<string>();

/** A running program, and how its command line reaches the same database. */
export interface Instance {
  url: string;
  env: Record<string, string>;
  args?: string[];
}

/** A user who has chosen a password and signed in. */
export interface User {
  id: string;
  name: string;
  email: string;
  password: string;
  role: Role;
  /** The token in the session's cookie. */
  session: string;
}

/** A user of each role. */
export type Users = Record<Role, User>;

/** The users of each program, by its origin: two programs on one machine differ by the port, which cookies ignore. */
const usersByOrigin = new Map<string, Users>();

/** Says who the users of a program are; also of one that was started again on the same database. */
export function registerUsers(url: string, users: Users): void {
  origins.add(new URL(url).origin);
  usersByOrigin.set(new URL(url).origin, users);
}

function usersOf(url: string): Users {
  const users = usersByOrigin.get(new URL(url).origin);
  if (!users) throw new Error(`no users are registered for ${url}`);
  return users;
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** Sends a request as the Admin or as another user; `null` sends it without a session. */
export function fetchAs(url: string, init: RequestInit = {}, user: User | null = usersOf(url).Admin): Promise<Response> {
  const headers = new Headers(init.headers);
  if (user) headers.set('cookie', `${sessionCookie(url)}=${user.session}`);
  // As the user's own page sends it.
  if (user) headers.set('lastmile-user', user.id);
  return fetch(url, { ...init, headers });
}

/** The pages whose form is about the version that they show. */
const VERSIONED = /\/delete$|\/settings\/users\/[^/]+\/(role|disable|enable|sessions|reset)$|\/settings\/roles\//;

/** The version that the page of a form shows now; none where the user may not see it. */
async function shownVersion(url: string, user?: User | null): Promise<Record<string, string>> {
  if (!VERSIONED.test(new URL(url).pathname)) return {};
  const page = await (await fetchAs(url, {}, user)).text();
  const version = /<input[^>]* name="version"[^>]* value="(\d+)"/.exec(page)?.[1];
  return version ? { version } : {};
}

/** Posts a form, as its page would that was opened just now, and does not follow a redirect. */
export async function postForm(url: string, form: Record<string, string>, user?: User | null): Promise<Response> {
  const body = new URLSearchParams({ ...(await shownVersion(url, user)), ...form });
  return fetchAs(url, { method: 'POST', headers: FORM, body, redirect: 'manual' }, user);
}

/** The session that a program's response sets. */
function sessionOf(url: string, response: Response): string | undefined {
  const start = `${sessionCookie(url)}=`;
  return response.headers.getSetCookie().find((cookie) => cookie.startsWith(start))?.slice(start.length).split(';')[0];
}

/** Signs a user in as a browser does, and returns the token of the new session. */
export async function signIn(url: string, email: string, password: string): Promise<string> {
  const response = await postForm(`${url}/sign-in`, { email, password }, null);
  const session = sessionOf(url, response);
  if (response.status !== 303 || !session) throw new Error(`signing ${email} in: ${response.status}`);
  return session;
}

/** Turns a user's second step on with a known secret, encrypted as the program does it: AES-256-GCM for this user. */
export async function setTotpSecret(app: Instance & { db: pg.Pool }, user: User, secret: Buffer): Promise<void> {
  const key = Buffer.from(await readFile(app.env.LASTMILE_SECRET_KEY_FILE, 'utf8'), 'base64');
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(user.id.replaceAll('-', ''), 'hex'));
  const sealed = Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  await app.db.query('UPDATE users SET totp_secret = $2 WHERE id = $1', [user.id, sealed]);
}

/** The one-time link at the end of what the command line printed, at the program's own address. */
export function oneTimeLink(output: string, url: string): string {
  const last = output.trim().split('\n').at(-1) ?? '';
  const path = /^http:\/\/[^/]+(\/link\/\S+)$/.exec(last)?.[1];
  if (!path) throw new Error(`no link at the end of: ${output}`);
  return new URL(path, url).href;
}

/** Runs `lastmile user` on the program's database. */
export function userCommand(instance: Instance, ...args: string[]): Promise<string> {
  return runCommand(['user', ...args, ...(instance.args ?? [])], instance.env);
}

/** Adds a user by the command line, who chooses a password by the link and signs in. */
export async function createUser(instance: Instance, role: Role, more: { name?: string } = {}): Promise<User> {
  origins.add(new URL(instance.url).origin);
  const word = unique();
  const user = { name: more.name ?? `${role} ${word}`, email: `${role.toLowerCase()}.${word}@lastmile.example`, password: password(), role };
  const output = await userCommand(instance, 'add', '--name', user.name, '--email', user.email, '--role', role);
  const chosen = await postForm(oneTimeLink(output, instance.url), { password: user.password }, null);
  if (chosen.status !== 303) throw new Error(`choosing a password: ${chosen.status}`);
  const session = await signIn(instance.url, user.email, user.password);
  const account = await fetchAs(`${instance.url}/api/users/account`, {}, { ...user, id: '', session });
  const { user: found } = (await account.json()) as { user: { id: string } };
  return { ...user, id: found.id, session };
}

/** Adds an Admin, a Sales and a Staff user, and registers them. */
export async function createUsers(instance: Instance): Promise<Users> {
  const [Admin, Sales, Staff] = await Promise.all(ROLES.map((role) => createUser(instance, role)));
  const users = { Admin, Sales, Staff };
  registerUsers(instance.url, users);
  return users;
}

/** A browser's state in which a user is signed in, whichever program it asks; or nobody. */
export function storageStateOf(user: User | null): Exclude<Parameters<BrowserContext['setStorageState']>[0], string> {
  const cookie = { domain: '127.0.0.1', path: '/', expires: -1, httpOnly: true, secure: false, sameSite: 'Lax' as const };
  const cookies = [...origins].map((origin) => ({ ...cookie, name: sessionCookie(origin), value: user?.session ?? '' }));
  return { cookies: user ? cookies : [], origins: [] };
}

/** Gives a browser the session of a user. */
export async function useSession(context: BrowserContext, user: User): Promise<void> {
  await context.addCookies(storageStateOf(user).cookies);
}

/** Ends all sessions of a user, as an Admin does. */
export async function endSessions(url: string, user: User): Promise<void> {
  const response = await postForm(`${url}/settings/users/${user.id}/sessions`, {});
  if (response.status !== 303) throw new Error(`ending sessions: ${response.status}`);
}

/** Fills the sign-in page and submits it. */
export async function submitSignIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('Email', { exact: true }).fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Signs out by the button beside the user's name. */
export async function signOut(page: Page): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
}

/** The bytes of a secret in base 32, as people type it. */
export function decodeBase32(secret: string): Buffer {
  const bits = [...secret.replace(/\s/g, '')].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

/** The code that an authenticator app shows now (RFC 6238). */
export function totpCode(secret: Buffer): string {
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac('sha1', secret).update(step).digest();
  const number = digest.readUInt32BE(digest[19] & 0x0f) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}
