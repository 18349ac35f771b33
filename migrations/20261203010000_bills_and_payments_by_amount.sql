-- The lists of bills and payments by amount. What is open of a bill is in neither index: a bill that is paid in part writes none.
CREATE INDEX bills_by_amount ON bills (owed_paise, id);
CREATE INDEX payments_by_amount ON payments (counted_paise, id);
