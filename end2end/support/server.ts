import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The release build. */
function binary(): string {
  const target = process.env.CARGO_TARGET_DIR ?? resolve(import.meta.dirname, '../../target');
  const path = process.env.LASTMILE_BIN ?? join(target, 'release/lastmile');
  if (!existsSync(path)) throw new Error(`no program at ${path}: build the release, or name it with LASTMILE_BIN`);
  return path;
}

/** What of the program's own variables a test's environment may set. */
const KEPT = ['LASTMILE_SITE_ROOT', 'LASTMILE_POSTGRES_BIN', 'LASTMILE_REQUESTS_PER_SECOND'];

/** The environment without what would lead the program to another database or site. */
function environment(more: Record<string, string>): NodeJS.ProcessEnv {
  const neutral = Object.entries(process.env).filter(
    ([key]) => KEPT.includes(key) || !/^(LASTMILE_|LEPTOS_|PG|DATABASE_URL)/.test(key),
  );
  return { ...Object.fromEntries(neutral), ...more };
}

/** Runs a command of the program to its end, and returns what it printed. */
export async function runCommand(args: string[], env: Record<string, string>): Promise<string> {
  const child = spawn(binary(), args, { env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let log = '';
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => (log += data));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`lastmile ${args.join(' ')} ended with ${code}:\n${stdout}${log}`);
  return stdout;
}

/** A running `lastmile serve`. */
export class Server {
  /** What it has logged. */
  log = '';
  /** What it has printed: its address, and how to sign in for the first time. */
  stdout = '';
  /** `http://127.0.0.1:PORT` */
  url = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly exited: Promise<unknown>,
  ) {}

  /** Starts it and waits for the address that it prints. */
  static async start(args: string[], env: Record<string, string>, listen = '127.0.0.1:0'): Promise<Server> {
    const child = spawn(binary(), ['serve', '--listen', listen, ...args], {
      env: environment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const server = new Server(child, once(child, 'exit'));
    child.stderr.on('data', (data) => (server.log += data));
    server.url = await new Promise<string>((resolve, reject) => {
      child.stdout.on('data', (data) => {
        server.stdout += data;
        const address = /Lastmile is at (http\S+)\n/.exec(server.stdout)?.[1];
        if (address) resolve(address);
      });
      child.on('exit', (code) => reject(new Error(`lastmile serve ended with ${code}:\n${server.log}`)));
    });
    return server;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get address(): string {
    return new URL(this.url).host;
  }

  /** Asks it to shut down, waits for that, and returns its exit status. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGTERM');
    await this.exited;
    return this.child.exitCode;
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}
