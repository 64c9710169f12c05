import { announce } from '../announce.js';
import { plural } from '../format.js';
import * as api from './api.js';
import { change as changeConditions } from './conditions.js';
import { changeByOne, later } from './copies.js';
import { byId, element, showSentence } from './dom.js';
import { instanceName, money, seconds, SOURCES, time, whole } from './figures.js';
import { busiest, expireTogether } from './expiry.js';
import { reasonOf } from './form.js';
import { choose, productId, productIds, productName, productsListed } from './product.js';
import { read } from './read.js';
import { stampede } from './stampede.js';

/** So often another product is looked for that nothing has cached. */
const ATTEMPTS = 10;
const READERS = 100;

/** What was seen, in sentences, and the answer whose trace shows it. */
const STEPS = [
  ['Miss', 'Nothing has the product yet', async () => {
    const id = await uncached();
    choose(id);
    const { json, ...answer } = must(await read(id));
    return [answer, `${productName(id)} was in no memory and not in Redis. The database had it: ${time(json.ms.database)} of `
      + `the ${time(json.ms.total)} that the API took.`];
  }],
  ['Hit', 'The same product again', async () => {
    const id = productId();
    must(await read(id));
    const { json, ...answer } = must(await read(id));
    return [answer, `${productName(id)} came from ${json.source === 'memory' ? `the memory of ${instanceName(json.instance)}` : SOURCES[json.source]} `
      + `in ${time(json.ms.total)}. It is ${seconds(json.age)} old and has ${json.ttl === null ? 'no time' : seconds(json.ttl)} left.`];
  }],
  ['Expiry with jitter', 'A thousand entries, twice', async () => {
    const together = await expireTogether({ seconds: 1, jitter: 0 });
    must(together.answer, together.sum);
    const apart = await expireTogether({ seconds: 1, jitter: 3 });
    must(apart.answer, apart.sum);
    return [apart.answer, `Set together without jitter, the busiest ${together.sum.stepMs} ms sent ${whole(busiest(together.sum))} reads `
      + `to the database, p99 ${time(together.sum.p99)}. With up to 3 s of jitter it was ${whole(busiest(apart.sum))}, p99 ${time(apart.sum.p99)}.`];
  }],
  ['Stampede', `${READERS} readers, one expired entry`, async () => {
    const id = productId();
    const none = must(await stampede(id, READERS, 'none'));
    const all = must(await stampede(id, READERS, 'distributed'));
    return [all, `Without protection, ${none.json.total} of ${READERS} readers asked the database for ${productName(id)}. `
      + `With one lock across ${plural(Object.keys(all.json.loads).length, 'instance')} it was ${all.json.total}.`];
  }],
  ['Stale', 'The database is gone', async () => {
    const id = productId();
    must(await read(id));
    must(await changeConditions({ databaseDown: true }));
    try {
      must(await api.expire(id));
      const { json, ...answer } = must(await read(id));
      return [answer, json.stale
        ? `The database was gone, and the entry of ${productName(id)} had expired. It was served all the same in ${time(json.ms.total)}, `
          + `marked as expired, ${seconds(json.age)} after it was read.`
        : `The database was gone, and ${productName(id)} came from ${SOURCES[json.source]} in ${time(json.ms.total)}. It had not expired.`];
    } finally {
      await changeConditions({});
    }
  }],
  ['Change', 'A new price, everywhere', async () => {
    const id = productId();
    const { was, seen, name, ...answer } = must(await changeByOne(id));
    return [answer, `The price of ${name} went from ${money(was)} to ${money(answer.json.price)}, answered after ${whole(seen.answered)} ms. `
      + (seen.gone ? `${later(seen)} nobody held the old one.`
        : `After ${seconds(seen.ms / 1000)} somebody still held the old one.`)];
  }],
];

let running = false;

export function startGuide() {
  byId('guide').replaceChildren(...STEPS.map(([name, what, run], index) => {
    const said = element('p', { class: 'step-said', 'data-testid': 'step-said' }, what);
    const button = element('button', { class: 'button small', type: 'button', 'data-testid': 'step-run' },
      'Show', element('span', { class: 'visually-hidden' }, ` ${name.toLowerCase()}`));
    const step = element('li', { class: 'step', 'data-testid': 'step', 'data-number': index + 1 },
      element('h3', {}, name), button, said);
    button.addEventListener('click', () => show(step, button, said, run));
    return step;
  }));
}

async function show(step, button, said, run) {
  if (running) return;
  running = true;
  button.setAttribute('aria-disabled', 'true');
  step.dataset.state = 'running';
  said.textContent = 'Measuring…';
  try {
    const [answer, sentences] = await run();
    showSentence(said, sentences, answer, step.querySelector('h3').textContent);
    step.dataset.state = 'done';
    button.firstChild.textContent = 'Again';
    announce(sentences);
  } catch (problem) {
    if (!(problem instanceof NotSeen)) throw problem;
    said.textContent = problem.message;
    step.dataset.state = 'failed';
    announce(problem.message);
  } finally {
    running = false;
    button.removeAttribute('aria-disabled');
  }
}

/** A step that could not be done: the message says why. */
class NotSeen extends Error {}

function must(answer, also = true) {
  if (!answer.ok) throw new NotSeen(`That could not be shown: ${reasonOf(answer)}`);
  if (!also) throw new NotSeen('That could not be shown: its result did not come.');
  return answer;
}

/** A product that nobody has a copy of. */
async function uncached() {
  await productsListed();
  const ids = productIds();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const id = ids[Math.floor(Math.random() * ids.length)];
    const { json } = must(await api.copiesOf(id));
    if (!json.redis && json.instances.every(({ copy }) => !copy)) return id;
  }
  throw new NotSeen('All products are cached at the moment: try again in a minute.');
}
