import { announce } from '../announce.js';
import { plural } from '../format.js';
import * as api from './api.js';
import { stop as stopReading } from './conditions.js';
import { byId, element, showSentence, svg, table } from './dom.js';
import { instanceName, SOURCES, time } from './figures.js';
import { formOf, setSlider } from './form.js';
import { productId, productName } from './product.js';

const [WIDTH, HEIGHT] = [1000, 300];
const PROTECTIONS = {
  none: 'without protection', instance: 'with protection in each instance', distributed: 'with protection across instances',
};

const readers = byId('stampede-readers');
const form = formOf('stampede', { readers }, () =>
  stampede(productId(), Number(readers.value), form.form.elements.protection.value));

/** Lets readers go, and draws what each met. */
export async function stampede(id, count, protection) {
  stopReading();
  setSlider(readers, count);
  form.form.elements.protection.value = protection;
  const answer = await api.stampede(id, count, protection);
  if (answer.ok) show(id, protection, answer);
  return answer;
}

function show(id, protection, answer) {
  const { readers: all, loads, total } = answer.json;
  byId('stampede-empty').hidden = true;
  byId('stampede-figure').hidden = false;
  const sentence = `${total} of ${plural(all.length, 'reader')} reached the database, ${PROTECTIONS[protection]}.`;
  showSentence(byId('stampede-result'), sentence, answer, `the stampede on ${productName(id)}`);
  announce(sentence);

  const longest = Math.max(...all.map(({ start, ms }) => start + ms));
  const row = Math.max(1.5, Math.min(8, HEIGHT / all.length));
  byId('stampede-picture').replaceChildren(
    ...Object.entries(loads).map(([instance, count]) => lane(
      instance, count, all.filter(reader => reader.instance === instance), longest, row)),
    element('p', { class: 'axis', 'aria-hidden': 'true' },
      element('span', {}, '0 ms'), element('span', {}, time(longest))));
  byId('stampede-table').replaceChildren(table(
    `Readers of ${productName(id)}, ${PROTECTIONS[protection]}`,
    ['Reader', 'Instance', 'Began at', 'Took', 'Answered from'],
    all.map(({ instance, start, ms, source }, index) =>
      [index + 1, instanceName(instance), time(start), time(ms), SOURCES[source]])));
}

function lane(instance, loads, readers, longest, row) {
  const bars = readers.map(({ start, ms, source }, index) => svg('rect', {
    x: start / longest * WIDTH, y: index * row, width: Math.max(2, ms / longest * WIDTH), height: row * .8,
    'data-source': source,
  }));
  const height = Math.max(row, readers.length * row);
  const picture = svg('svg', {
    class: 'readers', viewBox: `0 0 ${WIDTH} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true',
    'data-instance': instance,
  }, ...bars);
  picture.style.setProperty('--height', `${height}px`);
  return element('div', { class: 'stampede-lane', 'data-testid': 'stampede-lane', 'data-loads': loads },
    element('p', { class: 'aside' }, `${instanceName(instance)}: ${plural(readers.length, 'reader')}, `,
      element('strong', {}, plural(loads, 'load'))),
    picture);
}
