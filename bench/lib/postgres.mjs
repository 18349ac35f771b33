// The one Postgres behind everything that is measured: kept between runs, durable, with a database for each number of customers.
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { megabytes } from './figures.mjs';
import { Service, atEnd, run, say } from './processes.mjs';
import * as settings from './settings.mjs';

const bin = (name) => join(settings.postgresBin, name);
const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
/** Whom it runs as. It wants a working directory that it may read, too. */
const asPostgres = () => ({ cwd: '/', ...(settings.isRoot && { uid: id('-u'), gid: id('-g') }) });

/** What a server of this machine's memory would be given; all else is as Debian has it. */
export const sharedBuffers = `${Math.round(totalmem() / 4 / 2 ** 20)}MB`;

export class Cluster {
  static async start() {
    const cluster = new Cluster();
    /** What was seeded by this run, in words. */
    cluster.seeded = [];
    const user = asPostgres();
    mkdirSync(settings.data, { recursive: true, mode: 0o700 });
    cluster.socket = mkdtempSync(join(settings.temporary, 'lastmile-bench.'));
    atEnd(async () => rmSync(cluster.socket, { recursive: true, force: true }));
    if (user.uid !== undefined) for (const directory of [settings.data, cluster.socket]) chownSync(directory, user.uid, user.gid);
    cluster.version = (await run(bin('postgres'), ['--version'])).trim().split(' ')[2];
    const major = Number.parseInt(cluster.version, 10);
    // Another version of Postgres could not read it.
    const data = join(settings.data, `postgres-${major}`);
    if (!existsSync(join(data, 'PG_VERSION'))) {
      say(`making a Postgres in ${data}`);
      await run(bin('initdb'), ['--pgdata', data, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C'], user);
    }
    refuseIfInUse(data);
    cluster.log = major >= 15 ? 'jsonlog' : 'csvlog';
    const options = { shared_buffers: sharedBuffers, listen_addresses: '', unix_socket_directories: cluster.socket, logging_collector: 'on', log_destination: cluster.log };
    say(`starting Postgres ${cluster.version} with shared_buffers=${sharedBuffers}`);
    const words = ['-D', data, ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
    // By SIGINT it ends its connections itself; what is in memory has to be written, which takes its time.
    const how = { signal: 'SIGINT', patience: 300_000, log: join(cluster.socket, 'postgres.log'), ...user };
    cluster.service = Service.spawn('Postgres', bin('postgres'), words, how);
    cluster.data = data;
    await cluster.#accepts();
    // What an interrupted run has left.
    await cluster.set({ log_statement: null, max_wal_size: null });
    return cluster;
  }

  async #accepts() {
    for (let tries = 0; ; tries++) {
      try {
        return await this.sql('postgres', 'SELECT 1');
      } catch (fault) {
        const gone = await Promise.race([this.service.ended, sleep(200)]);
        if (gone !== undefined || tries > 600) throw new Error(`Postgres does not start: ${this.service.complaints()} ${fault.message}`);
      }
    }
  }

  /** Where a program finds a database. */
  url(database) {
    return `postgres:///${database}?host=${this.socket}&user=postgres`;
  }

  /** The variables of Postgres's own programs, with settings of their sessions. */
  env(database, options = '') {
    return { PGHOST: this.socket, PGUSER: 'postgres', PGDATABASE: database, PGOPTIONS: `-c client_min_messages=warning ${options}` };
  }

  /** Runs statements, each by itself; gives the rows, with values apart by a tab. */
  async sql(database, ...statements) {
    const words = ['-XqtA', '-F', '\t', '-v', 'ON_ERROR_STOP=1', ...statements.flatMap((statement) => ['-c', statement])];
    const printed = await run(bin('psql'), words, { env: this.env(database) });
    return printed.split('\n').filter(Boolean).map((line) => line.split('\t'));
  }

  /** The first value. */
  async value(database, statement) {
    return (await this.sql(database, statement))[0]?.[0];
  }

  /** Changes settings of the running server; null goes back to the default. */
  async set(changes) {
    const statements = Object.entries(changes).map(([name, value]) => `ALTER SYSTEM ${value === null ? `RESET ${name}` : `SET ${name} = '${value}'`}`);
    await this.sql('postgres', ...statements, 'SELECT pg_reload_conf()');
    await sleep(300); // until the connections that are open have heard of it
  }

  /** A migrated database of so many customers, with statistics and a map of what is visible to all, as autovacuum leaves one. */
  async customers(rows, program) {
    const name = `lastmile_${rows}`;
    const whole = await this.value('postgres', `SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '${name}'`);
    if (whole !== 'complete' || !(await this.#migrated(name, program))) await this.#seed(name, rows, program);
    await this.sql(name, 'CHECKPOINT');
    return name;
  }

  /** Brings a database of an earlier run to this program's schema; false where another build's migrations are in the way. */
  async #migrated(name, program) {
    const version = () => this.value(name, 'SELECT max(version) FROM _sqlx_migrations');
    const before = await version();
    try {
      await program.command(this.url(name), 'migrate');
    } catch (fault) {
      say(`the database ${name} of an earlier run cannot be used: ${fault.message.split('\n')[0]}`);
      return false;
    }
    if ((await version()) !== before) {
      say(`the database ${name} was migrated: VACUUM (ANALYZE)`);
      await this.sql(name, 'VACUUM (ANALYZE)');
    }
    return true;
  }

  async #seed(name, rows, program) {
    say(`seeding ${rows.toLocaleString('en')} customers into ${name}`);
    await this.sql('postgres', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`, `CREATE DATABASE ${name} TEMPLATE template0`);
    await this.set({ max_wal_size: '8GB' });
    await program.command(this.url(name), 'migrate');
    const began = Date.now();
    const memory = await program.seed(this.url(name), rows);
    const took = `${rows.toLocaleString('en')} customers in ${((Date.now() - began) / 1000).toFixed(0)} s, with ${megabytes(memory)} at most`;
    this.seeded.push(took);
    say(`${took}: VACUUM (ANALYZE)`);
    await this.sql(name, 'VACUUM (ANALYZE)', 'CHECKPOINT');
    await this.set({ max_wal_size: null });
    await this.sql('postgres', `COMMENT ON DATABASE ${name} IS 'complete'`);
  }

  /** Gives `use` a database with the content of another, and drops it after. (What an interrupted run leaves, the next one drops.) */
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
  if (pid && existsSync(`/proc/${pid}`)) throw new Error(`Postgres (process ${pid}) runs on ${data} already: another bench/run, or what is left of one; end it first`);
}
