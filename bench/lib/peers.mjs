// The peers: the same list of customers, built in the usual ways. Each is a directory with `build` and `serve`.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Service, freePort, run, say } from './processes.mjs';
import { root } from './settings.mjs';

export const PEERS = ['fastify', 'sveltekit', 'nextjs', 'django', 'react-admin'];
const directory = (peer) => join(root, 'bench/peers', peer);

export class Peers {
  /** Why a peer cannot be measured. */
  #faults = new Map();

  /** @param {string} logs a directory for what they complain of */
  constructor(logs) {
    this.logs = logs;
  }

  /** Builds peers. One that cannot be built is left out, and says why in the table. */
  async build(wanted) {
    for (const peer of wanted) {
      say(`building the peer ${peer}`);
      try {
        if (!existsSync(join(directory(peer), 'serve'))) throw new Error(`there is no bench/peers/${peer}/serve`);
        await run(join(directory(peer), 'build'));
      } catch (fault) {
        say(`the peer ${peer} cannot be measured: ${fault.message}`);
        this.#faults.set(peer, new Error(`${peer} could not be built: ${fault.message.split('\n')[0]}`));
      }
    }
  }

  /** Starts a peer that has been built, at a port; not waited for. */
  spawn(peer, { database, workers, port, env = {} }) {
    if (this.#faults.has(peer)) throw this.#faults.get(peer);
    const service = Service.spawn(peer, join(directory(peer), 'serve'), [], {
      env: { DATABASE_URL: database, PORT: String(port), WORKERS: String(workers), ...env },
      log: join(this.logs, `${peer}.log`),
    });
    service.url = `http://127.0.0.1:${port}`;
    return service;
  }

  /** Starts a peer and waits until it serves. */
  async serve(peer, options) {
    const service = this.spawn(peer, { ...options, port: await freePort() });
    try {
      await service.prints(/^ready$/m);
    } catch (fault) {
      await service.stop();
      throw fault;
    }
    return service;
  }

  /** Makes a peer's own tables; gives the last line that this prints. */
  async prepare(peer, database) {
    if (this.#faults.has(peer)) throw this.#faults.get(peer);
    const printed = await run(join(directory(peer), 'prepare'), [], { env: { DATABASE_URL: database } });
    return printed.trim().split('\n').at(-1);
  }
}

/** What a peer is made of, as it names it itself: `fastify 5.0.0, pg 8.0.0`. */
export function version(peer) {
  const read = (name) => (existsSync(join(directory(peer), name)) ? readFileSync(join(directory(peer), name), 'utf8') : undefined);
  const npm = read('package.json');
  if (npm) {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(npm);
    const installed = (name) => JSON.parse(read(`node_modules/${name}/package.json`) ?? '{}').version;
    const all = Object.entries({ ...dependencies, ...devDependencies }).map(([name, asked]) => `${name} ${installed(name) ?? asked}`);
    return all.join(', ');
  }
  return read('requirements.txt')?.split('\n').map((line) => line.replace(/\s*[#;].*/, '').replace('==', ' ').trim()).filter(Boolean).join(', ') ?? 'not there';
}
