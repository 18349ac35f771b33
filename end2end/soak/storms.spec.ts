// What no test of a minute shows: many people, many cut connections, many kills, a full disk. Each storm prints its figures, and nothing is lost in any.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import pg from 'pg';
import { killDuringPayments } from '../support/clerks.ts';
import { createCustomer, customerFields, saveCustomer } from '../support/customers.ts';
import { figures } from '../support/figures.ts';
import { killDuringWrites } from '../support/kills.ts';
import { createBasePlan } from '../support/plans.ts';
import { formBody, openEdit, readForm, type Fields, type Outcome } from '../support/records.ts';
import { runCommand, Server } from '../support/server.ts';
import { expect, test } from '../support/test.ts';
import { uuid } from '../support/unique.ts';
import { createUser, createUsers, fetchAs, registerUsers, sessionCookie, type User } from '../support/users.ts';

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

/** Another day for each edit. */
const dayOf = (edit: number): string => new Date(Date.UTC(2024, 3, 1 + edit)).toISOString().slice(0, 10);

/** Thirteen fields of a customer, and a value of each for an edit: a valid one, which no other edit types. */
const STORMED: [string, (edit: number) => string][] = [
  ['name', (edit) => `Asha ${edit}`],
  ['email', (edit) => `asha.${edit}@example.in`],
  ['phone', (edit) => String(9845020000 + edit)],
  ['address', (edit) => `${edit}, MG Road`],
  ['city', (edit) => `City ${edit}`],
  ['pin_code', (edit) => String(560200 + edit)],
  ['data_used', (edit) => String(300 + edit)],
  ['average_speed', (edit) => String(100 + edit)],
  ['uptime', (edit) => (50 + edit / 10).toFixed(1)],
  ['customer_since', dayOf],
  ['nps', (edit) => String(edit - 100)],
  ['tickets', (edit) => String(1 + edit)],
  ['promised_on', dayOf],
];

/** Every edit of a field is in the history once, and none was made upon another value than the one before. */
async function expectChain(db: pg.Pool, id: string, field: string, edits: number): Promise<void> {
  const { rows } = await db.query<{ before: string; after: string }>(
    "SELECT before, after FROM history WHERE entity_id = $1 AND field = $2 ORDER BY version",
    [id, field],
  );
  expect(new Set(rows.map(({ after }) => after)).size, field).toBe(edits);
  expect(rows, field).toHaveLength(edits);
  expect(rows.slice(1).map(({ before }) => before), field).toEqual(rows.slice(0, -1).map(({ after }) => after));
}

/** The version of a customer counts its edits. */
async function expectEdits(db: pg.Pool, id: string, edits: number): Promise<void> {
  const { rows } = await db.query<{ version: string }>('SELECT version FROM customers WHERE id = $1', [id]);
  expect(Number(rows[0].version)).toBe(1 + edits);
}

test('thirteen people edit a field each of one customer two hundred times: all are merged, and in the history once', async ({ ownApp }) => {
  const { url, db, env } = ownApp;
  const { id } = await createCustomer(ownApp);
  const people = await Promise.all(STORMED.map(() => createUser(ownApp, 'Admin')));
  const actions: Record<string, number> = { Saved: 0, Merged: 0 };
  await Promise.all(
    STORMED.map(async ([field, value], person) => {
      // Nobody is asked about what others typed elsewhere: that would fail.
      for (let edit = 0; edit < 200; edit += 1) actions[await (await openEdit(url, 'customer', id, people[person]))({ [field]: value(edit) })] += 1;
    }),
  );
  expect(actions.Saved + actions.Merged).toBe(2600);
  // They do meet.
  expect(actions.Merged).toBeGreaterThan(100);
  await expectEdits(db, id, 2600);
  for (const [field] of STORMED) await expectChain(db, id, field, 200);
  const shown = readForm(await (await fetchAs(`${url}/customers/${id}/edit`)).text(), 'customer');
  const bare = (text: unknown) => String(text).replace(/[\s,]|\.0+$/g, '');
  for (const [field, value] of STORMED) expect(bare(shown[field]).replace(/^\+91/, ''), field).toBe(bare(value(199)));
  await check(env);
  figures('edits of a field each', { acknowledged: 2600, 'of them merged': actions.Merged });
});

test('sixteen people edit one field of one customer ten times: of those who save at once one is heard, and the others are asked', async ({ ownApp }) => {
  const { url, db, env } = ownApp;
  const { id } = await createCustomer(ownApp);
  const people = await Promise.all(Array.from({ length: 16 }, () => createUser(ownApp, 'Admin')));
  const waiting = people.flatMap((user, person) => Array.from({ length: 10 }, (_, edit) => ({ user, city: `City ${person} ${edit}` })));
  let asked = 0;
  while (waiting.length > 0) {
    // Each opens the form before anybody saves it.
    const together = waiting.slice(0, 16);
    const saves = await Promise.all(together.map(({ user }) => openEdit(url, 'customer', id, user)));
    const outcomes = await Promise.allSettled(together.map(({ city }, person) => saves[person]({ city })));
    const heard = together.filter((_, person) => outcomes[person].status === 'fulfilled');
    expect(heard).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(String(outcome.reason)).toContain('Invalid');
    asked += together.length - 1;
    waiting.splice(waiting.indexOf(heard[0]), 1);
  }
  await expectEdits(db, id, 160);
  await expectChain(db, id, 'city', 160);
  await check(env);
  figures('edits of one field', { acknowledged: 160, 'asked again': asked });
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

test('a replica is lost and comes back ten times while lists are read: nobody is refused, and everybody sees what they have written', async ({ ownApp }) => {
  const { postgres, env, users } = ownApp;
  const replica = await postgres.createReplica();
  const replicated = new pg.Pool({ ...replica.connection, max: 1 });
  replicated.on('error', () => undefined);
  const server = await Server.start([], { ...env, DATABASE_READ_URL: replica.url });
  registerUsers(server.url, users);
  let isOver = false;
  let reads = 0;
  let writes = 0;
  let slowest = 0;
  const read = async (address: string, user: User): Promise<{ rows: unknown[] }> => {
    const begun = Date.now();
    const answer = await fetchAs(`${server.url}/api/customers/list?${new URLSearchParams({ address })}`, {}, user);
    slowest = Math.max(slowest, Date.now() - begun);
    expect(answer.status, address).toBe(200);
    reads += 1;
    return (await answer.json()) as { rows: unknown[] };
  };
  const reader = async (address: string) => {
    while (!isOver) await read(address, users.Staff);
  };
  const writer = async () => {
    while (!isOver) {
      const { email } = await createCustomer({ url: server.url, db: ownApp.db });
      writes += 1;
      expect((await read(`q=${email}`, users.Admin)).rows, email).toHaveLength(1);
    }
  };
  // How often the replica has read its customers.
  const scans = async () => {
    const { rows } = await replicated.query<{ scans: string }>("SELECT seq_scan + idx_scan AS scans FROM pg_stat_user_tables WHERE relname = 'customers'");
    return Number(rows[0].scans);
  };
  const isRead = async () => {
    const before = await scans();
    await expect.poll(async () => (await scans()) - before, { timeout: 30_000 }).toBeGreaterThan(50);
  };
  try {
    const people = [...['', 'status=Active', 'q=asha', 'sort=-outstanding', 'churn=Low&page=2'].map(reader), writer(), writer()];
    const storm = async () => {
      for (let round = 0; round < 10; round += 1) {
        await isRead();
        // It ends as in a crash, ends in order, or falls silent.
        if (round % 3 === 2) replica.signal('SIGSTOP');
        else await replica.stop(round % 3 === 0 ? 'SIGQUIT' : 'SIGINT');
        await new Promise((resolve) => setTimeout(resolve, 8000));
        if (round % 3 === 2) replica.signal('SIGCONT');
        else await replica.start();
      }
      await isRead();
    };
    await Promise.race([storm(), Promise.all(people)]).finally(() => (isOver = true));
    await Promise.all(people);
    // Eight seconds are what a whole answer may take.
    expect(slowest).toBeLessThan(9000);
    expect(await count(ownApp.db, 'customers')).toBe(writes);
    figures('a replica that is lost', { losses: 10, reads, writes, 'ms for the slowest read': slowest });
  } finally {
    isOver = true;
    await replicated.end();
    await server.stop();
    await replica.remove();
  }
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
    await createBasePlan(server.url);
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
