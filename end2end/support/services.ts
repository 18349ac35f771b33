import type pg from 'pg';
import { createPlan } from './plans.ts';
import { uuid } from './unique.ts';
import { fetchAs, postForm } from './users.ts';

/** What the server says of a service, as far as tests read it. */
export interface ServiceView {
  id: string;
  version: number;
  state: { status: string; plan: string; price: number };
}

/** The date in India, or that of some days later. */
export const day = (later: number): string =>
  new Date(Date.now() + later * 86_400_000).toLocaleDateString('en-CA', { timeZone: 'Asia/Kolkata' });

/** The same as the pages show it: 1 Dec 2026. */
export const dayText = (later: number): string => {
  const [year, month, date] = day(later).split('-').map(Number);
  const name = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][month - 1];
  return `${date} ${name} ${year}`;
};

/** The services of a customer, the best first. */
export async function servicesOf(url: string, customer: string): Promise<ServiceView[]> {
  const response = await fetchAs(`${url}/api/services/of_customer?customer=${customer}`);
  if (!response.ok) throw new Error(`the services of ${customer}: ${response.status}`);
  return ((await response.json()) as { services: ServiceView[] }).services;
}

/** Does something with a service, by the form of its dialog. */
async function act(url: string, customer: string, service: string, action: string, form: Record<string, string>): Promise<void> {
  const found = (await servicesOf(url, customer)).find(({ id }) => id === service);
  const response = await postForm(`${url}/services/${customer}/${service}/${action}`, { version: String(found?.version), ...form });
  if (response.status !== 303) throw new Error(`${action}: ${response.status} ${await response.text()}`);
}

/** Does something with the best service of a customer, by the form of its dialog. */
export async function actOnService(url: string, customer: string, action: string, form: Record<string, string>): Promise<void> {
  await act(url, customer, (await servicesOf(url, customer))[0].id, action, form);
}

/**
 * Gives a customer, who has an active service, one of each other status and a change that is planned. Gives the ids of the customer, of a service
 * of each status and of the planned event.
 */
export async function createServices(app: { url: string; db: pg.Pool }, customer: string): Promise<Record<string, string>> {
  const { url, db } = app;
  const ids: Record<string, string> = { customer, active: (await servicesOf(url, customer))[0].id };
  const plan = (await createPlan({ url }, { name: 'Wireless 300 Family with all apps', plan: 'Wireless', download: '300', price: '2499.50' })).id;
  for (const name of ['ended', 'suspended', 'paused', 'ordered']) {
    const id = (ids[name] = uuid());
    const form = { id, plan, day: day(name === 'ordered' ? 9 : 0), login: `${id}@fiber` };
    const response = await postForm(`${url}/services/${customer}/order`, form);
    if (response.status !== 303) throw new Error(`order: ${response.status} ${await response.text()}`);
    if (name === 'suspended') await act(url, customer, id, 'suspend', { day: day(0), cause: 'Dues', reason: 'Third reminder' });
    if (name === 'paused') await act(url, customer, id, 'pause', { day: day(0), cause: 'Move' });
    if (name === 'ended') await act(url, customer, id, 'end', { day: day(0), cause: 'Fault', reason: 'The building has no light' });
  }
  await act(url, customer, ids.active, 'change-plan', { plan, day: day(12), cause: 'Request' });
  const { rows } = await db.query<{ id: string }>(
    'SELECT id FROM service_events WHERE service_id = $1 AND applied_at IS NULL AND withdrawn_at IS NULL', [ids.active],
  );
  return { ...ids, event: rows[0].id };
}

/** Ends the services of customers in the database itself. */
export async function endServices(db: pg.Pool, customers: string | string[]): Promise<void> {
  await db.query(
    `UPDATE services SET status = 'Ended', ends_on = greatest(starts_on, current_date), end_reason = 'Moved away', version = version + 1
     WHERE customer_id = ANY($1) AND status <> 'Ended'`,
    [[customers].flat()],
  );
}
