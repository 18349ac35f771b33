/** Values as react-admin's choices. */
export const choices = (words) => words.map((word) => ({ id: word, name: word }));

export const STATUSES = ['Pending', 'Active', 'Suspended', 'Cancelled'];
export const CHURN_RISKS = ['High', 'Medium', 'Low'];
export const PLAN_TYPES = ['Fiber', 'Broadband', 'Wireless'];
export const BILLING_CYCLES = ['Monthly', 'Quarterly', 'Annual'];
export const OTT_APPS = [
  'Netflix', 'Prime Video', 'Disney+ Hotstar', 'SonyLIV', 'ZEE5', 'Apple TV+', 'aha', 'Sun NXT', 'Hoichoi', 'Discovery+',
];
export const STATES = [
  'Andaman and Nicobar Islands', 'Andhra Pradesh', 'Arunachal Pradesh', 'Assam', 'Bihar', 'Chandigarh', 'Chhattisgarh',
  'Dadra and Nagar Haveli and Daman and Diu', 'Delhi', 'Goa', 'Gujarat', 'Haryana', 'Himachal Pradesh', 'Jammu and Kashmir',
  'Jharkhand', 'Karnataka', 'Kerala', 'Ladakh', 'Lakshadweep', 'Madhya Pradesh', 'Maharashtra', 'Manipur', 'Meghalaya', 'Mizoram',
  'Nagaland', 'Odisha', 'Puducherry', 'Punjab', 'Rajasthan', 'Sikkim', 'Tamil Nadu', 'Telangana', 'Tripura', 'Uttar Pradesh',
  'Uttarakhand', 'West Bengal',
];

const rupees = new Intl.NumberFormat('en-IN', { style: 'currency', currency: 'INR', minimumFractionDigits: 0, maximumFractionDigits: 2 });
const day = new Intl.DateTimeFormat('en-IN', { dateStyle: 'medium', timeZone: 'UTC' });

export const money = (paise) => rupees.format(paise / 100);
export const date = (text) => day.format(new Date(text));
export const account = (number) => `LM-${String(number).padStart(7, '0')}`;
