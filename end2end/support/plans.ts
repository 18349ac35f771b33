import { formBody, type Fields } from './records.ts';
import { unique, uuid } from './unique.ts';
import { fetchAs } from './users.ts';

/** The plan that every program has which a test starts: see `createBasePlan`. */
export const PLAN = '0193a5f0-0000-7000-8000-000000000001';

/** Adds the plan of customers of whom a test wishes no other. */
export async function createBasePlan(url: string): Promise<void> {
  await createPlan({ url }, { id: PLAN, name: 'Regular fiber', code: 'TEST-100', price: '799', live_channels: '200' });
}

/** Adds a plan: Fiber at 100 Mbps for ₹699 a month. Its name and its code are its own. */
export async function createPlan({ url }: { url: string }, more: Fields = {}): Promise<{ id: string; name: string; code: string }> {
  const word = unique();
  const fields = {
    id: uuid(), name: `Fiber ${word}`, code: `F-${word}`.toUpperCase().slice(0, 24), status: 'On sale', plan: 'Fiber', download: '100', upload: '50',
    live_channels: '0', price: '699', billing_cycle: 'Monthly', gst_rate: '18', sac: '998422', ...more,
  };
  const response = await fetchAs(`${url}/plans/new`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: formBody(fields),
    redirect: 'manual',
  });
  if (response.status !== 303) throw new Error(`saving a plan: ${response.status} ${await response.text()}`);
  return { id: fields.id, name: String(fields.name), code: String(fields.code) };
}
