// Thousands of events of services are due at once, and the copies of the program that apply them and tell the network die again and again.
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { figures } from '../support/figures.ts';
import { createPlan, PLAN } from '../support/plans.ts';
import { runCommand, Server } from '../support/server.ts';
import { day } from '../support/services.ts';
import { expect, test } from '../support/test.ts';
import { uuid } from '../support/unique.ts';

const CUSTOMERS = 1600;
/** How many jobs a copy runs at once, and so how many calls of it can be under way. */
const WORKERS = 2;
/** Longer than the lease of a copy that died. */
const LEASE_IS_OVER = { timeout: 120_000, intervals: [20] };
/** The days on which no copy ran. */
const DAYS = [day(-3), day(-2), day(-1)];

/** What a service is. */
interface State {
  status: string;
  plan: string;
  price: number;
  starts_on: string;
  anchor_day: number;
  ends_on: string | null;
  end_reason: string | null;
}

interface Event {
  id: string;
  service: string;
  kind: string;
  reason: string | null;
  effective_on: string;
  plan: string | null;
  price: number | null;
}

interface Service {
  id: string;
  customer: string;
  login: string;
  state: State;
}

/** What can happen to a service of a status, and the status that it has then. */
const NEXT: Record<string, Record<string, string>> = {
  Ordered: { Activated: 'Active', 'Plan changed': 'Ordered', Ended: 'Ended' },
  Active: { Suspended: 'Suspended', Paused: 'Paused', 'Plan changed': 'Active', Ended: 'Ended' },
  Suspended: { Resumed: 'Active', 'Plan changed': 'Suspended', Ended: 'Ended' },
  Paused: { Resumed: 'Active', 'Plan changed': 'Paused', Ended: 'Ended' },
  Ended: {},
};

/** What a service is after an event. */
function after(state: State, { id, kind, effective_on, plan, price, reason }: Event): State {
  const status = NEXT[state.status][kind];
  if (!status) throw new Error(`${kind} cannot happen to a service that is ${state.status}: ${id}`);
  const next = { ...state, status };
  if (kind === 'Activated') Object.assign(next, { starts_on: effective_on, anchor_day: Number(effective_on.slice(8)) });
  if (kind === 'Plan changed') Object.assign(next, { plan, price });
  // An order that is taken back never started.
  if (kind === 'Ended') Object.assign(next, { ends_on: effective_on, end_reason: reason, starts_on: [state.starts_on, effective_on].sort()[0] });
  return next;
}

function get<K, V>(map: Map<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new Error(`there is no ${key}`);
  return value;
}

const below = (limit: number): number => Math.floor(Math.random() * limit);
const oneOf = <T>(all: T[]): T => all[below(all.length)];

/** Customers with one or two services each, and what was planned for these on the days, in an order in which it is valid. */
function drawEvents(plans: string[]): { customers: string[]; services: Service[]; events: Event[] } {
  const customers = Array.from({ length: CUSTOMERS }, uuid);
  const services: Service[] = [];
  const events: Event[] = [];
  customers.forEach((customer, number) => {
    const add = (status: string, login: string, days: string[], first: string[] = [], last: string[] = []) => {
      const starts_on = status === 'Ordered' ? days[0] : '2026-01-31';
      const state = { status, plan: oneOf(plans), price: below(500_000), starts_on, anchor_day: Number(starts_on.slice(8)), ends_on: null, end_reason: null };
      const service = { id: uuid(), customer, login, state };
      services.push(service);
      let now: State = state;
      const count = 1 + below(5);
      const on = Array.from({ length: first.length + count + last.length }, () => oneOf(days)).sort();
      on.forEach((effective_on, place) => {
        const wished = place < first.length ? first[place] : last[place - first.length - count];
        // What ends a service comes last.
        const kinds = Object.keys(NEXT[now.status]).filter((kind) => kind !== 'Ended' || place === on.length - 1);
        const kind = wished ?? oneOf(kinds);
        const [plan, price] = kind === 'Plan changed' ? [oneOf(plans), below(500_000)] : [null, null];
        const reason = kind === 'Ended' ? `Moved away, says ${number}` : null;
        const event = { id: uuid(), service: service.id, kind, reason, effective_on, plan, price };
        events.push(event);
        now = after(now, event);
      });
    };
    const login = (service: string) => `${service}.${number}@fiber`;
    const status = () => oneOf(['Active', 'Active', 'Suspended', 'Paused', 'Ordered']);
    if (number % 4 === 1) {
      // A move: the second service has the login of the first one as soon as that has ended.
      add('Active', login('home'), DAYS.slice(0, 2), [], ['Ended']);
      add('Ordered', login('home'), DAYS.slice(1), ['Activated']);
    } else {
      const days = number % 4 === 3 ? DAYS.slice(2) : DAYS;
      add(status(), login('home'), days);
      if (number % 4 === 3) add(status(), login('office'), days);
    }
  });
  return { customers, services, events };
}

/** Writes them into the database, the events of the last day first: they were not planned in the order of their days. */
async function insert(db: pg.Pool, { customers, services, events }: ReturnType<typeof drawEvents>): Promise<void> {
  await db.query(
    `INSERT INTO customers (id, name, name_key, email, email_key, phone, address_line, city, state, pin_code, status, plan_type, speed_kbps,
         price_paise, billing_cycle, ott_apps, live_channels, data_used_mb, average_speed_kbps, uptime_bp, peak_hours, customer_since, churn_risk,
         nps, tickets, search_text, created_at, updated_at)
     SELECT id, 'Asha', 'asha', n || '@example.in', n || '@example.in', '+919845012345', '1 Road', 'Pune', 'Maharashtra', '411001', 'Active',
         'Fiber', 100000, 79900, 'Monthly', '{}', 0, 0, 0, 0, '{}', '2026-01-31', 'Low', 0, 0, ' asha ' || n, now(), now()
     FROM unnest($1::uuid[]) WITH ORDINALITY AS new (id, n)`,
    [customers],
  );
  await db.query(
    `INSERT INTO services (id, customer_id, plan_id, status, price_paise, starts_on, anchor_day, login, created_at, updated_at)
     SELECT n.id, n.customer, (n.state->>'plan')::uuid, (n.state->>'status')::service_status, (n.state->>'price')::bigint,
         (n.state->>'starts_on')::date, (n.state->>'anchor_day')::smallint, n.login, now(), now()
     FROM jsonb_to_recordset($1::jsonb) AS n (id uuid, customer uuid, login text, state jsonb)`,
    [JSON.stringify(services)],
  );
  await db.query(
    `INSERT INTO service_events (id, service_id, kind, cause, reason, effective_on, plan_id, price_paise, created_at)
     SELECT n.id, n.service, n.kind::service_event_kind, 'Request', n.reason, n.effective_on, n.plan, n.price, now()
     FROM jsonb_to_recordset($1::jsonb) AS n (id uuid, service uuid, kind text, reason text, effective_on date, plan uuid, price bigint, place integer)
     ORDER BY n.effective_on = $2::date DESC, n.place`,
    [JSON.stringify(events.map((event, place) => ({ ...event, place }))), DAYS[2]],
  );
}

/** What the network was told, and by which process. */
interface Delivery {
  id: string;
  event: string;
  effective_on: string;
  service: string;
  process: number;
  isSigned: boolean;
}

/** A network that hears everything, and answers after a moment. */
async function startNetwork(key: string): Promise<{ url: string; heard: Delivery[]; close: () => void }> {
  const heard: Delivery[] = [];
  const server = createServer((asked, response) => {
    let body = '';
    asked.setEncoding('utf8').on('data', (part: string) => (body += part));
    asked.on('end', () => {
      const event = JSON.parse(body) as Omit<Delivery, 'process' | 'isSigned'>;
      const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = asked.headers;
      const signed = `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
      heard.push({ ...event, process: Number(asked.url?.slice(1)), isSigned: id === event.id && signature === signed });
      setTimeout(() => response.writeHead(204).end(), below(20));
    });
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard, close };
}

test('seventeen kills while two copies apply events that are due and tell the network: each takes effect once and in order, and is told', async ({ ownApp }) => {
  const { db, env, postgres, server: first } = ownApp;
  const [broadband, wireless] = [
    await createPlan(ownApp, { plan: 'Broadband', download: '50', upload: '20', price: '499' }),
    await createPlan(ownApp, { plan: 'Wireless', download: '300', price: '2499.50', billing_cycle: 'Annual', live_channels: '120' }),
  ];
  await first.stop();
  const drawn = drawEvents([PLAN, broadband.id, wireless.id]);
  const initial = new Map(drawn.services.map(({ id, state }) => [id, state]));
  const events = drawn.events.length;
  expect(events).toBeGreaterThan(5000);
  await insert(db, drawn);
  await db.query('DELETE FROM jobs');

  const directory = mkdtempSync(join(tmpdir(), 'lastmile-soak-hook-'));
  const keyFile = join(directory, 'hook.key');
  const key = 'a key of at least 24 bytes';
  writeFileSync(keyFile, `${key}\n`);
  const network = await startNetwork(key);
  const { heard } = network;
  const running = new Map<string, { server: Server; process: number }>();
  const killed = new Set<number>();
  const blocker = await db.connect();
  const one = async <T>(sql: string, values: unknown[] = []): Promise<T> => (await db.query<{ one: T }>(sql, values)).rows[0]?.one;
  try {
    // Each copy has a role of its own, by which the database knows it, with the rights that the program needs.
    const copies = ['copy_1', 'copy_2'];
    const urls = new Map(copies.map((copy) => [copy, postgres.url.replace('user=postgres', `user=${copy}`)]));
    for (const [copy, url] of urls) {
      await db.query(`CREATE ROLE ${copy} LOGIN`);
      await runCommand(['migrate'], { ...env, DATABASE_URL: url, LASTMILE_MIGRATE_DATABASE_URL: postgres.url });
    }
    let processes = 0;
    const start = async (copy: string) => {
      const process = (processes += 1);
      const hook = { LASTMILE_NETWORK_HOOK_URL: `${network.url}/${process}`, LASTMILE_NETWORK_HOOK_KEY_FILE: keyFile };
      running.set(copy, { server: await Server.start([], { ...env, ...hook, DATABASE_URL: get(urls, copy) }), process });
    };
    const kill = async (copy: string) => {
      const { server, process } = get(running, copy);
      await server.kill();
      killed.add(process);
    };
    const applied = () => one<string>('SELECT count(*) AS one FROM service_events WHERE applied_at IS NOT NULL');
    /** Holds a row that a batch needs, and kills the copy that applies the batch when it waits there. The batch is undone, and the copy starts again. */
    const killInBatch = async (table: string, id: string, untilThen: () => Promise<unknown>) => {
      await blocker.query('BEGIN');
      const { rows } = await blocker.query<{ pid: number }>(`SELECT pg_backend_pid() AS pid FROM ${table} WHERE id = $1 FOR NO KEY UPDATE`, [id]);
      await untilThen();
      const waits = 'SELECT pid, usename FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))';
      const waiting: { pid: number; usename: string }[] = [];
      await expect.poll(async () => waiting.push(...(await db.query(waits, [rows[0].pid])).rows), LEASE_IS_OVER).toBeGreaterThan(0);
      const before = await applied();
      await kill(waiting[0].usename);
      await blocker.query('ROLLBACK');
      // What the database still does for the dead copy ends.
      await expect.poll(() => one('SELECT count(*) AS one FROM pg_stat_activity WHERE pid = $1', [waiting[0].pid]), { timeout: 60_000 }).toBe('0');
      expect(await applied(), `a batch that waited in ${table}`).toBe(before);
      await start(waiting[0].usename);
    };
    const due = 'FROM service_events e JOIN services s ON s.id = e.service_id WHERE e.applied_at IS NULL';
    const soon = (column: string) => one<string>(`SELECT ${column} AS one ${due} ORDER BY e.effective_on, e.seq OFFSET $1 LIMIT 1`, [below(1000)]);
    const begun = Date.now();

    // In the first batch: before anything of it is written, and in the middle of three tables.
    await killInBatch('customers', await soon('s.customer_id'), () => Promise.all(copies.map(start)));
    await killInBatch('services', await soon('s.id'), async () => undefined);
    await killInBatch('customer_summary', await soon('s.customer_id'), async () => undefined);
    await killInBatch('service_events', await soon('e.id'), async () => undefined);
    expect(heard).toHaveLength(0);
    // In the last batch, while the events of the first one are told.
    const last = await one<string>(
      `SELECT customer_id AS one FROM (SELECT s.customer_id, row_number() OVER (ORDER BY e.effective_on, e.seq) AS place ${due}) AS placed
       GROUP BY customer_id ORDER BY min(place) DESC LIMIT 1`,
    );
    const toldMore = async (more: number) => expect.poll(() => heard.length, LEASE_IS_OVER).toBeGreaterThanOrEqual(heard.length + more);
    await killInBatch('customers', last, () => toldMore(1 + below(300)));
    expect(Number(await applied())).toBeGreaterThan(1000);
    expect(Number(await applied())).toBeLessThan(events);
    // And at any moment of the telling, whichever it is.
    for (let round = 0; round < 12; round += 1) {
      await toldMore(100 + below(200));
      const copy = oneOf(copies);
      await kill(copy);
      await start(copy);
    }
    const rest = `SELECT count(*) + (SELECT count(*) FROM service_events WHERE told_at IS NULL) AS one FROM jobs
        WHERE kind = 'Tell the network' AND state <> 'Done'`;
    await expect.poll(() => one<string>(rest), { timeout: 900_000, intervals: [500] }).toBe('0');
    const seconds = (Date.now() - begun) / 1000;
    for (const { server } of running.values()) expect(await server.stop()).toBe(0);

    // Each event took effect, once and in order. A service whose events are in one batch changes once, in two batches twice, as its version says.
    type Stored = Event & { applied_at: string | null; refusal: string | null; plan_before: string | null; price_before: number | null };
    const { rows: stored } = await db.query<Stored>(
      `SELECT id, service_id AS service, kind, reason, effective_on::text, plan_id AS plan, price_paise::int AS price, applied_at::text, refusal,
           plan_before, price_before_paise::int AS price_before
       FROM service_events ORDER BY effective_on, seq`,
    );
    expect(stored).toHaveLength(events);
    const unlike: string[] = [];
    // Thousands of expectations would take minutes.
    const same = (what: string, found: unknown, wished: unknown) => {
      if (!isDeepStrictEqual(found, wished)) unlike.push(`${what}: ${JSON.stringify(found)} is not ${JSON.stringify(wished)}`);
    };
    const replayed = new Map(initial);
    const times = new Map<string, Set<string | null>>();
    const order = new Map<string, string[]>();
    for (const { applied_at, refusal, plan_before, price_before, ...event } of stored) {
      same(`applied ${event.id}`, [applied_at === null, refusal], [false, null]);
      const state = get(replayed, event.service);
      const before = event.kind === 'Plan changed' ? [state.plan, state.price] : [null, null];
      same(`before ${event.id}`, [plan_before, price_before], before);
      replayed.set(event.service, after(state, event));
      times.set(event.service, (times.get(event.service) ?? new Set()).add(applied_at));
      order.set(event.service, [...(order.get(event.service) ?? []), event.id]);
    }
    const { rows: services } = await db.query<State & { id: string; version: number }>(
      `SELECT id, version::int, status, plan_id AS plan, price_paise::int AS price, starts_on::text, anchor_day, ends_on::text, end_reason FROM services`,
    );
    expect(services).toHaveLength(drawn.services.length);
    for (const { id, version, ...state } of services) {
      same(`service ${id}`, state, replayed.get(id));
      const changes = times.get(id)?.size ?? 0;
      same(`changes of ${id}`, [version, changes === 1 || changes === 2], [changes + 1, true]);
    }
    expect(unlike.slice(0, 10)).toEqual([]);

    // What follows from the services is right.
    const columns = 'status, cancelled_on, cancel_reason, plan_type, speed_kbps, price_paise, billing_cycle, ott_apps, live_channels';
    const differences = (one: string, other: string) => `(${one} EXCEPT ALL ${other}) UNION ALL (${other} EXCEPT ALL ${one})`;
    const ofCustomers = differences(`SELECT id, ${columns} FROM customers`, `SELECT customer_id, ${columns} FROM customers_by_services`);
    expect((await db.query(ofCustomers)).rows).toEqual([]);
    const sums = 'SELECT id, segment, outstanding_paise, paid_paise, monthly_paise, next_bill_on, oldest_unpaid_due_on FROM';
    expect((await db.query(differences(`${sums} customer_summary`, `${sums} customer_summary_counted`))).rows).toEqual([]);
    await runCommand(['check'], env);

    // Each event has one job; only one whose copy died was begun again.
    const { rows: jobs } = await db.query<{ event: string }>("SELECT payload->>'event' AS event FROM jobs WHERE kind = 'Tell the network'");
    expect(jobs).toHaveLength(events);
    expect(new Set(jobs.map(({ event }) => event)).size).toBe(events);
    expect(await one('SELECT count(*) AS one FROM jobs WHERE state IN ($1, $2)', ['Failed', 'Stopped'])).toBe('0');
    const again = Number(await one<string>('SELECT sum(attempt - 1) AS one FROM jobs WHERE attempt > 0'));
    expect(again).toBeLessThanOrEqual(killed.size * WORKERS);

    // The network heard each, signed, and in the order of its service: one that is told again comes before the next.
    const byId = new Map(stored.map((event) => [event.id, event]));
    const told = new Map<string, string[]>();
    const repeats = new Map<number, number>();
    const lastTold = new Map<string, Delivery>();
    for (const delivery of heard) {
      const { id, service, isSigned } = delivery;
      const event = get(byId, id);
      same(`heard of ${id}`, [isSigned, delivery.event, delivery.effective_on, service], [true, event.kind, event.effective_on, event.service]);
      const before = lastTold.get(service);
      // Whoever told it before has died of it.
      if (before?.id === id) repeats.set(before.process, (repeats.get(before.process) ?? 0) + 1);
      else told.set(service, [...(told.get(service) ?? []), id]);
      lastTold.set(service, delivery);
    }
    for (const [service, ids] of order) same(`order of ${service}`, told.get(service), ids);
    expect(unlike.slice(0, 10)).toEqual([]);
    for (const [process, calls] of repeats) {
      expect(killed.has(process), `process ${process}`).toBe(true);
      expect(calls, `process ${process}`).toBeLessThanOrEqual(WORKERS);
    }
    const repeated = heard.length - events;
    expect(repeated).toBe([...repeats.values()].reduce((sum, calls) => sum + calls, 0));
    expect(repeated).toBeLessThanOrEqual(killed.size * WORKERS);
    figures('events that are due', {
      events, services: services.length, kills: killed.size, 'jobs begun again': again, 'told again': repeated, seconds: Math.round(seconds),
    });
  } finally {
    blocker.release(true);
    for (const { server } of running.values()) await server.stop();
    network.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
