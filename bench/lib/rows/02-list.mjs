// The list's server function under load, against the database alone under the same load, on the same processors.
import { compare, inTurn, perSecond } from '../figures.mjs';
import { LIST } from '../house.mjs';
import { listPath } from '../lastmile.mjs';
import * as load from '../load.mjs';
import { rounds } from '../settings.mjs';

export const number = 2;
export const checks = [{ what: 'list server function, 50 rows, 8 connections', against: 'the same SQL, pgbench -M prepared, 8 clients', least: 0.65 }];

export const measure = (house) =>
  house.withLastmile(house.database(), async (lastmile) => {
    const script = load.script(await house.statements(lastmile, house.database(), LIST));
    const found = await inTurn(rounds, {
      ours: () => load.http(lastmile, listPath(LIST)),
      sql: () => load.pgbench(house.cluster, house.database(), script),
    });
    const rates = (side) => side.map((result) => result.rate);
    return [compare(checks[0], rates(found.ours), rates(found.sql), perSecond)];
  });
