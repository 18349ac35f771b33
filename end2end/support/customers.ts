import type pg from 'pg';
import { createPlan, PLAN } from './plans.ts';
import { createRecord, editRecord, recordIds, saveRecord, setDeleted, type Fields } from './records.ts';
import { actOnService, day, endServices } from './services.ts';
import { unique } from './unique.ts';
import type { User } from './users.ts';

/** The fields that the form of a new customer and that of an edit have. */
export function contactFields(more: Fields = {}): Fields {
  const word = unique();
  return {
    name: `Asha ${word}`,
    email: `asha.${word}@example.in`,
    phone: '98450 12345',
    address: '14, MG Road',
    city: 'Bengaluru',
    state: 'Karnataka',
    pin_code: '560001',
    ...more,
  };
}

/** The fields of a valid new customer, who has the plan of every program that a test starts. */
export const customerFields = (more: Fields = {}): Fields => contactFields({ plan_id: PLAN, starts_on: '2024-03-01', ...more });

/** The fields of a valid edit: those of a new customer without the plan, and those that only an edit has. */
export const editFields = (more: Fields = {}): Fields => contactFields({
  data_used: '250.5',
  average_speed: '92.5',
  uptime: '99.14',
  customer_since: '2024-03-01',
  churn: 'Low',
  nps: '40',
  tickets: '0',
  ...more,
});

/** Submits the form of a customer as the page's script does, as the Admin or as another user. */
export const saveCustomer = (url: string, form: string, user?: User | null): Promise<Response> => saveRecord(url, 'customer', form, user);

/** A customer that a test has created. */
export interface Customer {
  id: string;
  name: string;
  email: string;
  account: string;
}

/** What a customer has of a service, by the name of the plan's field that says it. */
const OF_PLAN = { plan: 'plan', speed: 'download', price: 'price', billing_cycle: 'billing_cycle', ott_apps: 'ott_apps', live_channels: 'live_channels' };
/** How a customer stands. */
const OF_STATUS = ['status', 'cancelled_on', 'cancel_reason'];
/** What follows from bills, payments and services: amounts in rupees, and the day of the next bill. */
const OF_LEDGER = ['outstanding', 'lifetime_value', 'next_billing'];

/**
 * Creates a customer, by the form of a new one. What that form does not ask for follows in the way of its own: a plan that has what is wished, an
 * edit of the other fields, what is done with the service until the customer stands as is wished (Active where nothing is said), and the rows of the
 * ledger.
 */
export async function createCustomer({ url, db }: { url: string; db: pg.Pool }, more: Fields = {}): Promise<Customer> {
  const ofPlan = Object.entries(OF_PLAN).flatMap(([name, ofPlan]) => (name in more ? [[ofPlan, more[name]]] : []));
  const order: Fields = more.status === 'Pending' ? { starts_on: day(30) } : {};
  if (ofPlan.length > 0) order.plan_id = (await createPlan({ url }, Object.fromEntries(ofPlan) as Fields)).id;
  const rest = Object.entries(more).filter(([name]) => !(name in OF_PLAN) && ![...OF_STATUS, ...OF_LEDGER].includes(name));
  const defaults = customerFields({ gstin: '', referred_by: '' });
  const [asked, later] = [true, false].map((isAsked): Fields => Object.fromEntries(rest.filter(([name]) => name in defaults === isAsked)));
  const typed: Fields = { ...defaults, ...order, ...asked };
  const { id, name, reference } = await createRecord(url, 'customer', typed);
  if (Object.keys(later).length > 0) await editCustomer(url, id, later);
  if (more.status === 'Suspended') await actOnService(url, id, 'suspend', { day: day(0), cause: 'Dues' });
  if (more.status === 'Cancelled') {
    await actOnService(url, id, 'end', { day: String(more.cancelled_on ?? day(0)), cause: 'Request', reason: String(more.cancel_reason ?? 'Moved away') });
  }
  await addToLedger(db, id, more);
  return { id, name, email: String(typed.email), account: reference };
}

/**
 * Gives a customer, in the database itself, what the wished amounts and day follow from: a bill that is open, another one with the payment that has
 * paid it, and the last day that is billed.
 */
async function addToLedger(db: pg.Pool, id: string, { outstanding = '', lifetime_value = '', next_billing = '' }: Fields): Promise<void> {
  const [owed, paid] = [outstanding, lifetime_value].map((rupees) => Math.round(Number(rupees) * 100));
  if (owed > 0 || paid > 0) {
    await db.query(
      `WITH bill AS (
         INSERT INTO bills (id, customer_id, kind, issued_on, due_on, billed_name, billed_address, supplied_from, supplied_to, taxable_paise,
           cgst_paise, sgst_paise, igst_paise, round_off_paise, total_paise, open_paise, search_text, created_at)
         SELECT gen_random_uuid(), id, 'Brought forward', $4::date, $4::date, name, address_line, '00', '00', total_paise, 0, 0, 0, 0, total_paise,
           open_paise, '', now()
         FROM customers CROSS JOIN (VALUES ($2::bigint, $2::bigint), ($3::bigint, 0)) AS wished (total_paise, open_paise)
         WHERE id = $1 AND total_paise > 0
         RETURNING *
       ), payment AS (
         INSERT INTO payments (id, customer_id, received_on, amount_paise, method, open_paise, payer_name, search_text, created_at)
         SELECT gen_random_uuid(), customer_id, issued_on, total_paise, 'Cash', 0, billed_name, '', now() FROM bill WHERE open_paise = 0
         RETURNING *
       )
       INSERT INTO allocations (id, bill_id, payment_id, amount_paise, created_at)
       SELECT gen_random_uuid(), bill.id, payment.id, payment.amount_paise, now() FROM bill CROSS JOIN payment WHERE bill.open_paise = 0`,
      [id, owed, paid, day(0)],
    );
  }
  if (next_billing) await db.query('UPDATE services SET paid_through = $2::date - 1 WHERE customer_id = $1', [id, next_billing]);
}

/** Edits a customer as a colleague would. */
export const editCustomer = (url: string, id: string, more: Fields): Promise<void> => editRecord(url, 'customer', id, more);

/** Ends the services of customers and deletes them in the database itself, as a colleague would meanwhile. */
export async function deleteCustomers(db: pg.Pool, ids: string | string[]): Promise<void> {
  await endServices(db, ids);
  await setDeleted(db, 'customer', ids, true);
}

/** Restores them. */
export const restoreCustomers = (db: pg.Pool, ids: string | string[]): Promise<void> => setDeleted(db, 'customer', ids, false);

/** The ids of customers who are not deleted, by the rest of a statement. */
export const customerIds = (db: pg.Pool, rest: string, values?: unknown[]): Promise<string[]> => recordIds(db, 'customer', rest, values);
