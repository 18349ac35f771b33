import { HttpError } from 'react-admin';

async function request(path, init) {
  const response = await fetch(`/api/${path}`, init);
  const body = await response.json();
  if (!response.ok) throw new HttpError(body.message, response.status, body);
  return body;
}

const send = (method, path, body) => request(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

/** A query string with each value of a list as a pair of its own. */
function search(pairs) {
  const words = new URLSearchParams();
  for (const [key, value] of Object.entries(pairs)) {
    for (const each of [value].flat()) if (each !== undefined && each !== '') words.append(key, each);
  }
  return words.size ? `?${words}` : '';
}

/** Only what the pages use. A change is saved when the server has confirmed it: see `mutationMode` in form.jsx. */
export const dataProvider = {
  supportAbortSignal: true,
  getList: (resource, { pagination, sort, filter, signal }) =>
    request(resource + search({ page: pagination.page, size: pagination.perPage, sort: sort.field, order: sort.order, ...filter }), { signal }),
  getOne: async (resource, { id, signal }) => ({ data: await request(`${resource}/${id}`, { signal }) }),
  getMany: (resource, { ids, signal }) => request(resource + search({ id: ids }), { signal }),
  create: async (resource, { data }) => ({ data: await send('POST', resource, data) }),
  update: async (resource, { id, data }) => ({ data: await send('PUT', `${resource}/${id}`, data) }),
  delete: async (resource, { id }) => ({ data: await request(`${resource}/${id}`, { method: 'DELETE' }) }),
};
