// A page of the list with filters and a sort, by one who asks for one after the other: what the program adds to its SQL.
import { compare, inTurn, time } from '../figures.mjs';
import { FILTERED } from '../house.mjs';
import { listPath } from '../lastmile.mjs';
import * as load from '../load.mjs';
import { rounds, secondsOfOne as seconds } from '../settings.mjs';

export const number = 1;
export const checks = [
  { what: 'list query with filters and sort, p50 of one connection', against: 'the same SQL, pgbench -M prepared, 1 client', most: 1.3 },
  { what: 'there', against: 'the same, planned once as by the program (plan_cache_mode=force_generic_plan, jit=off)' },
];

export const measure = (house) =>
  house.withLastmile(house.database(), async (lastmile) => {
    const script = load.script(await house.statements(lastmile, house.database(), FILTERED));
    const found = await inTurn(rounds, {
      ours: () => load.http(lastmile, listPath(FILTERED), { connections: 1, seconds }),
      sql: () => load.pgbench(house.cluster, house.database(), script, { clients: 1, seconds }),
      planned: () => load.pgbench(house.cluster, house.database(), script, { clients: 1, seconds, options: '-c plan_cache_mode=force_generic_plan -c jit=off' }),
    });
    const p50 = (side) => side.map((result) => result.p50);
    return [found.sql, found.planned].map((sql, place) => compare(checks[place], p50(found.ours), p50(sql), time));
  });
