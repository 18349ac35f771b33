import { createHmac } from 'node:crypto';
import { expect, type BrowserContext, type Page } from '@playwright/test';
import { unique } from './customers.ts';
import { run } from './program.ts';

export type Role = 'Admin' | 'Sales' | 'Staff';
export const ROLES: Role[] = ['Admin', 'Sales', 'Staff'];

/** The name of the session's cookie. */
export const SESSION = 'lastmile_session';

/** A program, and how its command line reaches the same database. */
export interface Place {
  url: string;
  env: Record<string, string>;
  words?: string[];
}

/** Somebody who has chosen a password and signed in. */
export interface Person {
  id: string;
  name: string;
  email: string;
  password: string;
  role: Role;
  /** The token in the session's cookie. */
  session: string;
}

export type People = Record<Role, Person>;

/** Who works at a program, by its origin: two on one machine differ by the port, which cookies do not see. */
const known = new Map<string, People>();

/** Says who works at a program; also at one that is started again elsewhere on the same database. */
export function settleAt(url: string, people: People): void {
  known.set(new URL(url).origin, people);
}

export function peopleAt(url: string): People {
  const people = known.get(new URL(url).origin);
  if (!people) throw new Error(`nobody has settled at ${url}`);
  return people;
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** Asks a program, as its Admin or as somebody else; `null` asks without a session. */
export function ask(url: string, init: RequestInit = {}, person: Person | null = peopleAt(url).Admin): Promise<Response> {
  const headers = new Headers(init.headers);
  if (person) headers.set('cookie', `${SESSION}=${person.session}`);
  return fetch(url, { ...init, headers });
}

/** Sends a form, and does not follow where the answer leads. */
export function post(url: string, form: Record<string, string>, person?: Person | null): Promise<Response> {
  return ask(url, { method: 'POST', headers: FORM, body: new URLSearchParams(form), redirect: 'manual' }, person);
}

/** What an answer makes of the session's cookie. */
function sessionOf(answer: Response): string | undefined {
  const set = answer.headers.getSetCookie().find((cookie) => cookie.startsWith(`${SESSION}=`));
  return set?.slice(SESSION.length + 1).split(';')[0];
}

/** Signs somebody in as a browser does: the token of the new session. */
export async function signIn(url: string, email: string, password: string): Promise<string> {
  const answer = await post(`${url}/sign-in`, { email, password }, null);
  const session = sessionOf(answer);
  if (answer.status !== 303 || !session) throw new Error(`signing ${email} in: ${answer.status}`);
  return session;
}

/** The one-time link that the command line has printed, at the program's own address. */
export function linkIn(said: string, url: string): string {
  const last = said.trim().split('\n').at(-1) ?? '';
  const path = /^http:\/\/[^/]+(\/link\/\S+)$/.exec(last)?.[1];
  if (!path) throw new Error(`no link at the end of: ${said}`);
  return new URL(path, url).href;
}

/** Runs `lastmile user` on the program's database. */
export function user(place: Place, ...words: string[]): Promise<string> {
  return run(['user', ...words, ...(place.words ?? [])], place.env);
}

/** A password that nobody would guess. */
export const password = () => `nine green kettles ${unique()}`;

/** Adds somebody by the command line, who chooses a password by the link and signs in. */
export async function newcomer(place: Place, role: Role, more: { name?: string } = {}): Promise<Person> {
  const word = unique();
  const person = { name: more.name ?? `${role} ${word}`, email: `${role.toLowerCase()}.${word}@lastmile.example`, password: password(), role };
  const said = await user(place, 'add', '--name', person.name, '--email', person.email, '--role', role);
  const chosen = await post(linkIn(said, place.url), { password: person.password }, null);
  if (chosen.status !== 303) throw new Error(`choosing a password: ${chosen.status}`);
  const session = await signIn(place.url, person.email, person.password);
  const account = await ask(`${place.url}/api/people/account`, {}, { ...person, id: '', session });
  const { user: found } = (await account.json()) as { user: { id: string } };
  return { ...person, id: found.id, session };
}

/** Brings an Admin, a Sales and a Staff user into a house. */
export async function settle(place: Place): Promise<People> {
  const [Admin, Sales, Staff] = await Promise.all(ROLES.map((role) => newcomer(place, role)));
  const people = { Admin, Sales, Staff };
  settleAt(place.url, people);
  return people;
}

/** A browser's state in which somebody is signed in; or nobody. */
export function state(person: Person | null): Exclude<Parameters<BrowserContext['setStorageState']>[0], string> {
  const cookie = { name: SESSION, domain: '127.0.0.1', path: '/', expires: -1, httpOnly: true, secure: false, sameSite: 'Lax' as const };
  return { cookies: person ? [{ ...cookie, value: person.session }] : [], origins: [] };
}

/** Lets a browser go on as somebody: there is one session's cookie for the whole host, whatever the port. */
export async function become(context: BrowserContext, person: Person): Promise<void> {
  await context.addCookies(state(person).cookies);
}

/** Ends all sessions of somebody, as an Admin does. */
export async function endSessions(url: string, person: Person): Promise<void> {
  const answer = await post(`${url}/settings/users/${person.id}/sessions`, {});
  if (answer.status !== 303) throw new Error(`ending sessions: ${answer.status}`);
}

/** Fills the sign-in page and sends it. */
export async function enter(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('Email', { exact: true }).fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Signs out by the button beside the person's name. */
export async function leave(page: Page): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
}

/** The bytes of a secret as people type it: base 32. */
export function bytesOf(secret: string): Buffer {
  const bits = [...secret.replace(/\s/g, '')].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

/** The code that an authenticator app shows now (RFC 6238). */
export function code(secret: Buffer): string {
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac('sha1', secret).update(step).digest();
  const number = digest.readUInt32BE(digest[19] & 0x0f) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}
