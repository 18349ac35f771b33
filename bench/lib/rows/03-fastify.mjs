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
];

export const measure = (house) =>
  house.withLastmile(house.database(), (lastmile) =>
    house.withFastify(lastmile, LIST, 2, async (fastify) => {
      const found = await inTurnWhenWarm(rounds, {
        ours: () => load.http(lastmile, listPath(LIST)),
        theirs: (seconds) => load.http(fastify, listPath(LIST), { seconds }),
      });
      const of = (side, name) => side.map((result) => result[name]);
      return [
        compare(checks[0], of(found.ours, 'rate'), of(found.theirs, 'rate'), perSecond),
        compare(checks[1], of(found.ours, 'processorTime'), of(found.theirs, 'processorTime'), time),
      ];
    }),
  );
