import { Card, CardContent, Typography } from '@mui/material';
import { DataTable, FilterList, FilterListItem, FilterLiveSearch, List, Pagination } from 'react-admin';
import { CHURN_RISKS, PLAN_TYPES, STATUSES, account, date, money } from './values.js';

/** A filter in which several values may be selected. */
function Choices({ label, source, words }) {
  const isSelected = (value, filters) => (filters[source] ?? []).includes(value[source]);
  const toggleFilter = (value, filters) => {
    const { [source]: on = [], ...others } = filters;
    const next = on.includes(value[source]) ? on.filter((word) => word !== value[source]) : [...on, value[source]];
    return next.length ? { ...others, [source]: next } : others;
  };
  return (
    <FilterList label={label} icon={null}>
      {words.map((word) => (
        <FilterListItem key={word} label={word} value={{ [source]: word }} isSelected={isSelected} toggleFilter={toggleFilter} />
      ))}
    </FilterList>
  );
}

const Filters = () => (
  <Card sx={{ order: -1, mr: 2, mt: 6, width: 220, flexShrink: 0, alignSelf: 'flex-start' }}>
    <CardContent>
      <FilterLiveSearch source="q" label="Search customers" />
      <Choices label="Status" source="status" words={STATUSES} />
      <Choices label="Churn risk" source="churn_risk" words={CHURN_RISKS} />
      <Choices label="Plan type" source="plan_type" words={PLAN_TYPES} />
    </CardContent>
  </Card>
);

const Name = ({ name, account_number }) => (
  <>
    {name} <Typography variant="caption" color="textSecondary">{account(account_number)}</Typography>
  </>
);

/** Lastmile's default columns. Selecting rows is off, as Lastmile does not have it. */
export const CustomerList = () => (
  <List
    sort={{ field: 'name', order: 'ASC' }}
    perPage={50}
    pagination={<Pagination rowsPerPageOptions={[25, 50, 100]} />}
    aside={<Filters />}
    exporter={false}
    queryOptions={{ meta: { columns: 'list' } }} // its rows lack columns, so they are cached apart from those of the form
  >
    <DataTable rowClick="edit" bulkActionButtons={false} size="small">
      <DataTable.Col source="name" render={Name} />
      <DataTable.Col source="status" disableSort />
      <DataTable.Col source="plan_type" render={({ plan_type, speed_kbps }) => `${plan_type} ${speed_kbps / 1000} Mbps`} />
      <DataTable.Col align="right" source="price_paise" label="Price" render={({ price_paise }) => money(price_paise)} />
      <DataTable.Col source="churn_risk" />
      <DataTable.NumberCol source="nps" label="NPS" />
      <DataTable.Col align="right" source="outstanding_paise" label="Outstanding" render={({ outstanding_paise }) => money(outstanding_paise)} />
      <DataTable.Col
        source="next_bill_on"
        label="Next bill"
        render={({ next_bill_on }) => (next_bill_on === null ? '–' : date(next_bill_on))}
      />
    </DataTable>
  </List>
);
