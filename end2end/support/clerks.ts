import { expect } from '@playwright/test';
import { startApp } from './app.ts';
import { runCommand, Server } from './server.ts';
import { gate } from './test.ts';
import { uuid } from './unique.ts';
import { fetchAs, postForm, registerUsers } from './users.ts';

interface Preview {
  id: string;
  draft: { Ok?: { period: { from: string; to: string }; total: number }; Err?: string };
}

/**
 * Kills the program (kill -9) again and again while eight clerks take payments, every fourth one twice, and issue bills. Then every acknowledged
 * payment and bill is there once, numbers have no gap, and `lastmile check` finds nothing wrong. Gives how many were acknowledged.
 */
export async function killDuringPayments(kills: number): Promise<{ payments: number; bills: number }> {
  const app = await startApp(200);
  let server = app.server;
  const sent = new Set<string>();
  const taken = new Set<string>();
  const issued = new Set<string>();
  try {
    const { rows } = await app.db.query<{ customer: string; service: string }>(
      "SELECT customer_id AS customer, id AS service FROM services WHERE status = 'Active' ORDER BY id LIMIT 60",
    );
    const seeded = Number((await app.db.query<{ count: string }>('SELECT count(*) FROM payments')).rows[0]?.count);
    const today = new Date().toISOString().slice(0, 10);
    for (let round = 0; round < kills; round += 1) {
      const { url } = server;
      let killed = false;
      let writes = 0;
      const enough = gate();
      const pay = async (customer: string) => {
        const id = uuid();
        sent.add(id);
        const form = { id, amount: '100', method: 'UPI', reference: id, received_on: today };
        const presses = writes % 4 === 0 ? 2 : 1;
        const answers = await Promise.all(Array.from({ length: presses }, () => postForm(`${url}/payments/new/${customer}`, form)));
        for (const answer of answers) expect(answer.headers.get('location')).toBe(`/payments/${id}`);
        taken.add(id);
      };
      const bill = async (service: string) => {
        const preview = (await (await fetchAs(`${url}/api/billing/preview?service=${service}`)).json()) as Preview;
        const draft = preview.draft.Ok;
        if (!draft) return;
        const form = { id: preview.id, ...draft.period, total: String(draft.total) };
        const answer = await postForm(`${url}/bills/new/${service}`, form);
        // Another clerk may have billed it meanwhile.
        if (answer.status === 303) issued.add(preview.id);
        else expect(answer.status).toBe(409);
      };
      const clerk = async (number: number) => {
        for (let turn = number; !killed; turn += 1) {
          const { customer, service } = rows[(turn * 7 + round) % rows.length] ?? rows[0];
          try {
            await (turn % 5 === 0 ? bill(service) : pay(customer));
          } catch (fault) {
            if (killed) return;
            throw fault;
          }
          writes += 1;
          if (writes === 24) enough.open();
        }
      };
      const clerks = Array.from({ length: 8 }, (_, number) => clerk(number));
      await Promise.race([enough.wait, Promise.all(clerks)]);
      killed = true;
      await server.kill();
      await Promise.all(clerks);
      server = await Server.start([], app.env);
      registerUsers(server.url, app.users);
    }
    const found = async (table: string) => (await app.db.query<{ id: string }>(`SELECT id FROM ${table}`)).rows.map((row) => row.id);
    const payments = await found('payments');
    expect([...taken].filter((id) => !payments.includes(id))).toEqual([]);
    // What was not acknowledged may be there, too, and nothing else.
    expect(payments.length - seeded).toBe(payments.filter((id) => sent.has(id)).length);
    const bills = await found('bills');
    expect([...issued].filter((id) => !bills.includes(id))).toEqual([]);
    const { rows: gaps } = await app.db.query(
      `SELECT number FROM (SELECT number, right(number, 7)::bigint AS count, row_number() OVER (PARTITION BY left(number, 8) ORDER BY number) AS place
       FROM bills WHERE number IS NOT NULL) AS numbered WHERE count <> place`,
    );
    expect(gaps).toEqual([]);
    await runCommand(['check'], app.env);
    return { payments: taken.size, bills: issued.size };
  } finally {
    await server.stop();
    await app.stop();
  }
}
