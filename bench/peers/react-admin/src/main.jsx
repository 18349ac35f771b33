import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Admin, Resource } from 'react-admin';
import { dataProvider } from './dataProvider.js';
import { CustomerCreate, CustomerEdit } from './form.jsx';
import { CustomerList } from './list.jsx';

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <Admin dataProvider={dataProvider} title="Customers" disableTelemetry>
      <Resource name="customers" list={CustomerList} edit={CustomerEdit} create={CustomerCreate} recordRepresentation="name" />
    </Admin>
  </StrictMode>,
);
