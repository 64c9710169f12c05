import { announce } from '../announce.js';
import * as api from './api.js';
import { byId, element } from './dom.js';
import { instanceName, money, seconds, whole } from './figures.js';
import { formOf, reasonOf } from './form.js';
import { onProduct, productId, productName } from './product.js';
import { onRead } from './read.js';

/** So long it is waited for until the last old copy is gone: they end in memory after ten seconds by default. */
const PATIENCE_MS = 20_000;
/** So many reads at once find their way to all of some instances. */
const WARMING = 8;

const price = byId('price');
const result = byId('copies-result');
let looking = null;

formOf('copies', { price }, () => change(productId(), price.value));
byId('copies-look').addEventListener('click', () => look());
onRead(() => look());
onProduct(() => {
  result.textContent = '';
  look();
});

/** Shows what every instance, Redis and the database hold: once at a time. */
export function look() {
  const id = productId();
  looking ??= api.copiesOf(id).then(answer => {
    looking = null;
    if (id !== productId()) look();
    else if (answer.ok) show(answer.json);
  });
  return looking;
}

/**
 * Changes the price and looks, again and again from that moment on, until nobody holds the old one.
 * @returns {Promise<import('../api.js').Answer>} with `seen`: the milliseconds after which that was, and the old price's end
 */
export async function change(id, newPrice) {
  // Where no instance has a copy there is nothing to see.
  await Promise.all(Array.from({ length: WARMING }, () => api.readProduct(id)));
  const sent = performance.now();
  let answer = null;
  let answered = 0;
  const changing = api.setPrice(id, newPrice).then(got => {
    answer = got;
    answered = performance.now() - sent;
  });
  result.textContent = 'Changing…';
  let old = 1;
  let at = 0;
  while (old > 0 && performance.now() - sent < PATIENCE_MS && (answer?.ok ?? true)) {
    const beganAfter = answer !== null;
    const copies = await api.copiesOf(id);
    at = performance.now() - sent;
    if (!copies.ok) break;
    const newest = copies.json.database?.version ?? 0;
    old = beganAfter ? show(copies.json, answer.json?.version) : Math.max(1, show(copies.json, newest));
    if (beganAfter && old > 0)
      result.textContent = `Answered after ${whole(answered)} ms; ${whole(at)} ms after it was sent, ${old} still hold the old price.`;
  }
  await changing;
  const seen = { answered, ms: at, gone: old === 0 };
  result.textContent = !answer.ok ? `The price was not changed: ${reasonOf(answer)}`
    : seen.gone ? `Answered after ${whole(answered)} ms. ${whole(at - answered)} ms later nobody held the old price any more.`
      : `Answered after ${whole(answered)} ms, and ${old} still hold the old price after ${seconds(at / 1000)}.`;
  announce(result.textContent);
  return { ...answer, seen };
}

/** @returns {number} how many hold an older version than the database, or than this one */
function show({ instances, redis, database, away }, newest = database?.version ?? 0) {
  const holders = [
    ...instances.map(({ instance, copy }) => [`Memory of ${instanceName(instance)}`, copy?.product, copy]),
    ['Redis', redis?.product, redis],
    ['Database', database, null],
  ];
  let old = 0;
  byId('copies-one').hidden = instances.length !== 1;
  byId('copies-list').replaceChildren(element('dl', { class: 'holders' }, ...holders.map(([name, product, copy]) => {
    const isOld = product && product.version < newest && name !== 'Database';
    if (isOld) old++;
    const isAway = away.includes(name.toLowerCase());
    return element('div', { class: 'holder', 'data-holder': name, 'data-old': isOld ? '' : null, 'data-none': product ? null : '' },
      element('dt', {}, name),
      element('dd', {},
        element('strong', {}, product ? money(product.price) : isAway ? 'away' : '–'),
        element('span', { class: 'aside' }, product ? `version ${product.version}${isOld ? ', old' : ''}` : 'no copy'),
        element('span', { class: 'aside' }, copy?.product ? copy.stale ? 'expired' : `read ${seconds(copy.age)} ago` : '')));
  })));
  const now = database ?? redis?.product;
  if (now && document.activeElement !== price && price.dataset.of !== `${now.id}`) {
    price.value = money(now.price + 1).replaceAll(',', '');
    price.dataset.of = now.id;
  }
  return old;
}

/** A price that it does not have now. */
export async function changeByOne(id) {
  const copies = await api.copiesOf(id);
  const now = copies.json?.database?.price ?? 1;
  return { was: now, ...await change(id, (now + 1).toFixed(2)), name: productName(id) };
}
