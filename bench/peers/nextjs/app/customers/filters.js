'use client';
import Form from 'next/form';
import { useEffect, useRef } from 'react';
import { FILTERS, sortWord } from '../../lib/address.js';

const send = (event) => event.currentTarget.form.requestSubmit();

/** The search and the filters: one form, which makes the address with and without script. */
export default function Filters({ asked }) {
  const form = useRef(null);
  // Back, forward and links change what is asked without the form: it then says so.
  useEffect(() => form.current.reset(), [asked]);
  return (
    <Form ref={form} action="/customers" role="search" prefetch={false}>
      <input
        type="search" name="q" aria-label="Search customers" placeholder="Name, email, phone, account number, city" defaultValue={asked.q} maxLength={200}
      />
      <button className="button">Search</button>
      {(asked.by !== 'name' || asked.descending) && <input type="hidden" name="sort" value={sortWord(asked)} />}
      {FILTERS.map(([key, label, , words], index) => (
        <fieldset key={key}>
          <legend>{label}</legend>
          {words.map((word) => (
            <label key={word}>
              <input type="checkbox" name={key} value={word} defaultChecked={asked.filters[index].includes(word)} onChange={send} /> {word}
            </label>
          ))}
        </fieldset>
      ))}
    </Form>
  );
}
