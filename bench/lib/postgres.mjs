// The one Postgres behind everything that is measured: durable, kept between runs, with a database for each number of customers.
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mebibytes } from './format.mjs';
import { Service, log, onShutdown, run } from './processes.mjs';
import * as settings from './settings.mjs';

const bin = (name) => join(settings.postgresBin, name);
const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
/** The user that Postgres runs as, and a working directory that this user may read. */
const asPostgres = () => ({ cwd: '/', ...(settings.isRoot && { uid: id('-u'), gid: id('-g') }) });

/** What a server with this machine's memory would be given; all other settings are Debian's. */
export const sharedBuffers = `${Math.round(totalmem() / 4 / 2 ** 20)}MB`;

export class Cluster {
  static async start() {
    const cluster = new Cluster();
    /** What this run has seeded, in words. */
    cluster.seeded = [];
    const user = asPostgres();
    mkdirSync(settings.data, { recursive: true, mode: 0o700 });
    cluster.socket = mkdtempSync(join(settings.temporary, 'lastmile-bench.'));
    onShutdown(async () => rmSync(cluster.socket, { recursive: true, force: true }));
    if (user.uid !== undefined) for (const directory of [settings.data, cluster.socket]) chownSync(directory, user.uid, user.gid);
    cluster.version = (await run(bin('postgres'), ['--version'])).trim().split(' ')[2];
    const major = Number.parseInt(cluster.version, 10);
    // Another major version of Postgres could not read the files.
    const data = join(settings.data, `postgres-${major}`);
    if (!existsSync(join(data, 'PG_VERSION'))) {
      log(`making a Postgres in ${data}`);
      await run(bin('initdb'), ['--pgdata', data, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C'], user);
    }
    refuseIfInUse(data);
    cluster.logFormat = major >= 15 ? 'jsonlog' : 'csvlog';
    const options = {
      shared_buffers: sharedBuffers,
      listen_addresses: '',
      unix_socket_directories: cluster.socket,
      logging_collector: 'on',
      log_destination: cluster.logFormat,
    };
    log(`starting Postgres ${cluster.version} with shared_buffers=${sharedBuffers}`);
    const args = ['-D', data, ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
    // On SIGINT Postgres ends its connections itself, and then writes what is in memory, which takes time.
    const spawnOptions = { signal: 'SIGINT', stopTimeout: 300_000, log: join(cluster.socket, 'postgres.log'), ...user };
    cluster.service = Service.spawn('Postgres', bin('postgres'), args, spawnOptions);
    cluster.data = data;
    await cluster.#waitUntilReady();
    // An interrupted run may have left these set.
    await cluster.set({ log_statement: null, max_wal_size: null });
    return cluster;
  }

  async #waitUntilReady() {
    for (let tries = 0; ; tries++) {
      try {
        return await this.sql('postgres', 'SELECT 1');
      } catch (error) {
        const exit = await Promise.race([this.service.exited, sleep(200)]);
        if (exit !== undefined || tries > 600) throw new Error(`Postgres does not start: ${this.service.stderrTail()} ${error.message}`);
      }
    }
  }

  /** The URL of a database. */
  url(database) {
    return `postgres:///${database}?host=${this.socket}&user=postgres`;
  }

  /** The environment of Postgres's own programs; `options` are settings of their database sessions. */
  env(database, options = '') {
    return { PGHOST: this.socket, PGUSER: 'postgres', PGDATABASE: database, PGOPTIONS: `-c client_min_messages=warning ${options}` };
  }

  /** Runs statements, each in its own transaction. Returns the rows as arrays of text. */
  async sql(database, ...statements) {
    const args = ['-XqtA', '-F', '\t', '-v', 'ON_ERROR_STOP=1', ...statements.flatMap((statement) => ['-c', statement])];
    const stdout = await run(bin('psql'), args, { env: this.env(database) });
    return stdout.split('\n').filter(Boolean).map((line) => line.split('\t'));
  }

  /** The first value of the first row. */
  async value(database, statement) {
    return (await this.sql(database, statement))[0]?.[0];
  }

  /** Changes settings of the running server; null resets one. */
  async set(changes) {
    const statements = Object.entries(changes).map(([name, value]) => `ALTER SYSTEM ${value === null ? `RESET ${name}` : `SET ${name} = '${value}'`}`);
    await this.sql('postgres', ...statements, 'SELECT pg_reload_conf()');
    await sleep(300); // until open connections have noticed
  }

  /** Makes sure that there is a migrated database with so many customers, with statistics and a visibility map, as autovacuum would leave it. */
  async prepareDatabase(customers, program) {
    const name = `lastmile_${customers}`;
    const comment = await this.value('postgres', `SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '${name}'`);
    if (comment !== 'complete' || !(await this.#migrate(name, program))) await this.#seed(name, customers, program);
    await this.sql(name, 'CHECKPOINT');
  }

  /** Migrates the database of an earlier run; false where the program refuses it, as one with the migrations of another build. */
  async #migrate(name, program) {
    const version = () => this.value(name, 'SELECT max(version) FROM _sqlx_migrations');
    const before = await version();
    try {
      await program.command(this.url(name), 'migrate');
    } catch (error) {
      log(`the database ${name} of an earlier run cannot be used: ${error.message.split('\n')[0]}`);
      return false;
    }
    if ((await version()) !== before) {
      log(`the database ${name} was migrated: VACUUM (ANALYZE)`);
      await this.sql(name, 'VACUUM (ANALYZE)');
    }
    return true;
  }

  async #seed(name, customers, program) {
    log(`seeding ${customers.toLocaleString('en')} customers into ${name}`);
    await this.sql('postgres', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`, `CREATE DATABASE ${name} TEMPLATE template0`);
    await this.set({ max_wal_size: '8GB' });
    await program.command(this.url(name), 'migrate');
    const start = Date.now();
    const peak = await program.seed(this.url(name), customers);
    const summary = `${customers.toLocaleString('en')} customers in ${((Date.now() - start) / 1000).toFixed(0)} s, peak memory ${mebibytes(peak)}`;
    this.seeded.push(summary);
    log(`${summary}: VACUUM (ANALYZE)`);
    await this.sql(name, 'VACUUM (ANALYZE)', 'CHECKPOINT');
    await this.set({ max_wal_size: null });
    await this.sql('postgres', `COMMENT ON DATABASE ${name} IS 'complete'`);
  }

  /** Runs `use` with a copy of a database, and drops the copy afterwards. (One that an interrupted run left is dropped first.) */
  async withCopy(from, to, use) {
    const drop = `DROP DATABASE IF EXISTS ${to} WITH (FORCE)`;
    await this.sql('postgres', drop, `CREATE DATABASE ${to} TEMPLATE ${from}`);
    try {
      return await use(to);
    } finally {
      await this.sql('postgres', drop);
    }
  }
}

function refuseIfInUse(data) {
  const file = join(data, 'postmaster.pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
  if (pid && existsSync(`/proc/${pid}`)) throw new Error(`Postgres (process ${pid}) already runs on ${data}: another bench/run, or what is left of one; stop it first`);
}
