/** A line, an order and a trip as a caller sends them; the catalogue of these tests has the item and the customer. */
export const LINE = { sku: 'SKU-1', quantity: 2, unitPrice: 500 };
export const ORDER = { customerId: 'cust-1', currency: 'EUR', lines: [LINE], shipTo: { region: 'north' } };
export const TRIP = {
  traveller: 'Mary Baker',
  hotel: { city: 'Lisbon', nights: 3 },
  flight: { from: 'HAM', to: 'LIS' },
};
