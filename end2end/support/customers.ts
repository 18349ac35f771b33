import type pg from 'pg';
import { createRecord, editRecord, recordIds, saveRecord, setDeleted, type Fields } from './records.ts';
import { unique } from './unique.ts';
import type { User } from './users.ts';

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

/** Submits the form of a customer as the page's script does, as the Admin or as another user. */
export const saveCustomer = (url: string, form: string, user?: User | null): Promise<Response> => saveRecord(url, 'customer', form, user);

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
  const { id, name, reference } = await createRecord(url, 'customer', typed);
  return { id, name, email: String(typed.email), account: reference };
}

/** Edits a customer as a colleague would. */
export const editCustomer = (url: string, id: string, more: Fields): Promise<void> => editRecord(url, 'customer', id, more);

/** Deletes customers in the database itself, as a colleague would meanwhile. */
export const deleteCustomers = (db: pg.Pool, ids: string | string[]): Promise<void> => setDeleted(db, 'customer', ids, true);

/** Restores them. */
export const restoreCustomers = (db: pg.Pool, ids: string | string[]): Promise<void> => setDeleted(db, 'customer', ids, false);

/** The ids of customers who are not deleted, by the rest of a statement. */
export const customerIds = (db: pg.Pool, rest: string, values?: unknown[]): Promise<string[]> => recordIds(db, 'customer', rest, values);
