// What no test of a minute shows: many people, many cut connections, many kills, a full disk. Each storm prints its figures, and nothing is lost in any.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import type pg from 'pg';
import { killDuringPayments } from '../support/clerks.ts';
import { createCustomer, customerFields, saveCustomer } from '../support/customers.ts';
import { killDuringWrites } from '../support/kills.ts';
import { formBody, openEdit, type Fields, type Outcome } from '../support/records.ts';
import { runCommand, Server } from '../support/server.ts';
import { expect, test } from '../support/test.ts';
import { uuid } from '../support/unique.ts';
import { createUser, createUsers, fetchAs, sessionCookie } from '../support/users.ts';

const figures = (storm: string, found: Record<string, number>) =>
  console.log(`${storm}: ${Object.entries(found).map(([what, count]) => `${count.toLocaleString('en-IN')} ${what}`).join(', ')}`);

const count = async (db: pg.Pool, sql: string, values: unknown[] = []): Promise<number> =>
  Number((await db.query<{ count: string }>(`SELECT count(*) FROM ${sql}`, values)).rows[0].count);

/** Runs a task for each number below a limit, a few at a time. */
async function times(limit: number, atOnce: number, task: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < limit) {
      const index = next;
      next += 1;
      await task(index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** What `lastmile check` says of the derived tables: it fails where one is wrong. */
const check = (env: Record<string, string>) => runCommand(['check'], env);

test('sixteen people edit one customer two hundred times each: every acknowledged edit is in the history, once', async ({ ownApp }) => {
  const { url, db, env } = ownApp;
  const { id } = await createCustomer(url);
  const people = await Promise.all(Array.from({ length: 16 }, () => createUser(ownApp, 'Admin')));
  let done = 0;
  let conflicts = 0;
  await Promise.all(
    people.map(async (user, person) => {
      for (let edit = 0; edit < 200; edit += 1) {
        const city = `City ${person} ${edit}`;
        for (;;) {
          try {
            await (await openEdit(url, 'customer', id, user))({ city });
            done += 1;
            break;
          } catch (fault) {
            // Somebody else was faster: the form says so, and one types it again into what is there now.
            if (!/Invalid|Contended/.test(String(fault))) throw fault;
            conflicts += 1;
          }
        }
      }
    }),
  );
  expect(done).toBe(3200);
  expect(await count(db, "history WHERE entity_id = $1 AND field = 'city' AND after LIKE 'City %'", [id])).toBe(3200);
  expect(await count(db, "(SELECT DISTINCT after FROM history WHERE entity_id = $1 AND field = 'city' AND after LIKE 'City %') x", [id])).toBe(3200);
  const { rows } = await db.query<{ version: string }>('SELECT version FROM customers WHERE id = $1', [id]);
  expect(Number(rows[0].version)).toBe(3201);
  await check(env);
  figures('edits of one customer', { acknowledged: done, 'typed again after a conflict': conflicts });
});

test('three thousand customers are each sent twice at once: each is there once', async ({ ownApp }) => {
  const { url, db, env } = ownApp;
  await times(3000, 8, async () => {
    const form = formBody({ id: uuid(), ...customerFields() });
    const answers = await Promise.all([saveCustomer(url, form), saveCustomer(url, form)]);
    for (const answer of answers) expect((await answer.json()) as Outcome).toHaveProperty('Done');
  });
  expect(await count(db, 'customers')).toBe(3000);
  expect(await count(db, "history WHERE entity = 'customer' AND field = 'created'")).toBe(3000);
  await check(env);
  figures('double submits', { sent: 6000, stored: 3000 });
});

test('three thousand connections are cut while they save: each customer is there with its history, or not at all', async ({ ownApp }) => {
  const { url, db, env, users } = ownApp;
  const { hostname, port } = new URL(url);
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
    cookie: `${sessionCookie(url)}=${users.Admin.session}`,
    'lastmile-user': users.Admin.id,
  };
  let answered = 0;
  const acknowledged: string[] = [];
  await times(3000, 16, async (index) => {
    const fields: Fields = { id: uuid(), ...customerFields() };
    const body = new URLSearchParams({ form: formBody(fields) }).toString();
    await new Promise<void>((resolve) => {
      const sent = request({ hostname, port, path: '/api/customers/save', method: 'POST', headers: { ...headers, 'content-length': body.length } });
      sent.on('error', () => resolve());
      sent.on('response', (response) => {
        answered += 1;
        if (response.statusCode === 200) acknowledged.push(String(fields.id));
        response.resume().on('close', resolve);
      });
      sent.end(body);
      // From before the request is there until after it is answered.
      setTimeout(() => sent.destroy(), index % 25);
    });
  });
  // What is under way ends: nobody waits for a lock any more.
  await expect.poll(() => count(db, "pg_stat_activity WHERE application_name = 'lastmile' AND state = 'active'")).toBe(0);
  const stored = await count(db, 'customers');
  expect(await count(db, "history WHERE entity = 'customer' AND field = 'created'")).toBe(stored);
  expect(await count(db, 'customers WHERE id = ANY($1)', [acknowledged])).toBe(acknowledged.length);
  expect(stored).toBeLessThan(3000);
  await check(env);
  figures('cut connections', { cut: 3000 - answered, answered, stored });
});

test('ninety kills while four people write: no acknowledged write is missing', async () => {
  const { acknowledged } = await killDuringWrites(90);
  figures('kills', { kills: 90, 'acknowledged writes': acknowledged });
});

test('forty kills while eight clerks take payments and issue bills: each acknowledged one is there once', async () => {
  const { payments, bills } = await killDuringPayments(40);
  figures('kills of clerks', { kills: 40, 'acknowledged payments': payments, 'acknowledged bills': bills });
});

test('idle connections, half heads and unfinished bodies of strangers stop nobody', async ({ ownApp }) => {
  const { url, server, users } = ownApp;
  const { hostname, port, host } = new URL(url);
  const sockets: Socket[] = [];
  const open = (begin: string) => {
    const socket = connect(Number(port), hostname, () => socket.write(begin));
    socket.on('error', () => undefined);
    sockets.push(socket);
  };
  const memory = () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  const before = memory();
  for (let index = 0; index < 999; index += 1) open(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  for (let index = 0; index < 200; index += 1) open('GET /customers HTTP/1.1\r\nHost:');
  for (let index = 0; index < 400; index += 1) {
    open(`POST /sign-in HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 30000\r\n\r\n${'x'.repeat(29_000)}`);
  }
  await expect.poll(() => sockets.filter((socket) => socket.readyState === 'open').length).toBeGreaterThan(1500);
  for (let attempt = 0; attempt < 50; attempt += 1) {
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetchAs(`${url}/customers`, {}, users.Staff)).status).toBe(200);
  }
  const more = memory() - before;
  // The unfinished bodies alone are 12 MB.
  expect(more).toBeLessThan(128);
  const begun = Date.now();
  expect(await server.stop()).toBe(0);
  figures('connections of strangers', { open: sockets.length, 'MiB more': Math.round(more), 'ms to stop': Date.now() - begun });
  for (const socket of sockets) socket.destroy();
});

test('a full disk: what is read goes on, what is written is refused in words, and nothing acknowledged is lost', async () => {
  test.skip(process.getuid?.() !== 0, 'only root can make a small disk');
  const directory = mkdtempSync('/tmp/lastmile-soak-disk.');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m,mode=755', 'tmpfs', directory]);
  const args = ['--data-dir', `${directory}/data`];
  const filler = `${directory}/filler`;
  chmodSync(directory, 0o755);
  let server = await Server.start(args, {});
  try {
    await createUsers({ url: server.url, args, env: {} });
    const stored: string[] = [];
    const write = async (): Promise<number> => {
      const id = uuid();
      const answer = await saveCustomer(server.url, formBody({ id, ...customerFields() }));
      const text = await answer.text();
      if (answer.ok && text.includes('Done')) stored.push(id);
      return answer.status;
    };
    expect(await write()).toBe(200);
    // Until there is no room, not even for the log of Postgres.
    for (let megabytes = 64; megabytes >= 1; megabytes /= 2) {
      for (;;) {
        try {
          writeFileSync(filler, Buffer.alloc(megabytes * 1024 * 1024), { flag: 'a' });
        } catch {
          break;
        }
      }
    }
    const statuses = new Set<number>();
    await times(2000, 8, async () => void statuses.add(await write().catch(() => 0)));
    expect([...statuses].every((status) => [200, 503].includes(status)), [...statuses].join()).toBe(true);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    rmSync(filler);
    // Postgres may have to recover first.
    await expect.poll(() => write(), { timeout: 60_000 }).toBe(200);
    for (const id of stored) expect((await fetchAs(`${server.url}/api/customers/record?id=${id}`)).status, id).toBe(200);
    await server.stop();
    await runCommand(['check', ...args], {});
    server = await Server.start(args, {});
    figures('a full disk', { stored: stored.length, 'kinds of answers': statuses.size });
  } finally {
    await server.stop();
    execFileSync('umount', [directory]);
    rmSync(directory, { recursive: true, force: true });
  }
});
