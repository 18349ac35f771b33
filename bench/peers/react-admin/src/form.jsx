import { InputAdornment, Typography } from '@mui/material';
import {
  AutocompleteInput, CheckboxGroupInput, Create, DateInput, Edit, FormDataConsumer, NumberInput, ReferenceInput, SelectInput, SimpleForm,
  TextInput, email, maxLength, maxValue, minValue, regex, required,
} from 'react-admin';
import { BILLING_CYCLES, CHURN_RISKS, OTT_APPS, PLAN_TYPES, STATES, STATUSES, account, choices } from './values.js';

const Group = ({ title }) => <Typography variant="h6" gutterBottom sx={{ mt: 2 }}>{title}</Typography>;

const Text = ({ most, validate = [], ...rest }) => <TextInput {...rest} validate={[required(), maxLength(most), ...validate]} />;

const Choice = ({ words, ...rest }) => <SelectInput {...rest} choices={choices(words)} validate={required()} />;

/** A number that the database stores in a smaller unit: rupees as paise, Mbps as kbps. */
const Amount = ({ unit, parts = 1, least = 0, most, ...rest }) => (
  <NumberInput
    {...rest}
    format={(kept) => (kept === '' || kept == null ? '' : kept / parts)}
    parse={(typed) => (typed === '' || typed == null ? null : Math.round(typed * parts))}
    validate={[required(), minValue(least * parts, `At least ${least}`), maxValue(most * parts, `At most ${most}`)]}
    slotProps={{ input: { endAdornment: <InputAdornment position="end">{unit}</InputAdornment> } }}
  />
);

const Day = (rest) => <DateInput validate={required()} {...rest} />;

const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const RANGES = /^(?:([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d(?:, *|$)){0,3}$/;

/** Up to three ranges, stored as pairs of minutes of the day. Text that is not a range yet stays as typed. */
const Hours = (rest) => (
  <TextInput
    {...rest}
    format={(kept) => (Array.isArray(kept) ? kept.map((minute, at) => clock(minute) + (at % 2 ? ', ' : '-')).join('').slice(0, -2) : kept ?? '')}
    parse={(typed) => {
      if (!RANGES.test(typed) || /, *$/.test(typed)) return typed;
      return (typed.match(/\d\d:\d\d/g) ?? []).map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)));
    }}
    validate={(kept) => (kept && !Array.isArray(kept) ? 'Ranges like 21:00-00:00, at most three' : undefined)}
    helperText="Up to three ranges like 21:00-00:00, in Indian time"
  />
);

const Fields = () => (
  <SimpleForm>
    <Group title="Contact" />
    <Text source="name" most={120} />
    <Text source="email" most={254} validate={[email()]} />
    <Text source="phone" most={13} validate={[regex(/^\+91[2-9]\d{9}$/, 'A number like +919845012345')]} />
    <Text source="address_line" label="Address" most={200} />
    <Text source="city" most={80} />
    <Choice source="state" words={STATES} />
    <Text source="pin_code" label="PIN code" most={6} validate={[regex(/^[1-9]\d{5}$/, 'Six digits')]} />
    <Group title="Status" />
    <Choice source="status" words={STATUSES} />
    <FormDataConsumer>
      {({ formData }) =>
        formData.status === 'Cancelled' && (
          <>
            <Day source="cancelled_on" />
            <Text source="cancel_reason" label="Reason for cancelling" most={500} />
          </>
        )
      }
    </FormDataConsumer>
    <Group title="Plan" />
    <Choice source="plan_type" words={PLAN_TYPES} />
    <Amount source="speed_kbps" label="Speed" unit="Mbps" parts={1000} least={50} most={1000} />
    <Amount source="price_paise" label="Price" unit="₹ a month" parts={100} most={1_000_000} />
    <Choice source="billing_cycle" words={BILLING_CYCLES} />
    <CheckboxGroupInput source="ott_apps" label="OTT apps" choices={choices(OTT_APPS)} />
    <Amount source="live_channels" unit="channels" most={2_000} />
    <Group title="Usage" />
    <Amount source="data_used_mb" label="Data used" unit="GB" parts={1000} most={1_000_000} />
    <Amount source="average_speed_kbps" label="Average speed" unit="Mbps" parts={1000} most={10_000} />
    <Amount source="uptime_bp" label="Uptime" unit="%" parts={100} most={100} />
    <SelectInput source="most_used_ott" label="Most used OTT" choices={choices(OTT_APPS)} emptyText="Not known" />
    <Hours source="peak_hours" label="Peak usage hours" />
    <Group title="Relationship" />
    <Day source="customer_since" />
    <Choice source="churn_risk" words={CHURN_RISKS} />
    <Amount source="nps" label="NPS" unit="points" least={-100} most={100} />
    <Amount source="tickets" unit="tickets" most={100_000} />
    <Day source="last_ticket_on" label="Last ticket" validate={[]} />
    <SelectInput source="satisfaction" choices={[5, 4, 3, 2, 1].map((score) => ({ id: score, name: String(score) }))} emptyText="Not asked yet" />
    <ReferenceInput source="referred_by" reference="referrers">
      <AutocompleteInput optionText={({ id, name, city }) => (name ? `${name}, ${city} (${account(id)})` : account(id))} filterToQuery={(q) => ({ q })} />
    </ReferenceInput>
  </SimpleForm>
);

/** Only a cancelled customer has a date and a reason; no hours are an empty list. */
const whole = (data) => ({
  ...data,
  peak_hours: data.peak_hours || [],
  ott_apps: data.ott_apps ?? [],
  ...(data.status === 'Cancelled' ? {} : { cancelled_on: null, cancel_reason: null }),
});

export const CustomerEdit = () => (
  <Edit mutationMode="pessimistic" transform={whole}>
    <Fields />
  </Edit>
);

export const CustomerCreate = () => (
  <Create transform={whole} redirect="list">
    <Fields />
  </Create>
);
