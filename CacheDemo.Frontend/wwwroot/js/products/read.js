import { announce } from '../announce.js';
import { traceLink, traceOf } from '../settings.js';
import * as api from './api.js';
import { byId, element } from './dom.js';
import { instanceName, money, seconds, SOURCES, time } from './figures.js';
import { formOf, reasonOf } from './form.js';
import { productId } from './product.js';

const form = formOf('read', { id: byId('product') }, () => read(productId()));

/** @type {Set<() => void>} */
const listeners = new Set();

/** Hears when a product was read here, which may have left copies. */
export const onRead = listener => listeners.add(listener);

/** Reads a product, and draws the way of the answer. */
export async function read(id) {
  // The browser keeps some hundred of them, and only the one of this read is looked for.
  performance.clearResourceTimings();
  const started = performance.now();
  const answer = await api.readProduct(id);
  // Of a database that is away the banner knows nothing.
  if (answer.status === 503) form.problems.show({ ...answer, status: 500 });
  if (!answer.ok) {
    announce(`The read failed: ${reasonOf(answer)}`);
    return answer;
  }
  form.problems.show(answer);
  show(answer, started);
  for (const listener of listeners) listener();
  return answer;
}

function show(answer, started) {
  const { product, source, stale, age, ttl, instance, ms } = answer.json;
  const which = stale ? 'stale' : source;
  byId('read-empty').hidden = true;
  byId('read-answer').hidden = false;
  byId('read-source').dataset.source = which;
  byId('read-source').textContent = stale ? `expired, from ${SOURCES[source]}` : SOURCES[source];
  byId('read-product').textContent = `${product.name} · ${money(product.price)}`;
  byId('read-trace').replaceChildren(...[traceLink(traceOf(answer.headers), `reading ${product.name}`)].filter(Boolean));
  byId('read-waterfall').replaceChildren(waterfall(answer, started));
  byId('read-entry').replaceChildren(...Object.entries({
    age: seconds(age),
    'time left': ttl === null ? 'not cached' : seconds(ttl),
    version: product.version,
    instance: instanceName(instance),
  }).map(([name, value]) => element('li', {}, element('span', {}, name), element('strong', {}, `${value}`))));
  announce(`${product.name}: from ${stale ? 'an expired entry in ' : ''}${SOURCES[source]}, in ${time(answer.ms)}.`);
}

/**
 * Each line as long as it took: these are measured. Where it begins within the one around it is not: it is drawn in the
 * middle, and what the cache asked one after the other from its beginning.
 */
function waterfall(answer, started) {
  const { source, ms } = answer.json;
  const browser = answer.ms;
  const entry = performance.getEntriesByType('resource')
    .find(({ name, startTime }) => startTime >= started && new URL(name).pathname.endsWith(answer.url));
  const api = Number(/api;dur=([\d.]+)/.exec(answer.headers.get('Server-Timing') ?? '')?.[1]) || null;
  const host = entry?.responseStart > 0 ? entry.responseStart - entry.requestStart : null;
  const lines = [
    ['Browser', browser, 'request to whole answer'],
    ...host === null ? [] : [['Page’s host', host, 'request to first byte']],
    ...api === null ? [] : [['API', api, 'as the page’s host saw it']],
    ['Cache', ms.total, 'the read in the API, without HTTP'],
    ['Memory', null, source === 'memory' ? 'had it' : 'did not have it'],
    ['Redis', ms.cache, ms.cache === null ? 'not asked' : source === 'cache' ? 'had it' : 'did not have it'],
    ['Database', ms.database, ms.database === null ? 'not asked' : 'had it'],
  ];
  let [around, from] = [browser, 0];
  return element('ol', { class: 'way', role: 'list', 'aria-label': 'The way of the answer' }, ...lines.map(([name, took, note]) => {
    const bar = element('span', { class: 'bar', 'data-part': name, 'data-ms': took });
    if (took !== null) {
      const within = name === 'Redis' || name === 'Database';
      if (!within) {
        from += Math.max(0, around - took) / 2;
        around = took;
      }
      bar.style.setProperty('--from', from / browser);
      bar.style.setProperty('--share', Math.min(1, took / browser));
      if (within) from += took;
    }
    return element('li', { 'data-none': took === null ? '' : null },
      element('span', { class: 'way-name' }, name),
      element('span', { class: 'track', 'aria-hidden': 'true' }, ...took === null ? [] : [bar]),
      element('span', { class: 'way-ms' }, took === null ? '' : time(took)),
      element('span', { class: 'way-note' }, note));
  }));
}
