// Child processes: run to completion, or kept running as services. None of them outlives this process. Also what /proc says about them.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const startedAt = Date.now();

/** How long this process has been running, as minutes:seconds. */
export function elapsed() {
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Writes a line of progress to stderr. */
export function log(line) {
  process.stderr.write(`${elapsed().padStart(6)}  ${line}\n`);
}

/** Run at shutdown, the newest first. */
const cleanups = new Set();
const running = new Set();
let shuttingDown = false;
/** Throws once the shutdown has begun, so that nothing new is started. */
export function throwIfShuttingDown() {
  if (shuttingDown) throw new Error('shutting down');
}

/** Registers a cleanup for the shutdown. Returns a function that runs it earlier; it runs only once. */
export function onShutdown(cleanup) {
  const runOnce = async () => {
    if (cleanups.delete(runOnce)) await cleanup();
  };
  cleanups.add(runOnce);
  return runOnce;
}

/** Stops every child process and runs every cleanup. */
export async function shutDown() {
  shuttingDown = true;
  for (const child of running) child.kill('SIGTERM');
  for (const cleanup of [...cleanups].reverse()) await cleanup().catch((error) => log(`during shutdown: ${error.message}`));
}

/** The environment of a child: ours, without variables that would point it to another database or configuration. */
export function childEnvironment(extra = {}) {
  const removed = /^(LASTMILE(?!_CHROMIUM$)|LEPTOS_|PG|DATABASE_URL|RUST_LOG$|NODE_OPTIONS$|(PORT|WORKERS|THREADS|POOL|STATEMENTS)$)/;
  const inherited = Object.entries(process.env).filter(([name]) => !removed.test(name));
  return { ...Object.fromEntries(inherited), ...extra };
}

/** Runs a program to completion and returns its stdout. `showProgress` passes its stderr on; `onStart` receives the process id. */
export async function run(program, args = [], { env = {}, showProgress = false, onStart, ...options } = {}) {
  throwIfShuttingDown();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: childEnvironment(env), ...options });
  running.add(child);
  onStart?.(child.pid);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  if (showProgress) child.stderr.pipe(process.stderr);
  try {
    const [code, signal] = await once(child, 'close');
    if (code !== 0) {
      throw new Error(`${program.split('/').at(-1)} ${args[0] ?? ''} ended with ${signal ?? code}: ${errorExcerpt(`${stderr}\n${stdout}`)}`);
    }
  } finally {
    running.delete(child);
  }
  return stdout;
}

/** The lines that say what went wrong: from the first that calls itself an error, else from the first line. */
function errorExcerpt(output) {
  const lines = output.split('\n').filter((line) => line.trim());
  const error = lines.findIndex((line) => /^\W*(\w*error|fatal|panic)/i.test(line));
  return lines.slice(Math.max(error, 0)).slice(0, 8).join('\n');
}

/**
 * A program that keeps running. It has a process session of its own, to which its workers belong; so Ctrl-C in the terminal reaches it
 * through our shutdown, in order.
 */
export class Service {
  /** @param {import('node:child_process').ChildProcess} child */
  constructor(name, child) {
    this.name = name;
    this.child = child;
    this.pid = child.pid;
    this.stdout = '';
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
    child.stdout?.setEncoding('utf8').on('data', (text) => (this.stdout += text));
    this.stop = onShutdown(() => this.#stop());
  }

  /** Starts a service. Its stderr goes to the file `log`. `signal` asks it to stop; after `stopTimeout` milliseconds it is killed. */
  static spawn(name, program, args, { env = {}, log, signal = 'SIGTERM', stopTimeout = 30_000, ...options }) {
    throwIfShuttingDown();
    const stderr = openSync(log, 'a');
    const child = spawn(program, args, { env: childEnvironment(env), stdio: ['ignore', 'pipe', stderr], detached: true, ...options });
    closeSync(stderr);
    child.on('error', () => {});
    const service = new Service(name, child);
    return Object.assign(service, { log, signal, stopTimeout });
  }

  /** Waits until its stdout matches a pattern, and returns the match. */
  async waitForOutput(pattern, timeout = 60_000) {
    const exited = this.exited.then((how) => ({ how }));
    const deadline = Date.now() + timeout;
    for (;;) {
      const match = pattern.exec(this.stdout);
      if (match) return match;
      const exit = await Promise.race([exited, sleep(10)]);
      if (exit) throw new Error(`${this.name} ended with ${exit.how}: ${this.stderrTail()}`);
      if (Date.now() > deadline) throw new Error(`${this.name} is not ready after ${timeout / 1000} s: ${this.stderrTail()}`);
    }
  }

  /** The last lines of its stderr. */
  stderrTail() {
    return readFileSync(this.log, 'utf8').trim().split('\n').slice(-8).join('\n');
  }

  async #stop() {
    if (this.pid === undefined) return;
    this.child.kill(this.signal);
    await Promise.race([this.exited, sleep(this.stopTimeout, undefined, { ref: false })]);
    try {
      process.kill(-this.pid, 'SIGKILL'); // any process that is left in its group
    } catch {
      // None is left.
    }
  }

  /** Its processes: all that belong to its process session. */
  processes() {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => ({ pid: Number(pid), ...processStat(pid) }))
      .filter((process) => process.session === this.pid);
  }

  /** The processor time of all its processes, user and system, in microseconds. */
  processorTime() {
    return this.processes().reduce((sum, { ticks }) => sum + ticks, 0) * (1e6 / ticksPerSecond());
  }

  /** The memory of each of its processes in bytes, as proportional set size: a shared page is divided among those that share it. */
  memory() {
    return this.processes().map(({ pid }) => Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) * 1024);
  }
}

/** The peak memory of a process so far, in bytes. */
export function peakMemory(pid) {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0; // It has just ended.
  }
}

function processStat(pid) {
  try {
    // The program's name in parentheses may contain anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
    return { session: Number(fields[3]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return { session: -1, ticks: 0 }; // It has just ended.
  }
}

let ticks;
function ticksPerSecond() {
  return (ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })));
}

/** A TCP port on which nobody listens. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
