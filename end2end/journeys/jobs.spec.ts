import type { Page } from '@playwright/test';
import type { TestApp } from '../support/app.ts';
import { expect, open, SCRIPT_MODES, test } from '../support/test.ts';
import { unique, uuid } from '../support/unique.ts';
import { postForm } from '../support/users.ts';

const FORBIDDEN = "You don't have permission to ";

const row = (page: Page, kind: string) => page.getByRole('table', { name: 'Jobs' }).getByRole('row').filter({ has: page.getByRole('rowheader', { name: kind }) });
const state = (page: Page, name: string) => page.getByRole('navigation', { name: 'State' }).getByRole('link', { name: new RegExp(`^${name} `) });

/** Adds a job. The program leaves kinds alone that it does not know. */
async function addJob(app: TestApp, kind: string, state: 'Waiting' | 'Failed', error: string | null = null): Promise<string> {
  const id = uuid();
  await app.db.query(
    `INSERT INTO jobs (id, kind, payload, state, attempt, max_attempts, run_at, created_at, finished_at, error)
     VALUES ($1, $2, '{}', $3::job_state, 3, 10, now(), now(), CASE $3 WHEN 'Failed' THEN now() END, $4)`,
    [id, kind, state, error],
  );
  return id;
}

for (const [mode, javaScriptEnabled] of SCRIPT_MODES) {
  test.describe(mode, () => {
    test.use({ javaScriptEnabled });

    test('an Admin stops a job, finds it among the stopped, and lets it run again', async ({ page, app, visit }) => {
      const kind = `Kind ${unique()}`;
      await addJob(app, kind, 'Waiting');
      await visit(page, '/customers');
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Jobs', exact: true }).click();
      await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible();
      await expect(row(page, kind)).toContainText('Waiting');
      await row(page, kind).getByRole('button', { name: 'Stop' }).click();
      await expect(page.getByRole('status').filter({ hasText: `${kind} stopped` })).toBeVisible();
      await state(page, 'Stopped').click();
      await expect(state(page, 'Stopped')).toHaveAttribute('aria-current', 'true');
      await row(page, kind).getByRole('button', { name: 'Retry' }).click();
      await expect(page.getByRole('status').filter({ hasText: `${kind} will run again now` })).toBeVisible();
      await expect(row(page, kind)).toContainText('0 of 10');
      await expect(row(page, kind)).toContainText('Waiting');
    });

    test('a job that has failed says why, and runs when it is retried', async ({ page, app, visit }) => {
      const id = await addJob(app, 'Clean up', 'Failed', 'The database did not answer.');
      const failed = page.getByRole('row').filter({ has: page.locator(`form[action="/jobs/${id}/retry"]`) });
      await visit(page, '/jobs?state=Failed');
      await expect(failed).toContainText('The database did not answer.');
      await expect(failed).toContainText('3 of 10');
      await failed.getByRole('button', { name: 'Retry' }).click();
      await expect(page.getByRole('status').filter({ hasText: 'Clean up will run again now' })).toBeVisible();
      await expect.poll(async () => (await app.db.query('SELECT state, error FROM jobs WHERE id = $1', [id])).rows, { timeout: 15_000 })
        .toEqual([{ state: 'Done', error: null }]);
    });

    test('a job that another Admin has stopped is not stopped again', async ({ page, newPage, app, visit, browserErrors }) => {
      browserErrors.allow(/status of 409/);
      const kind = `Kind ${unique()}`;
      await addJob(app, kind, 'Waiting');
      const other = await newPage('Admin');
      await visit(page, '/jobs');
      await visit(other, '/jobs');
      await row(other, kind).getByRole('button', { name: 'Stop' }).click();
      await expect(other.getByRole('status').filter({ hasText: `${kind} stopped` })).toBeVisible();
      await row(page, kind).getByRole('button', { name: 'Stop' }).click();
      await expect(page.getByRole('status').filter({ hasText: 'This job changed after you opened the page.' })).toBeVisible();
      await expect(row(page, kind)).toContainText('Stopped');
    });

    test('Sales and Staff see nothing of jobs', async ({ newPage, app, visit, browserErrors }) => {
      browserErrors.allow(/status of 403/);
      const kind = `Kind ${unique()}`;
      const id = await addJob(app, kind, 'Waiting');
      for (const role of ['Sales', 'Staff'] as const) {
        const page = await newPage(role);
        await visit(page, '/customers');
        await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Jobs' })).toHaveCount(0);
        expect((await visit(page, '/jobs')).status()).toBe(403);
        await expect(page.getByRole('main').getByRole('alert')).toContainText(FORBIDDEN);
        await expect(page.getByText(kind)).toHaveCount(0);
        expect((await postForm(`${app.url}/jobs/${id}/stop`, { version: '1' }, app.users[role])).status).toBe(403);
      }
    });
  });
}

test('the program runs the cleaning by itself', async ({ page, app }) => {
  await expect.poll(async () => (await app.db.query(`SELECT count(*)::int AS n FROM jobs WHERE kind = 'Clean up' AND state = 'Done'`)).rows[0].n, { timeout: 15_000 })
    .toBeGreaterThan(0);
  await open(page, '/jobs?state=Done');
  const kind = page.getByRole('navigation', { name: 'Kind' }).getByRole('link', { name: 'Clean up' });
  await kind.click();
  await expect(kind).toHaveAttribute('aria-current', 'true');
  await expect(state(page, 'Done')).toHaveAttribute('aria-current', 'true');
  await expect(row(page, 'Clean up').first()).toContainText('Deletes expired sessions, links and sign-in attempts, and old jobs');
});
