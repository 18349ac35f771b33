// Memory after a minute of load.
import { compare } from '../comparison.mjs';
import { mebibytes } from '../format.mjs';
import { listPath } from '../lastmile.mjs';
import * as load from '../load.mjs';
import { memorySeconds } from '../settings.mjs';
import { LIST } from '../testbed.mjs';

export const number = 11;
export const peers = ['fastify'];
export const checks = [{ metric: `memory (proportional set size) after ${memorySeconds} s of load`, baseline: 'Fastify + pg, one worker', max: 0.3 }];

export const measure = (testbed) =>
  testbed.withLastmile(testbed.database(), (lastmile) =>
    testbed.withFastify(lastmile, LIST, 1, async (fastify) => {
      // Both at once, which takes a minute less. Both end before an error of one is thrown.
      const loads = [lastmile, fastify].map((service) => load.http(service, listPath(LIST), { seconds: memorySeconds }));
      await Promise.allSettled(loads);
      await Promise.all(loads);
      return [compare(checks[0], lastmile.memory(), fastify.memory(), mebibytes)];
    }),
  );
