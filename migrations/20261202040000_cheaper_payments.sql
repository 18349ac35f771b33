-- What a payment writes. The balance of a customer and what is open of a bill change with each, so that every index that has them costs
-- every payment an entry.

-- What is open of a bill is in no index any more: a bill that is paid in part stays where it is (a HOT update). Statements look for
-- `settlement = 'Open'`, which says the same as `open_paise > 0`.
DROP INDEX bills_open_of_customer;
CREATE INDEX bills_open_of_customer ON bills (customer_id, due_on, id) WHERE settlement = 'Open';
ALTER TABLE bills SET (fillfactor = 90);

-- The list in these orders is merged from the segments, as in most other orders.
DROP INDEX customer_summary_by_outstanding;
DROP INDEX customer_summary_by_next_bill;

-- For bills: adds to what customers owe.
CREATE FUNCTION customer_summary_add_owed(customer_ids uuid[], owed bigint[]) RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET jit = off AS $$
BEGIN
    PERFORM FROM customer_summary WHERE id = ANY (customer_ids) ORDER BY id FOR NO KEY UPDATE;
    -- A minimum is no difference: the oldest open bill is looked up again.
    UPDATE customer_summary s SET outstanding_paise = s.outstanding_paise + d.owed, oldest_unpaid_due_on = o.due_on
    FROM unnest(customer_ids, owed) AS d (customer_id, owed)
        CROSS JOIN LATERAL (SELECT min(b.due_on) AS due_on FROM bills b WHERE b.customer_id = d.customer_id AND b.settlement = 'Open') AS o
    WHERE s.id = d.customer_id AND (d.owed <> 0 OR o.due_on IS DISTINCT FROM s.oldest_unpaid_due_on);
END
$$;

-- For payments: adds to what customers owe and have paid. The oldest open bill stays the same.
CREATE OR REPLACE FUNCTION customer_summary_add(customer_ids uuid[], owed bigint[], paid bigint[]) RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET jit = off AS $$
BEGIN
    PERFORM FROM customer_summary WHERE id = ANY (customer_ids) ORDER BY id FOR NO KEY UPDATE;
    UPDATE customer_summary s SET outstanding_paise = s.outstanding_paise + d.owed, paid_paise = s.paid_paise + d.paid
    FROM unnest(customer_ids, owed, paid) AS d (customer_id, owed, paid)
    WHERE s.id = d.customer_id AND (d.owed, d.paid) <> (0, 0);
END
$$;

CREATE OR REPLACE FUNCTION bills_summarize() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT SET jit = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM customer_summary_add_owed(array_agg(customer_id), array_agg(owed))
        FROM (SELECT customer_id, sum(owed_paise)::bigint AS owed FROM new_rows GROUP BY customer_id) AS d;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM customer_summary_add_owed(array_agg(customer_id), array_agg(owed))
        FROM (SELECT customer_id, -sum(owed_paise)::bigint AS owed FROM old_rows GROUP BY customer_id) AS d;
    ELSE
        -- What stays open, only less, changes nothing here.
        PERFORM customer_summary_add_owed(array_agg(customer_id), array_agg(owed))
        FROM (
            SELECT customer_id, sum(coalesce(n.owed_paise, 0) - coalesce(o.owed_paise, 0))::bigint AS owed
            FROM old_rows o FULL JOIN new_rows n USING (id, customer_id)
            WHERE (o.owed_paise, o.settlement, o.due_on) IS DISTINCT FROM (n.owed_paise, n.settlement, n.due_on)
            GROUP BY customer_id
        ) AS d
        HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END
$$;
