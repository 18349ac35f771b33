import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The release build. */
export function binary(): string {
  const target = process.env.CARGO_TARGET_DIR ?? resolve(import.meta.dirname, '../../target');
  const path = process.env.LASTMILE_BIN ?? join(target, 'release/lastmile');
  if (!existsSync(path)) throw new Error(`no program at ${path}: build the release, or name it with LASTMILE_BIN`);
  return path;
}

/** The environment without what would lead the program elsewhere. */
function environment(more: Record<string, string>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([key]) => key === 'LASTMILE_SITE_ROOT' || key === 'LASTMILE_POSTGRES_BIN' || !/^(LASTMILE_|LEPTOS_|PG|DATABASE_URL)/.test(key),
  );
  return { ...Object.fromEntries(kept), ...more };
}

/** Runs a command of the program to its end, and gives what it has printed. */
export async function run(words: string[], env: Record<string, string>): Promise<string> {
  const child = spawn(binary(), words, { env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let log = '';
  child.stdout.on('data', (data) => (said += data));
  child.stderr.on('data', (data) => (log += data));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`lastmile ${words.join(' ')} ended with ${code}:\n${said}${log}`);
  return said;
}

/** A running `lastmile serve`. */
export class Program {
  /** What it has logged. */
  log = '';
  /** What it has printed: its address, and how one gets in. */
  said = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly ended: Promise<unknown>,
  ) {}

  /** `http://127.0.0.1:PORT` */
  url = '';

  /** Starts it and waits for the address that it prints. */
  static async start(words: string[], env: Record<string, string>, listen = '127.0.0.1:0'): Promise<Program> {
    const child = spawn(binary(), ['serve', '--listen', listen, ...words], {
      env: environment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const program = new Program(child, once(child, 'exit'));
    child.stderr.on('data', (data) => (program.log += data));
    program.url = await new Promise<string>((found, failed) => {
      child.stdout.on('data', (data) => {
        program.said += data;
        const address = /Lastmile is at (http\S+)\n/.exec(program.said)?.[1];
        if (address) found(address);
      });
      child.on('exit', (code) => failed(new Error(`lastmile serve ended with ${code}:\n${program.log}`)));
    });
    return program;
  }

  get address(): string {
    return new URL(this.url).host;
  }

  /** Asks it to end in order, waits, and gives its exit status. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGTERM');
    await this.ended;
    return this.child.exitCode;
  }

  /** Ends it at once, as a crash of the machine's memory would. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
