import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** The system user that runs Postgres, which refuses to run as root. */
function osUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('postgres:'));
  if (!line) throw new Error('as root, the tests need the user `postgres` to run a database');
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

/** The folder of the newest Postgres that is installed, or the one that the environment names. */
function binaries(): string {
  const named = process.env.LASTMILE_POSTGRES_BIN;
  if (named) return named;
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(root, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
  if (!found) throw new Error('no initdb found: install the package postgresql or set LASTMILE_POSTGRES_BIN');
  return found;
}

/** A throw-away Postgres that a test may stop and start. It trusts everyone, on a socket of its own. */
export class TestPostgres {
  private postmaster: ChildProcess | undefined;

  private constructor(
    private readonly bin: string,
    /** Holds the data and the socket. Short: a socket's path has at most 107 bytes. */
    readonly directory: string,
  ) {}

  static async create(): Promise<TestPostgres> {
    const postgres = TestPostgres.inNewDirectory();
    await postgres.runProgram('initdb', ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']);
    await postgres.start();
    return postgres;
  }

  /** A replica of it, which streams what is written here. */
  async createReplica(): Promise<TestPostgres> {
    const replica = TestPostgres.inNewDirectory();
    const primary = [`--host=${this.directory}`, '--username=postgres'];
    await replica.runProgram('pg_basebackup', [...primary, '--write-recovery-conf', '--checkpoint=fast', '--no-sync']);
    await replica.start();
    return replica;
  }

  private static inNewDirectory(): TestPostgres {
    const postgres = new TestPostgres(binaries(), mkdtempSync('/tmp/lastmile-e2e-pg.'));
    const user = osUser();
    if (user) chownSync(postgres.directory, user.uid, user.gid);
    return postgres;
  }

  /** Runs a program of Postgres that makes the data. */
  private async runProgram(name: string, options: string[]): Promise<void> {
    const program = spawn(join(this.bin, name), [`--pgdata=${this.data}`, ...options], {
      cwd: '/',
      stdio: ['ignore', 'ignore', 'inherit'],
      ...osUser(),
    });
    const [code] = (await once(program, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`${name} ended with ${code}`);
  }

  private get data(): string {
    return join(this.directory, 'data');
  }

  /** For the program. */
  get url(): string {
    return `postgres:///postgres?host=${this.directory}&user=postgres`;
  }

  /** For the tests' own SQL. */
  get connection(): pg.PoolConfig {
    return { host: this.directory, user: 'postgres', database: 'postgres' };
  }

  async start(): Promise<void> {
    const settings = ['listen_addresses=', 'fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];
    this.postmaster = spawn(
      join(this.bin, 'postgres'),
      ['-D', this.data, '-k', this.directory, ...settings.flatMap((setting) => ['-c', setting])],
      { cwd: '/', stdio: 'ignore', detached: true, ...osUser() },
    );
    const exited = once(this.postmaster, 'exit').then(() => {
      throw new Error('Postgres ended while it was starting');
    });
    exited.catch(() => undefined);
    await Promise.race([this.acceptsConnections(), exited]);
  }

  private async acceptsConnections(): Promise<void> {
    for (;;) {
      const client = new pg.Client({ ...this.connection, connectionTimeoutMillis: 1000 });
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.query('SELECT 1');
        await client.end();
        return;
      } catch {
        // Not yet: try again in a moment.
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
  }

  /** Ends all connections and the server; by SIGQUIT without order, as a crash would. */
  async stop(signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> {
    const postmaster = this.postmaster;
    this.postmaster = undefined;
    if (!postmaster || postmaster.exitCode !== null || postmaster.signalCode !== null) return;
    const exited = once(postmaster, 'exit');
    postmaster.kill(signal);
    await exited;
  }

  /** Makes the server hang without ending it, as a failing disk or network would; and lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    const postmaster = this.postmaster?.pid;
    if (!postmaster) throw new Error('Postgres does not run');
    const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').trim().split(' ').filter(Boolean);
    for (const pid of [postmaster, ...children.map(Number)]) {
      try {
        process.kill(pid, signal);
      } catch {
        // A connection that ended meanwhile.
      }
    }
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
