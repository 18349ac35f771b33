import type pg from 'pg';
import { randomBytes } from 'node:crypto';
import { ask, type Person } from './people.ts';
import type { House } from './test.ts';

/** The text of each field of the form, by its name; several values for choices and hours. */
export type Fields = Record<string, string | string[]>;

/** A version 7 UUID, as the server puts one into the form of a new customer. */
export function uuid(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Letters that nobody else's test uses, so that tests stay out of each other's way. */
export function unique(): string {
  const letters = 'bcdfghjkmnpstvwxyz';
  return Array.from(randomBytes(9), (byte) => letters[byte % letters.length]).join('');
}

/** A valid new customer. */
export function fields(more: Fields = {}): Fields {
  const word = unique();
  return {
    name: `Asha ${word}`,
    email: `asha.${word}@example.in`,
    phone: '98450 12345',
    address: '14, MG Road',
    city: 'Bengaluru',
    state: 'Karnataka',
    pin_code: '560001',
    status: 'Active',
    plan: 'Fiber',
    speed: '100',
    price: '799',
    billing_cycle: 'Monthly',
    live_channels: '200',
    data_used: '250.5',
    average_speed: '92.5',
    uptime: '99.14',
    customer_since: '2024-03-01',
    lifetime_value: '24000',
    churn: 'Low',
    nps: '40',
    tickets: '0',
    next_billing: '2027-01-05',
    outstanding: '0',
    ...more,
  };
}

/** The body that a browser sends for a form. */
export function body(fields: Fields): string {
  const pairs = Object.entries(fields).flatMap(([name, values]) => [values].flat().map((value) => [name, value]));
  return new URLSearchParams(pairs).toString();
}

/** What the server says to a sent form. */
export type Outcome = { Done: { deed: string; customer: { id: string; account_number: number; name: string } } } | { Again: unknown };

/** Sends a form as the page's script does, as the Admin or as somebody else. */
export function send(url: string, form: string, person?: Person | null): Promise<Response> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ form }),
  };
  return ask(`${url}/api/customers/save`, init, person);
}

/** A customer that a test has made. */
export interface Customer {
  id: string;
  name: string;
  email: string;
  account: string;
}

/** `LM-0000042` */
export function accountNumber(number: number | string): string {
  return `LM-${String(number).padStart(7, '0')}`;
}

/** Makes a customer. */
export async function make(url: string, more: Fields = {}): Promise<Customer> {
  const typed = fields(more);
  const id = uuid();
  const answer = await send(url, body({ id, ...typed }));
  const said = await answer.text();
  if (!answer.ok) throw new Error(`saving a customer: ${answer.status} ${said}`);
  const outcome = JSON.parse(said) as Outcome;
  if (!('Done' in outcome)) throw new Error(`a valid customer was refused: ${said}`);
  const { name, account_number: number } = outcome.Done.customer;
  return { id, name, email: String(typed.email), account: accountNumber(number) };
}

/** Edits a customer as somebody else would: reads the form, changes a few fields, sends it. */
export async function change(url: string, id: string, more: Fields): Promise<void> {
  const answer = await ask(`${url}/customers/${id}/edit`);
  const page = await answer.text();
  const form = formOf(page);
  const answer2 = await send(url, body({ ...form, ...more }));
  const outcome = (await answer2.json()) as Outcome;
  if (!('Done' in outcome)) throw new Error(`the change was refused: ${JSON.stringify(outcome)}`);
}

/** What the inputs of the customer's form hold in a page of the server. */
export function formOf(page: string): Fields {
  const form = /<form[^>]*id="customer-form"[\s\S]*?<\/form>/.exec(page)?.[0];
  if (!form) throw new Error('the page has no form');
  const found: Record<string, string[]> = {};
  const attribute = (tag: string, name: string): string | undefined => {
    const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
    return value?.replace(/&quot;/g, '"').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&#x27;|&#39;/g, "'").replace(/&amp;/g, '&');
  };
  for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
    const name = attribute(tag, 'name');
    const box = ['checkbox', 'radio'].includes(attribute(tag, 'type') ?? '');
    if (name && (!box || /\schecked/.test(tag))) (found[name] ??= []).push(attribute(tag, 'value') ?? '');
  }
  for (const [, start, options] of form.matchAll(/(<select[^>]*>)([\s\S]*?)<\/select>/g)) {
    const chosen = [...options.matchAll(/<option[^>]*>/g)].map(([tag]) => tag).find((tag) => /\sselected/.test(tag));
    found[attribute(start, 'name') ?? ''] = [chosen ? (attribute(chosen, 'value') ?? '') : ''];
  }
  return found;
}

/** Deletes customers, as somebody else does, in the database itself; the counts are theirs to keep then. */
export const remove = (db: pg.Pool, ids: string | string[]): Promise<void> => setDeleted(db, ids, true);

/** Takes that back. */
export const bringBack = (db: pg.Pool, ids: string | string[]): Promise<void> => setDeleted(db, ids, false);

async function setDeleted(db: pg.Pool, ids: string | string[], deleted: boolean): Promise<void> {
  await db.query(
    `WITH changed AS (
         UPDATE customers SET deleted_at = CASE WHEN $2 THEN now() END, version = version + 1
         WHERE id = ANY($1) AND (deleted_at IS NULL) = $2
         RETURNING id, name_key, search_text, segment, status, churn_risk, plan_type, CASE WHEN $2 THEN -1 ELSE 1 END AS one, price_paise, outstanding_paise
     ), unsaid AS (
         DELETE FROM customer_words WHERE $2 AND id IN (SELECT id FROM changed)
     ), said AS (
         INSERT INTO customer_words SELECT word, name_key, id, segment, price_paise, outstanding_paise, all_words
         FROM changed CROSS JOIN LATERAL customer_search_words(search_text) WHERE NOT $2
     )
     INSERT INTO customer_count_changes (status, churn_risk, plan_type, customers, debtors, price_paise, outstanding_paise)
     SELECT status, churn_risk, plan_type, one, one * (outstanding_paise > 0)::int, one * price_paise, one * outstanding_paise FROM changed`,
    [[ids].flat(), deleted],
  );
}

/** The ids that a statement finds among the living. */
export async function ids(house: House, rest: string, values: unknown[] = []): Promise<string[]> {
  const found = await house.db.query<{ id: string }>(`SELECT id FROM customers WHERE deleted_at IS NULL ${rest}`, values);
  return found.rows.map((row) => row.id);
}
