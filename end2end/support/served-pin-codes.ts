import type { TestApp } from './app.ts';
import { formBody, type Fields } from './records.ts';
import { uuid } from './unique.ts';
import { fetchAs } from './users.ts';

/** A PIN code that is not served yet. */
export async function freePinCode(app: TestApp): Promise<string> {
  const found = await app.db.query<{ pin: string }>(
    `SELECT pin::text FROM (SELECT (100000 + floor(random() * 900000))::int AS pin FROM generate_series(1, 50)) AS drawn
     WHERE NOT EXISTS (SELECT FROM served_pin_codes WHERE pin_code = pin::text) LIMIT 1`,
  );
  return found.rows[0].pin;
}

/** Adds a served PIN code, where Fiber and Wireless can be had up to 500 Mbps. */
export async function createServedPinCode(app: TestApp, more: Fields = {}): Promise<{ id: string; pinCode: string }> {
  const fields = { id: uuid(), pin_code: await freePinCode(app), area: 'Fort', city: 'Panaji', plan_types: ['Fiber', 'Wireless'], max_speed: '500', ...more };
  const response = await fetchAs(`${app.url}/served-pin-codes/new`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: formBody(fields),
    redirect: 'manual',
  });
  if (response.status !== 303) throw new Error(`saving a served PIN code: ${response.status} ${await response.text()}`);
  return { id: fields.id, pinCode: String(fields.pin_code) };
}
