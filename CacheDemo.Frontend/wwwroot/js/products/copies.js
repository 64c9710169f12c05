import { announce } from '../announce.js';
import * as api from './api.js';
import { byId, element } from './dom.js';
import { instanceName, money, seconds, whole } from './figures.js';
import { formOf, reasonOf } from './form.js';
import { onProduct, productId, productName } from './product.js';
import { onRead } from './read.js';

/** So long it is waited for until the last old copy is gone: they end in memory after ten seconds by default. */
const TIMEOUT_MS = 20_000;
/** So many reads at once mostly find their way to all of some instances; where they do not, so many times. */
const [AT_ONCE, TIMES] = [8, 10];
/** So long it looks as often as it can, and then with pauses. */
const [OFTEN_MS, PAUSE_MS] = [1_000, 1_000];

const price = byId('price');
const result = byId('copies-result');
let looking = null;
/** Whether somebody wrote a price that was not sent: it is not replaced by a proposal. */
let typed = false;

formOf('copies', { price }, () => change(productId(), price.value));
byId('copies-look').addEventListener('click', () => look());
onRead(() => look());
price.addEventListener('input', () => { typed = true; });
onProduct(() => {
  typed = false;
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
 * @returns {Promise<import('../api.js').Answer>} with what was `seen`: when it was answered, when it was looked last, in
 *   milliseconds after it was sent, and whether the old price was gone then
 */
export async function change(id, newPrice) {
  // Where no instance has a copy there is nothing to see.
  await readEverywhere(id);
  const sent = performance.now();
  const passed = () => performance.now() - sent;
  let [answer, answered, old, ms] = [null, 0, 1, 0];
  const changing = api.setPrice(id, newPrice).then(got => {
    [answer, answered] = [got, passed()];
    if (got.ok) typed = false;
  });
  result.textContent = 'Changing…';
  while (old > 0 && passed() < TIMEOUT_MS && (answer?.ok ?? true)) {
    const isAnswered = answer !== null;
    const copies = await api.copiesOf(id);
    ms = passed();
    if (!copies.ok) break;
    const held = show(copies.json, answer?.json?.version);
    if (!isAnswered) continue;
    old = held;
    if (old === 0) break;
    result.textContent = `Answered after ${whole(answered)} ms; ${seconds(ms / 1000)} after it was sent, ${old} still hold the old price.`;
    // An instance looks into Redis again when it is asked after its own copy has ended.
    if (ms > OFTEN_MS) await Promise.all([readAtOnce(id), new Promise(resolve => setTimeout(resolve, PAUSE_MS))]);
  }
  await changing;
  const seen = { answered, ms, gone: old === 0 };
  result.textContent = !answer.ok ? `The price was not changed: ${reasonOf(answer)}`
    : !seen.gone ? `Answered after ${whole(answered)} ms, and ${old} still hold the old price after ${seconds(ms / 1000)}.`
      : `Answered after ${whole(answered)} ms. ${later(seen)} nobody held the old price any more.`;
  announce(result.textContent);
  return { ...answer, seen };
}

/** How long after the answer, in words. */
export const later = ({ ms, answered }) =>
  `${ms - answered < OFTEN_MS ? `${whole(ms - answered)} ms` : seconds((ms - answered) / 1000)} later`;

const readAtOnce = id => Promise.all(Array.from({ length: AT_ONCE }, () => api.readProduct(id)));

/** Reads until every instance has a copy that has not expired. */
async function readEverywhere(id) {
  for (let time = 0; time < TIMES; time++) {
    const answers = await readAtOnce(id);
    const copies = await api.copiesOf(id);
    if (!copies.ok || !answers.every(({ ok }) => ok)) return;
    if (copies.json.instances.every(({ copy }) => copy?.product && !copy.stale)) return;
  }
}

/** @returns {number} how many hold an older version than the database, or than this one, that has not expired */
function show({ instances, redis, database, away }, newest = database?.version ?? 0) {
  const holders = [
    ...instances.map(({ instance, copy }) => [`Memory of ${instanceName(instance)}`, copy?.product, copy]),
    ['Redis', redis?.product, redis],
    ['Database', database, null],
  ];
  let old = 0;
  byId('copies-one').hidden = instances.length !== 1;
  byId('copies-list').replaceChildren(element('dl', { class: 'holders' }, ...holders.map(([name, product, copy]) => {
    const isOld = product && !copy?.stale && product.version < newest && name !== 'Database';
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
  if (now && !typed && document.activeElement !== price && price.dataset.of !== `${now.id} ${now.version}`) {
    price.value = money(now.price + 1).replaceAll(',', '');
    price.dataset.of = `${now.id} ${now.version}`;
  }
  return old;
}

/** A price that it does not have now. */
export async function changeByOne(id) {
  const copies = await api.copiesOf(id);
  const now = copies.json?.database?.price ?? 1;
  return { was: now, ...await change(id, (now + 1).toFixed(2)), name: productName(id) };
}
