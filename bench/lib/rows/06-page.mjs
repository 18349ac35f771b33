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
  const path = `/customers${LIST}`;
  const first = await house.cluster.sql(database, 'SELECT id, name FROM customers WHERE deleted_at IS NULL ORDER BY name_key, id LIMIT 50');
  const rate = async (service, address, seconds) => (await load.http(service, address, { seconds })).rate;
  return house.withLastmile(database, async (lastmile) => {
    await showsTheList(lastmile, path, first);
    /** Why a peer cannot be measured: the others still can. */
    const faults = {};
    const services = [];
    const sides = {};
    try {
      for (const peer of peers) {
        const fails = ({ message }) => void (faults[peer] ??= message);
        try {
          const session = peer === 'django' ? await house.peers.prepare(peer, house.cluster.url(database)) : undefined;
          const service = await house.servePeer(peer);
          services.push(service);
          if (session) service.cookie = `sessionid=${session}`;
          await showsTheList(service, PEERS[peer].path, first);
          sides[peer] = async (seconds) => (peer in faults ? undefined : rate(service, PEERS[peer].path, seconds).catch(fails));
        } catch (fault) {
          fails(fault);
        }
      }
      const found = await inTurnWhenWarm(rounds, { ours: () => rate(lastmile, path) }, sides);
      return peers.map((peer, place) =>
        peer in faults ? { ...checks[place], missing: faults[peer] } : compare(checks[place], found.ours, found[peer], perSecond),
      );
    } finally {
      await Promise.all(services.map((service) => service.stop()));
    }
  });
}
