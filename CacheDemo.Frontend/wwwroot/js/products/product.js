import { reasonOf } from './form.js';
import * as api from './api.js';
import { byId, element } from './dom.js';

const select = byId('product');
/** @type {Set<() => void>} */
const listeners = new Set();
const names = new Map();
const listed = Promise.withResolvers();

/** Waits until there are products to choose from. */
export const productsListed = () => listed.promise;

/** The product that all parts of the view are about. */
export const productId = () => Number(select.value) || 1;

export const productName = id => names.get(id) ?? `product ${id}`;

/** All numbers that can be chosen. */
export const productIds = () => [...names.keys()];

/** Hears when another product was chosen. */
export const onProduct = listener => listeners.add(listener);

select.addEventListener('change', () => tell());

/** @param {number} id */
export function choose(id) {
  if (productId() === id) return;
  select.value = id;
  tell();
}

/**
 * Fills the list; says why where it cannot.
 * @returns {Promise<import('../api.js').Answer>}
 */
export async function loadProducts() {
  const answer = await api.listProducts();
  const error = byId('product-error');
  error.hidden = answer.ok;
  if (!answer.ok) {
    error.textContent = answer.status === 404
      ? 'This API has no products.' : `The products cannot be listed: ${reasonOf(answer)}`;
    return answer;
  }
  const chosen = productId();
  for (const { id, name } of answer.json.products) names.set(id, name);
  select.replaceChildren(...answer.json.products.map(({ id, name }) => element('option', { value: id }, name)));
  select.value = names.has(chosen) ? chosen : answer.json.products[0]?.id;
  tell();
  listed.resolve();
  return answer;
}

function tell() {
  for (const listener of listeners) listener();
}
