// The list's server function against Fastify with the program's own statements, which gives the very same JSON.
import { compare, inTurnWhenWarm, perSecond, time } from '../figures.mjs';
import { LIST } from '../house.mjs';
import { listPath } from '../lastmile.mjs';
import * as load from '../load.mjs';
import { rounds } from '../settings.mjs';

const against = 'Fastify + pg, two workers; same SQL, rows and JSON';
export const number = 3;
export const peers = ['fastify'];
export const checks = [
  { what: 'list server function, 50 rows, requests/s', against, least: 1.5 },
  { what: 'there, processor time of the program for a request', against, most: 0.35 },
  { what: "there, processor time again, without the log's line, which the other has not", against, most: 0.35 },
];

/** Without the line for each request. */
const QUIET = { RUST_LOG: 'warn' };

export const measure = (house) =>
  house.withLastmile(house.database(), (lastmile) =>
    house.withLastmile(house.database(), (quiet) => house.withFastify(lastmile, LIST, 2, (fastify) => measured(lastmile, quiet, fastify)), QUIET),
  );

async function measured(lastmile, quiet, fastify) {
  const own = { ours: () => load.http(lastmile, listPath(LIST)), quiet: () => load.http(quiet, listPath(LIST)) };
  const found = await inTurnWhenWarm(rounds, own, { theirs: (seconds) => load.http(fastify, listPath(LIST), { seconds }) });
  const of = (side, name) => found[side].map((result) => result[name]);
  const processorTime = (side) => of(side, 'processorTime');
  return [
    compare(checks[0], of('ours', 'rate'), of('theirs', 'rate'), perSecond),
    compare(checks[1], processorTime('ours'), processorTime('theirs'), time),
    compare(checks[2], processorTime('quiet'), processorTime('theirs'), time),
  ];
}
