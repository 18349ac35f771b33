// The whole HTML page of the list with 50 rows, as at a first visit, against programs that also render their pages on the server.
import { compare, interleaveWarm } from '../comparison.mjs';
import { perSecond } from '../format.mjs';
import { fetchText } from '../lastmile.mjs';
import * as load from '../load.mjs';
import { rounds } from '../settings.mjs';
import { LIST } from '../testbed.mjs';

const metric = 'the whole HTML page of the list, 50 rows, requests/s';
const PEERS = {
  django: { baseline: "Django's admin, tuned, two gunicorn workers", min: 25, path: '/admin/crm/customer/' },
  sveltekit: { baseline: 'SvelteKit with adapter-node, two workers', min: 2, path: `/customers${LIST}` },
  nextjs: { baseline: 'Next.js, two workers', min: 5, path: `/customers${LIST}` },
};

export const number = 6;
export const peers = Object.keys(PEERS);
export const checks = peers.map((peer) => ({ metric, baseline: PEERS[peer].baseline, min: PEERS[peer].min }));

/** Fails where a page is not the list: a sign-in page or an error page would be answered quickly. */
async function requireList(service, path, customers) {
  const page = await fetchText(service, path);
  const missing = customers.filter(([id, name]) => !page.includes(id) && !page.includes(name));
  if (missing.length > 0) throw new Error(`${service.name} does not show ${missing.length} of the ${customers.length} customers`);
}

export async function measure(testbed) {
  const database = testbed.database();
  const path = `/customers${LIST}`;
  const customers = await testbed.cluster.sql(database, 'SELECT id, name FROM customers WHERE deleted_at IS NULL ORDER BY name_key, id LIMIT 50');
  const rate = async (service, address, seconds) => (await load.http(service, address, { seconds })).rate;
  return testbed.withLastmile(database, async (lastmile) => {
    await requireList(lastmile, path, customers);
    /** Why a peer cannot be measured; the others still are. */
    const errors = {};
    const services = [];
    const sides = {};
    try {
      for (const peer of peers) {
        const fail = ({ message }) => void (errors[peer] ??= message);
        try {
          const session = peer === 'django' ? await testbed.peers.prepare(peer, testbed.cluster.url(database)) : undefined;
          const service = await testbed.servePeer(peer);
          services.push(service);
          if (session) service.cookie = `sessionid=${session}`;
          await requireList(service, PEERS[peer].path, customers);
          sides[peer] = async (seconds) => (peer in errors ? undefined : rate(service, PEERS[peer].path, seconds).catch(fail));
        } catch (error) {
          fail(error);
        }
      }
      const results = await interleaveWarm(rounds, { ours: () => rate(lastmile, path) }, sides);
      return peers.map((peer, index) =>
        peer in errors ? { ...checks[index], notMeasured: errors[peer] } : compare(checks[index], results.ours, results[peer], perSecond),
      );
    } finally {
      await Promise.all(services.map((service) => service.stop()));
    }
  });
}
