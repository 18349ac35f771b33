import { expect, type Locator, type Page } from '@playwright/test';
import type { Fields } from './records.ts';

/** The labels of the fields, by their names in the submitted form. */
export const LABELS: Record<string, string> = {
  name: 'Name', email: 'Email', phone: 'Phone', address: 'Address', city: 'City', state: 'State', pin_code: 'PIN code', gstin: 'GSTIN',
  plan_id: 'Plan', starts_on: 'Start day',
  status: 'Status', plan: 'Plan type', speed: 'Speed', price: 'Price', billing_cycle: 'Billing cycle', ott_apps: 'OTT apps', live_channels: 'Live channels',
  data_used: 'Data used', average_speed: 'Average speed', uptime: 'Uptime', most_used_ott: 'Most used OTT', peak_hours: 'Peak usage hours',
  customer_since: 'Customer since', churn: 'Churn risk', nps: 'NPS', tickets: 'Tickets',
  last_ticket_on: 'Last ticket', satisfaction: 'Satisfaction', referred_by: 'Referred by',
  promised_on: 'Promised to pay by',
  source: 'Source', expected_value: 'Expected value', stage: 'Stage', lost_reason: 'Reason for losing', owner: 'Owner',
  next_step: 'Next step', next_step_on: 'Next step on', notes: 'Notes',
  code: 'Code', download: 'Download speed', upload: 'Upload speed', quota: 'Data quota', gst_rate: 'GST rate', sac: 'SAC',
  area: 'Area', plan_types: 'Plan types', max_speed: 'Maximum speed',
};

/** The fields that are made of a box for each value. */
const BOXES = ['ott_apps', 'plan_types'];

/** The form of a record as a user sees it, in its dialog. */
export class Form {
  readonly dialog: Locator;
  readonly summary: Locator;
  readonly save: Locator;

  constructor(readonly page: Page, subject = 'customer') {
    this.dialog = page.getByRole('dialog');
    this.summary = this.dialog.locator('.summary');
    this.save = this.dialog.getByRole('button', { name: `Save ${subject}` });
  }

  /** The input or group of a field, found by its label. */
  field(name: string): Locator {
    const label = LABELS[name].replace(/[()]/g, '\\$&');
    return this.dialog.getByLabel(new RegExp(`^\\s*${label}(\\s*\\(optional\\))?\\s*$`));
  }

  /** The message under a field. */
  error(name: string): Locator {
    return this.dialog.locator(`#field-${name}-error`);
  }

  async fill(fields: Fields): Promise<void> {
    for (const [name, value] of Object.entries(fields)) {
      const field = this.field(name);
      if (BOXES.includes(name)) {
        for (const app of [value].flat()) await field.getByRole('checkbox', { name: app, exact: true }).check();
      } else if (name === 'peak_hours') {
        for (const [index, time] of [value].flat().entries()) await field.locator('input').nth(index).fill(time);
      } else if (await field.evaluate((field) => field instanceof HTMLSelectElement)) {
        await field.selectOption(String(value));
      } else {
        await field.fill(String(value));
      }
    }
  }

  /** Waits until the fields have these values. */
  async holds(fields: Fields): Promise<void> {
    for (const [name, value] of Object.entries(fields)) {
      const field = this.field(name);
      if (BOXES.includes(name)) {
        for (const app of [value].flat()) await expect(field.getByRole('checkbox', { name: app, exact: true })).toBeChecked();
      } else if (name === 'peak_hours') {
        for (const [index, time] of [value].flat().entries()) await expect(field.locator('input').nth(index)).toHaveValue(time);
      } else {
        await expect(field, name).toHaveValue(String(value));
      }
    }
  }
}
