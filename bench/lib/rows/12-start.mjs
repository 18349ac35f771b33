// From the start of the process to its first answer, with a migrated database.
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { compare, interleave } from '../comparison.mjs';
import { time } from '../format.mjs';
import { freePort } from '../processes.mjs';

export const number = 12;
export const peers = ['fastify'];
export const checks = [{ metric: 'start until the first 200', baseline: 'Fastify + pg, one worker', max: 0.3 }];
const ROUNDS = 10;

const status = (url) =>
  new Promise((resolve) => {
    get(url, { agent: false }, (response) => resolve(response.resume().statusCode)).on('error', () => resolve(0));
  });

/** Microseconds until a program that `spawn` starts answers 200 to a path. */
async function startTime(spawn, path) {
  const port = await freePort();
  const start = process.hrtime.bigint();
  const service = spawn(port);
  try {
    let exit;
    service.exited.then((how) => (exit = how));
    while ((await status(`http://127.0.0.1:${port}${path}`)) !== 200) {
      if (exit !== undefined) throw new Error(`${service.name} ended with ${exit}: ${service.stderrTail()}`);
      if (process.hrtime.bigint() - start > 60_000_000_000n) throw new Error(`${service.name} does not answer`);
      await sleep(1);
    }
    return Number(process.hrtime.bigint() - start) / 1e3;
  } finally {
    await service.stop();
  }
}

export async function measure(testbed) {
  const url = testbed.cluster.url(testbed.database());
  const results = await interleave(ROUNDS, {
    // Ready: connected to the database, with its schema compared.
    ours: () => startTime((port) => testbed.program.spawn(url, port), '/readyz'),
    fastify: () => startTime((port) => testbed.peers.spawn('fastify', { database: url, workers: 1, port }), '/health'),
  });
  return [compare(checks[0], results.ours, results.fastify, time)];
}
