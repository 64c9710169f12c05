import { send, SLOW_TIMEOUT_MS } from '../api.js';

// What this view asks of the API; see ../api.js for what an answer is.

export const listProducts = () => send('GET', '/api/products?count=200');
export const readProduct = id => send('GET', `/api/products/${id}`);
export const copiesOf = id => send('GET', `/api/products/${id}/copies`);
export const setPrice = (id, price) => send('PUT', `/api/products/${id}`, JSON.stringify({ price: numberIn(price) }));
export const stampede = (id, readers, protection) => post('/api/lab/stampede', { id, readers, protection }, SLOW_TIMEOUT_MS);
export const load = plan => post('/api/lab/load', plan);
export const expiry = plan => post('/api/lab/expiry', plan);
export const expire = id => post('/api/lab/expire', { id });
export const setConditions = conditions => send('PUT', '/api/lab/conditions', JSON.stringify(conditions));

const post = (url, body, timeoutMs) => send('POST', url, JSON.stringify(body), timeoutMs);

/** What is not a number goes out as it was typed: what is wrong with it is the API's to say. */
function numberIn(text) {
  const number = Number(text.trim() || NaN);
  return Number.isFinite(number) ? number : text;
}
