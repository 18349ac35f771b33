// The list's server function against Fastify, which runs the program's own statements, session lookup included, and answers the same JSON.
import { compare, interleaveWarm } from '../comparison.mjs';
import { perSecond, time } from '../format.mjs';
import { listPath } from '../lastmile.mjs';
import * as load from '../load.mjs';
import { rounds } from '../settings.mjs';
import { LIST } from '../testbed.mjs';

const baseline = 'Fastify + pg, two workers; same SQL, rows and JSON';
export const number = 3;
export const peers = ['fastify'];
export const checks = [
  { metric: 'list function, 50 rows, requests/s', baseline, min: 1.5 },
  { metric: 'the same, processor time of the program for each request', baseline },
  { metric: 'the same, processor time without a log line for each request, which Fastify does not write', baseline },
];

/** Without a log line for each request. */
const QUIET = { RUST_LOG: 'warn' };

export const measure = (testbed) =>
  testbed.withLastmile(testbed.database(), (lastmile) =>
    testbed.withLastmile(
      testbed.database(),
      (quiet) => testbed.withFastify(lastmile, LIST, 2, (fastify) => measureAll(lastmile, quiet, fastify)),
      QUIET,
    ),
  );

async function measureAll(lastmile, quiet, fastify) {
  const ours = { ours: () => load.http(lastmile, listPath(LIST)), quiet: () => load.http(quiet, listPath(LIST)) };
  const results = await interleaveWarm(rounds, ours, { theirs: (seconds) => load.http(fastify, listPath(LIST), { seconds }) });
  const rates = (side) => results[side].map((result) => result.rate);
  const processorTimes = (side) => results[side].map((result) => result.processorTime);
  return [
    compare(checks[0], rates('ours'), rates('theirs'), perSecond),
    compare(checks[1], processorTimes('ours'), processorTimes('theirs'), time),
    compare(checks[2], processorTimes('quiet'), processorTimes('theirs'), time),
  ];
}
