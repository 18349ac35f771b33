// Memory after a minute of load.
import { compare, megabytes } from '../figures.mjs';
import { LIST } from '../house.mjs';
import { listPath } from '../lastmile.mjs';
import * as load from '../load.mjs';
import { memorySeconds } from '../settings.mjs';

export const number = 11;
export const peers = ['fastify'];
export const checks = [{ what: `memory (proportional set size) after ${memorySeconds} s of load`, against: 'Fastify + pg, one worker', most: 0.3 }];

export const measure = (house) =>
  house.withLastmile(house.database(), (lastmile) =>
    house.withFastify(lastmile, LIST, 1, async (fastify) => {
      // Both at once, which is a minute less. Both end before one that failed is told.
      const loads = [lastmile, fastify].map((service) => load.http(service, listPath(LIST), { seconds: memorySeconds }));
      await Promise.allSettled(loads);
      await Promise.all(loads);
      return [compare(checks[0], lastmile.memory(), fastify.memory(), megabytes)];
    }),
  );
