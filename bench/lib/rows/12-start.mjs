// From starting the process to its first answer, with a database that is migrated.
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { compare, inTurn, time } from '../figures.mjs';
import { freePort } from '../processes.mjs';

export const number = 12;
export const peers = ['fastify'];
export const checks = [{ what: 'start until the first 200', against: 'Fastify + pg, one worker', most: 0.3 }];
const ROUNDS = 10;

const status = (url) =>
  new Promise((answered) => {
    get(url, { agent: false }, (answer) => answered(answer.resume().statusCode)).on('error', () => answered(0));
  });

/** Microseconds until a program that `spawn` starts answers 200 at a path. */
async function starts(spawn, path) {
  const port = await freePort();
  const began = process.hrtime.bigint();
  const service = spawn(port);
  try {
    let how;
    service.ended.then((code) => (how = code));
    while ((await status(`http://127.0.0.1:${port}${path}`)) !== 200) {
      if (how !== undefined) throw new Error(`${service.name} ended with ${how}: ${service.complaints()}`);
      if (process.hrtime.bigint() - began > 60_000_000_000n) throw new Error(`${service.name} does not answer`);
      await sleep(1);
    }
    return Number(process.hrtime.bigint() - began) / 1e3;
  } finally {
    await service.stop();
  }
}

export async function measure(house) {
  const url = house.cluster.url(house.database());
  const found = await inTurn(ROUNDS, {
    // Ready: connected to the database, whose schema it has compared with its own.
    ours: () => starts((port) => house.program.spawn(url, port), '/readyz'),
    fastify: () => starts((port) => house.peers.spawn('fastify', { database: url, workers: 1, port }), '/health'),
  });
  return [compare(checks[0], found.ours, found.fastify, time)];
}
