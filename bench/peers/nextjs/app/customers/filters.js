'use client';
import Form from 'next/form';
import { useEffect, useRef } from 'react';
import { FILTERS, sortWord } from '../../lib/address.js';

const send = (event) => event.currentTarget.form.requestSubmit();

/** The search and the filters: one form, which writes the address with and without script. */
export default function Filters({ query }) {
  const form = useRef(null);
  // Back, forward and links change the query without the form, which then has to follow.
  useEffect(() => form.current.reset(), [query]);
  return (
    <Form ref={form} action="/customers" role="search" prefetch={false}>
      <input
        type="search" name="q" aria-label="Search customers" placeholder="Name, email, phone, account number, city" defaultValue={query.q} maxLength={200}
      />
      <button className="button">Search</button>
      {(query.by !== 'name' || query.descending) && <input type="hidden" name="sort" value={sortWord(query)} />}
      {FILTERS.map(([key, label, , words], index) => (
        <fieldset key={key}>
          <legend>{label}</legend>
          {words.map((word) => (
            <label key={word}>
              <input type="checkbox" name={key} value={word} defaultChecked={query.filters[index].includes(word)} onChange={send} /> {word}
            </label>
          ))}
        </fieldset>
      ))}
    </Form>
  );
}
