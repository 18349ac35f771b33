import type pg from 'pg';
import { unique, uuid } from './unique.ts';
import { fetchAs, type User } from './users.ts';

/** The text of each field of the form, by its name; several values for choices and hours. */
export type Fields = Record<string, string | string[]>;

/** The fields of a valid new customer. */
export function customerFields(more: Fields = {}): Fields {
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
export function formBody(fields: Fields): string {
  const pairs = Object.entries(fields).flatMap(([name, values]) => [values].flat().map((value) => [name, value]));
  return new URLSearchParams(pairs).toString();
}

/** What the server answers to a submitted form. */
export type Outcome = { Done: { action: string; record: { id: string; reference: string; name: string } } } | { Invalid: unknown };

/** Submits the form of a customer as the page's script does, as the Admin or as another user. */
export function saveCustomer(url: string, form: string, user?: User | null): Promise<Response> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ form }),
  };
  return fetchAs(`${url}/api/customers/save`, init, user);
}

/** A customer that a test has created. */
export interface Customer {
  id: string;
  name: string;
  email: string;
  account: string;
}

/** Creates a customer. */
export async function createCustomer(url: string, more: Fields = {}): Promise<Customer> {
  const typed = customerFields(more);
  const id = uuid();
  const response = await saveCustomer(url, formBody({ id, ...typed }));
  const text = await response.text();
  if (!response.ok) throw new Error(`saving a customer: ${response.status} ${text}`);
  const outcome = JSON.parse(text) as Outcome;
  if (!('Done' in outcome)) throw new Error(`a valid customer was refused: ${text}`);
  const { name, reference } = outcome.Done.record;
  return { id, name, email: String(typed.email), account: reference };
}

/** Edits a customer as a colleague would: reads the form, changes a few fields, submits it. */
export async function editCustomer(url: string, id: string, more: Fields): Promise<void> {
  const page = await (await fetchAs(`${url}/customers/${id}/edit`)).text();
  const response = await saveCustomer(url, formBody({ ...readForm(page), ...more }));
  const outcome = (await response.json()) as Outcome;
  if (!('Done' in outcome)) throw new Error(`the edit was refused: ${JSON.stringify(outcome)}`);
}

/** What the inputs of the customer's form hold in a page of the server. */
export function readForm(page: string): Fields {
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

/** Deletes customers in the database itself, as a colleague would meanwhile. */
export const deleteCustomers = (db: pg.Pool, ids: string | string[]): Promise<void> => setDeleted(db, ids, true);

/** Restores them. */
export const restoreCustomers = (db: pg.Pool, ids: string | string[]): Promise<void> => setDeleted(db, ids, false);

async function setDeleted(db: pg.Pool, ids: string | string[], deleted: boolean): Promise<void> {
  await db.query(
    `UPDATE customers SET deleted_at = CASE WHEN $2 THEN now() END, version = version + 1
     WHERE id = ANY($1) AND (deleted_at IS NULL) = $2`,
    [[ids].flat(), deleted],
  );
}

/** The ids of customers who are not deleted, by the rest of a statement: conditions that begin with AND, an order, a limit. */
export async function customerIds(db: pg.Pool, rest: string, values: unknown[] = []): Promise<string[]> {
  const found = await db.query<{ id: string }>(`SELECT id FROM customers WHERE deleted_at IS NULL ${rest}`, values);
  return found.rows.map((row) => row.id);
}
