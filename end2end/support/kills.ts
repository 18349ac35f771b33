import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { expect } from '@playwright/test';
import { customerFields, editFields, saveCustomer } from './customers.ts';
import { createBasePlan } from './plans.ts';
import { formBody, type Outcome } from './records.ts';
import { runCommand, Server } from './server.ts';
import { gate } from './test.ts';
import { uuid } from './unique.ts';
import { createUsers, fetchAs, registerUsers, type Users } from './users.ts';

/**
 * Kills the program (kill -9) again and again while four people write, on a Postgres of its own, which loses no acknowledged write. Then every
 * acknowledged write is there, `lastmile check` finds nothing wrong, and what the caller checks holds. Gives how many writes were acknowledged.
 */
export async function killDuringWrites(
  kills: number,
  check: (server: Server, users: Users) => Promise<void> = async () => undefined,
): Promise<{ acknowledged: number }> {
  // Postgres's user must be able to enter the directory.
  const directory = mkdtempSync('/tmp/lastmile-e2e-data.');
  chmodSync(directory, 0o755);
  const args = ['--data-dir', `${directory}/data`];
  const stored = new Map<string, { name: string; nps: number }>();
  let acknowledged = 0;
  let server = await Server.start(args, {});
  try {
    const users = await createUsers({ url: server.url, args, env: {} });
    await createBasePlan(server.url);
    for (let round = 0; round < kills; round += 1) {
      const { url } = server;
      let killed = false;
      let writes = 0;
      const enough = gate();
      const writer = async () => {
        while (!killed) {
          const id = uuid();
          const typed = { ...editFields({ nps: '0' }), ...customerFields() };
          for (const nps of [0, 1]) {
            // First the creation, then an edit of version 1.
            const original = Object.fromEntries(Object.entries(typed).map(([name, value]) => [`original.${name}`, value]));
            const editing = nps === 0 ? {} : { version: '1', reference: 'LM-0000001', ...original };
            try {
              const response = await saveCustomer(url, formBody({ id, ...editing, ...typed, nps: String(nps) }));
              const outcome = (await response.json()) as Outcome;
              if (!('Done' in outcome)) throw new Error(`refused: ${JSON.stringify(outcome)}`);
            } catch (fault) {
              if (killed) return;
              throw fault;
            }
            stored.set(id, { name: String(typed.name), nps });
            acknowledged += 1;
            writes += 1;
            if (writes === 12) enough.open();
          }
        }
      };
      const writers = Array.from({ length: 4 }, writer);
      await Promise.race([enough.wait, Promise.all(writers)]);
      killed = true;
      await server.kill();
      await Promise.all(writers);
      server = await Server.start(args, {});
      registerUsers(server.url, users);
    }
    for (const [id, { name, nps }] of stored) {
      const response = await fetchAs(`${server.url}/api/customers/record?id=${id}`);
      expect(response.status, id).toBe(200);
      const { customer } = (await response.json()) as { customer: { record: { name: string }; draft: { nps: string[] } } };
      expect(customer.record.name).toBe(name);
      // An edit that was not acknowledged may be there all the same.
      expect(Number(customer.draft.nps[0])).toBeGreaterThanOrEqual(nps);
    }
    await runCommand(['check', ...args], {});
    await check(server, users);
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
  return { acknowledged };
}
