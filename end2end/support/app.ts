import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createBasePlan } from './plans.ts';
import { TestPostgres } from './postgres.ts';
import { runCommand, Server } from './server.ts';
import { createUsers, type Instance, type Users } from './users.ts';

/** The program on a database that the test can reach too, with a user of each role. */
export interface TestApp extends Instance {
  server: Server;
  postgres: TestPostgres;
  db: pg.Pool;
  users: Users;
}

/** Starts the program on a database of its own, with the demo's customers or with none. */
export async function startApp(customers: number): Promise<TestApp & { stop: () => Promise<void> }> {
  const postgres = await TestPostgres.create();
  try {
    // The key of the secrets of two-step sign-in, as an operator makes it.
    const keys = await mkdtemp(join(tmpdir(), 'lastmile-key-'));
    const keyFile = join(keys, 'secret.key');
    await writeFile(keyFile, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
    const env = { DATABASE_URL: postgres.url, LASTMILE_SECRET_KEY_FILE: keyFile };
    await runCommand(['migrate'], env);
    if (customers > 0) await runCommand(['seed', '--customers', String(customers), '--rng-seed', '1'], env);
    const server = await Server.start([], env);
    const users = await createUsers({ url: server.url, env });
    await createBasePlan(server.url);
    const db = new pg.Pool({ ...postgres.connection, max: 2 });
    // A test that stops the database ends idle connections: the next query makes new ones.
    db.on('error', () => undefined);
    const stop = async () => {
      await db.end();
      await server.stop();
      await postgres.remove();
      await rm(keys, { recursive: true });
    };
    return { url: server.url, env, server, postgres, db, users, stop };
  } catch (fault) {
    await postgres.remove();
    throw fault;
  }
}
