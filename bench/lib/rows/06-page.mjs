// The whole HTML page of the list with 50 rows, as it comes at a first visit, against programs that make their pages on the server too.
import { compare, inTurnWhenWarm, perSecond } from '../figures.mjs';
import { LIST } from '../house.mjs';
import { ask } from '../lastmile.mjs';
import * as load from '../load.mjs';
import { rounds } from '../settings.mjs';

const what = 'the whole HTML list page, 50 rows, requests/s';
const PEERS = {
  django: { against: 'Django admin tuned, two gunicorn workers', least: 25, path: '/admin/crm/customer/' },
  sveltekit: { against: 'SvelteKit adapter-node, two workers', least: 2, path: `/customers${LIST}` },
  nextjs: { against: 'Next.js, two workers', least: 5, path: `/customers${LIST}` },
};

export const number = 6;
export const peers = Object.keys(PEERS);
export const checks = peers.map((peer) => ({ what, against: PEERS[peer].against, least: PEERS[peer].least }));

/** Fails where a page is not the list: whoever shows a sign-in page or an error is quick. */
async function showsTheList(service, path, customers) {
  const page = await ask(service, path);
  const missing = customers.filter(([id, name]) => !page.includes(id) && !page.includes(name));
  if (missing.length > 0) throw new Error(`${service.name} does not show ${missing.length} of the ${customers.length} customers`);
}

export async function measure(house) {
  const database = house.database();
  return house.withLastmile(database, async (lastmile) => {
    const path = `/customers${LIST}`;
    const first = await house.cluster.sql(database, 'SELECT id, name FROM customers WHERE deleted_at IS NULL ORDER BY name_key, id LIMIT 50');
    await showsTheList(lastmile, path, first);
    const measured = [];
    for (const [place, peer] of peers.entries()) {
      try {
        const session = peer === 'django' ? await house.peers.prepare(peer, house.cluster.url(database)) : undefined;
        measured.push(
          await house.withPeer(peer, {}, async (service) => {
            if (session) service.cookie = `sessionid=${session}`;
            await showsTheList(service, PEERS[peer].path, first);
            const found = await inTurnWhenWarm(rounds, {
              ours: () => load.http(lastmile, path),
              theirs: (seconds) => load.http(service, PEERS[peer].path, { seconds }),
            });
            const rates = (side) => side.map((result) => result.rate);
            return compare(checks[place], rates(found.ours), rates(found.theirs), perSecond);
          }),
        );
      } catch (fault) {
        measured.push({ ...checks[place], missing: fault.message });
      }
    }
    return measured;
  });
}
