// The peers: the same list of customers, built in the usual ways. Each is a directory with the programs `build` and `serve`.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Service, freePort, log, run } from './processes.mjs';
import { root } from './settings.mjs';

const directory = (peer) => join(root, 'bench/peers', peer);

export class Peers {
  /** Why a peer cannot be measured. */
  #errors = new Map();

  /** @param {string} logs a directory for the peers' stderr */
  constructor(logs) {
    this.logs = logs;
  }

  /** Builds peers. One that fails to build is left out, and its lines of the table say why. */
  async build(peers) {
    for (const peer of peers) {
      log(`building the peer ${peer}`);
      try {
        if (!existsSync(join(directory(peer), 'serve'))) throw new Error(`there is no bench/peers/${peer}/serve`);
        await run(join(directory(peer), 'build'));
      } catch (error) {
        log(`the peer ${peer} cannot be measured: ${error.message}`);
        this.#errors.set(peer, new Error(`${peer} could not be built: ${error.message.split('\n')[0]}`));
      }
    }
  }

  /** Starts a peer that has been built on a port; does not wait until it is ready. */
  spawn(peer, { database, workers, port, env = {} }) {
    if (this.#errors.has(peer)) throw this.#errors.get(peer);
    const service = Service.spawn(peer, join(directory(peer), 'serve'), [], {
      env: { DATABASE_URL: database, PORT: String(port), WORKERS: String(workers), ...env },
      log: join(this.logs, `${peer}.log`),
    });
    service.url = `http://127.0.0.1:${port}`;
    return service;
  }

  /** Starts a peer and waits until it is ready. */
  async serve(peer, options) {
    const service = this.spawn(peer, { ...options, port: await freePort() });
    try {
      await service.waitForOutput(/^ready$/m);
    } catch (error) {
      await service.stop();
      throw error;
    }
    return service;
  }

  /** Makes a peer's own tables. Returns the last line that its program prints. */
  async prepare(peer, database) {
    if (this.#errors.has(peer)) throw this.#errors.get(peer);
    const stdout = await run(join(directory(peer), 'prepare'), [], { env: { DATABASE_URL: database } });
    return stdout.trim().split('\n').at(-1);
  }
}

/** The packages of a peer with their versions: `fastify 5.0.0, pg 8.0.0`. */
export function peerVersion(peer) {
  const read = (name) => (existsSync(join(directory(peer), name)) ? readFileSync(join(directory(peer), name), 'utf8') : undefined);
  const manifest = read('package.json');
  if (manifest) {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(manifest);
    const installed = (name) => JSON.parse(read(`node_modules/${name}/package.json`) ?? '{}').version;
    const packages = Object.entries({ ...dependencies, ...devDependencies }).map(([name, wanted]) => `${name} ${installed(name) ?? wanted}`);
    return packages.join(', ');
  }
  return read('requirements.txt')?.split('\n').map((line) => line.replace(/\s*[#;].*/, '').replace('==', ' ').trim()).filter(Boolean).join(', ') ?? 'missing';
}
