import type pg from 'pg';
import { uuid } from './unique.ts';
import { fetchAs, type User } from './users.ts';

/** A subject that has records, by the word for one of them. */
export type Subject = 'customer' | 'lead';

/** The text of each field of a form, by its name; several values for choices and hours. */
export type Fields = Record<string, string | string[]>;

/** The body that a browser sends for a form. */
export function formBody(fields: Fields): string {
  const pairs = Object.entries(fields).flatMap(([name, values]) => [values].flat().map((value) => [name, value]));
  return new URLSearchParams(pairs).toString();
}

/** What the server answers to a submitted form. */
export type Outcome = { Done: { action: string; record: { id: string; reference: string; name: string } } } | { Invalid: unknown };

/** Submits the form of a record as the page's script does, as the Admin or as another user. */
export function saveRecord(url: string, subject: Subject, form: string, user?: User | null): Promise<Response> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ form }),
  };
  return fetchAs(`${url}/api/${subject}s/save`, init, user);
}

/** Creates a record of these fields; returns its id and its number. */
export async function createRecord(url: string, subject: Subject, fields: Fields): Promise<{ id: string; name: string; reference: string }> {
  const id = uuid();
  const response = await saveRecord(url, subject, formBody({ id, ...fields }));
  const text = await response.text();
  if (!response.ok) throw new Error(`saving a ${subject}: ${response.status} ${text}`);
  const outcome = JSON.parse(text) as Outcome;
  if (!('Done' in outcome)) throw new Error(`a valid ${subject} was refused: ${text}`);
  const { name, reference } = outcome.Done.record;
  return { id, name, reference };
}

/** Edits a record as a colleague would: reads the form, changes a few fields, submits it. */
export async function editRecord(url: string, subject: Subject, id: string, more: Fields): Promise<void> {
  const save = await openEdit(url, subject, id);
  await save(more);
}

/** Reads the form of a record; what is returned submits it with a few fields changed, and says what was done. */
export async function openEdit(url: string, subject: Subject, id: string, user?: User): Promise<(more: Fields) => Promise<string>> {
  const page = await (await fetchAs(`${url}/${subject}s/${id}/edit`, {}, user)).text();
  return async (more) => {
    const response = await saveRecord(url, subject, formBody({ ...readForm(page, subject), ...more }), user);
    const outcome = (await response.json()) as Outcome;
    if (!('Done' in outcome)) throw new Error(`the edit was refused: ${JSON.stringify(outcome)}`);
    return outcome.Done.action;
  };
}

/** What the inputs of a record's form hold in a page of the server. */
export function readForm(page: string, subject: Subject): Fields {
  const form = new RegExp(`<form[^>]*id="${subject}-form"[\\s\\S]*?</form>`).exec(page)?.[0];
  if (!form) throw new Error('the page has no form');
  const found: Record<string, string[]> = {};
  const decode = (text: string) =>
    text.replace(/&quot;/g, '"').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&#x27;|&#39;/g, "'").replace(/&amp;/g, '&');
  const attribute = (tag: string, name: string): string | undefined => {
    const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
    return value === undefined ? undefined : decode(value);
  };
  for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
    const name = attribute(tag, 'name');
    const box = ['checkbox', 'radio'].includes(attribute(tag, 'type') ?? '');
    if (name && (!box || /\schecked/.test(tag))) (found[name] ??= []).push(attribute(tag, 'value') ?? '');
  }
  for (const [, start, options] of form.matchAll(/(<select[^>]*>)([\s\S]*?)<\/select>/g)) {
    const chosen = [...options.matchAll(/<option[^>]*>/g)].map(([tag]) => tag).find((tag) => /\sselected/.test(tag));
    found[attribute(start, 'name') ?? ''] = [chosen ? (attribute(chosen, 'value') ?? '') : ''];
  }
  for (const [, start, text] of form.matchAll(/(<textarea[^>]*>)([\s\S]*?)<\/textarea>/g)) {
    // A browser passes over the first line break.
    found[attribute(start, 'name') ?? ''] = [decode(text.replace(/^\n/, ''))];
  }
  return found;
}

/** Deletes or restores records in the database itself, as a colleague would meanwhile. */
export async function setDeleted(db: pg.Pool, subject: Subject, ids: string | string[], deleted: boolean): Promise<void> {
  await db.query(
    `UPDATE ${subject}s SET deleted_at = CASE WHEN $2 THEN now() END, version = version + 1
     WHERE id = ANY($1) AND (deleted_at IS NULL) = $2`,
    [[ids].flat(), deleted],
  );
}

/** The tables that have the columns of a subject's list. */
const TABLES: Record<Subject, string> = { customer: 'customers JOIN customer_summary USING (id)', lead: 'leads' };

/** The ids of records that are not deleted, by the rest of a statement: conditions that begin with AND, an order, a limit. */
export async function recordIds(db: pg.Pool, subject: Subject, rest: string, values: unknown[] = []): Promise<string[]> {
  const found = await db.query<{ id: string }>(`SELECT id FROM ${TABLES[subject]} WHERE deleted_at IS NULL ${rest}`, values);
  return found.rows.map((row) => row.id);
}
