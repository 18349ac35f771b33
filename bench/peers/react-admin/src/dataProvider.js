import { HttpError } from 'react-admin';

async function ask(path, init) {
  const answer = await fetch(`/api/${path}`, init);
  const said = await answer.json();
  if (!answer.ok) throw new HttpError(said.message, answer.status, said);
  return said;
}

const send = (method, path, body) => ask(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

/** Each value of a list as a pair of its own. */
function search(pairs) {
  const words = new URLSearchParams();
  for (const [key, value] of Object.entries(pairs)) {
    for (const each of [value].flat()) if (each !== undefined && each !== '') words.append(key, each);
  }
  return words.size ? `?${words}` : '';
}

/** Only what the pages ask for. A change is saved when the server has said so: see `mutationMode` in form.jsx. */
export const dataProvider = {
  supportAbortSignal: true,
  getList: (resource, { pagination, sort, filter, signal }) =>
    ask(resource + search({ page: pagination.page, size: pagination.perPage, sort: sort.field, order: sort.order, ...filter }), { signal }),
  getOne: async (resource, { id, signal }) => ({ data: await ask(`${resource}/${id}`, { signal }) }),
  getMany: (resource, { ids, signal }) => ask(resource + search({ id: ids }), { signal }),
  create: async (resource, { data }) => ({ data: await send('POST', resource, data) }),
  update: async (resource, { id, data }) => ({ data: await send('PUT', `${resource}/${id}`, data) }),
  delete: async (resource, { id }) => ({ data: await ask(`${resource}/${id}`, { method: 'DELETE' }) }),
};
