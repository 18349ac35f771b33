import { createRecord, type Fields } from './records.ts';
import { unique } from './unique.ts';

/** The fields of a valid new lead. */
export function leadFields(more: Fields = {}): Fields {
  const word = unique();
  return {
    name: `Lata ${word}`,
    phone: '98450 12345',
    email: `lata.${word}@example.in`,
    address: '7, Church Street',
    city: 'Bengaluru',
    state: 'Karnataka',
    pin_code: '560001',
    source: 'Walk-in',
    plan: 'Fiber',
    speed: '100',
    expected_value: '799',
    stage: 'New',
    ...more,
  };
}

/** A lead that a test has created. */
export interface Lead {
  id: string;
  name: string;
  email: string;
  number: string;
}

/** Creates a lead. */
export async function createLead(url: string, more: Fields = {}): Promise<Lead> {
  const typed = leadFields(more);
  const { id, name, reference } = await createRecord(url, 'lead', typed);
  return { id, name, email: String(typed.email), number: reference };
}
