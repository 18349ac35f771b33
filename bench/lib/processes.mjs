// Processes: run to their end, or kept running; none of them outlives this one. And what /proc says of them.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const began = Date.now();

/** How long this runs, in minutes and seconds. */
export function elapsed() {
  const seconds = Math.round((Date.now() - began) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Says what is being done, in a line. */
export function say(line) {
  process.stderr.write(`${elapsed().padStart(6)}  ${line}\n`);
}

/** What is undone at the end, the last first. */
const endings = new Set();
const running = new Set();
let ended = false;
/** Throws once the end has begun: nothing new is started then. */
export function notAtEnd() {
  if (ended) throw new Error('stopping');
}

/** Has something undone at the end, if it is not undone before by what this gives. */
export function atEnd(undo) {
  const ending = async () => {
    if (endings.delete(ending)) await undo();
  };
  endings.add(ending);
  return ending;
}

/** Ends and undoes everything. */
export async function end() {
  ended = true;
  for (const child of running) child.kill('SIGTERM');
  for (const undo of [...endings].reverse()) await undo().catch((fault) => say(`at the end: ${fault.message}`));
}

/** The variables of a child: ours, without those that would lead it to another database or another configuration. */
export function environment(more = {}) {
  const theirs = /^(LASTMILE(?!_CHROMIUM$)|LEPTOS_|PG|DATABASE_URL|RUST_LOG$|NODE_OPTIONS$|(PORT|WORKERS|THREADS|POOL|STATEMENTS)$)/;
  const kept = Object.entries(process.env).filter(([name]) => !theirs.test(name));
  return { ...Object.fromEntries(kept), ...more };
}

/** Runs a program to its end and gives what it has printed; `aloud` shows meanwhile what it says of its progress, and `watch` is given its process's id. */
export async function run(program, words = [], { env = {}, aloud = false, watch, ...options } = {}) {
  notAtEnd();
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env: environment(env), ...options });
  running.add(child);
  watch?.(child.pid);
  let printed = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (printed += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (complaints += text));
  if (aloud) child.stderr.pipe(process.stderr);
  try {
    const [code, signal] = await once(child, 'close');
    if (code !== 0) {
      throw new Error(`${program.split('/').at(-1)} ${words[0] ?? ''} ended with ${signal ?? code}: ${reason(`${complaints}\n${printed}`)}`);
    }
  } finally {
    running.delete(child);
  }
  return printed;
}

/** What a program says was wrong: from the first line that calls itself an error, else from the first. */
function reason(said) {
  const lines = said.split('\n').filter((line) => line.trim());
  const error = lines.findIndex((line) => /^\W*(\w*error|fatal|panic)/i.test(line));
  return lines.slice(Math.max(error, 0)).slice(0, 8).join('\n');
}

/** A program that keeps running, in a session of its own: its workers are in it, and a Ctrl-C in the terminal reaches it through us, in order. */
export class Service {
  /** @param {import('node:child_process').ChildProcess} child */
  constructor(name, child) {
    this.name = name;
    this.child = child;
    this.pid = child.pid;
    this.printed = '';
    this.ended = new Promise((ended) => child.once('exit', (code, signal) => ended(signal ?? code)));
    child.stdout?.setEncoding('utf8').on('data', (text) => (this.printed += text));
    this.stop = atEnd(() => this.#stop());
  }

  /** Starts it; what it complains of goes to a file, which costs us nothing while we measure. `signal` asks it to end, within `patience`. */
  static spawn(name, program, words, { env = {}, log, signal = 'SIGTERM', patience = 30_000, ...options }) {
    notAtEnd();
    const complaints = openSync(log, 'a');
    const child = spawn(program, words, { env: environment(env), stdio: ['ignore', 'pipe', complaints], detached: true, ...options });
    closeSync(complaints);
    child.on('error', () => {});
    const service = new Service(name, child);
    return Object.assign(service, { log, signal, patience });
  }

  /** Waits until it has printed something. */
  async prints(pattern, within = 60_000) {
    const gone = this.ended.then((how) => ({ how }));
    const until = Date.now() + within;
    for (;;) {
      const found = pattern.exec(this.printed);
      if (found) return found;
      const waited = await Promise.race([gone, sleep(10)]);
      if (waited) throw new Error(`${this.name} ended with ${waited.how}: ${this.complaints()}`);
      if (Date.now() > until) throw new Error(`${this.name} is not ready after ${within / 1000} s: ${this.complaints()}`);
    }
  }

  complaints() {
    return readFileSync(this.log, 'utf8').trim().split('\n').slice(-8).join('\n');
  }

  async #stop() {
    if (this.pid === undefined) return;
    this.child.kill(this.signal);
    await Promise.race([this.ended, sleep(this.patience, undefined, { ref: false })]);
    try {
      process.kill(-this.pid, 'SIGKILL'); // what is left of it
    } catch {
      // Nothing is.
    }
  }

  /** Its processes: those of its session. */
  processes() {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => ({ pid: Number(pid), ...stat(pid) }))
      .filter((process) => process.session === this.pid);
  }

  /** Processor time that all of its processes have used, in microseconds. */
  processorTime() {
    return this.processes().reduce((sum, { ticks }) => sum + ticks, 0) * (1e6 / ticksPerSecond());
  }

  /** Memory in bytes, each process's by itself: pages that several share are divided among them (proportional set size). */
  memory() {
    return this.processes().map(({ pid }) => Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) * 1024);
  }
}

/** The most memory that a process has had so far, in bytes. */
export function mostMemory(pid) {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0; // It has just ended.
  }
}

function stat(pid) {
  try {
    // The name before the parenthesis may hold anything.
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

/** A port that nobody listens on. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
