import * as api from './api.js';
import { byteLength, bytes, shorten } from './format.js';
import { problemsOf } from './problems.js';
import { ask } from './response.js';

const setForm = document.getElementById('set-form');
const getForm = document.getElementById('get-form');

/**
 * @param {object} on
 * @param {(key: string, ttl: ?number, size: number) => void} on.set  a key was set
 * @param {(key: string) => void} on.missed  a key turned out not to be there
 */
export function startForms(on) {
  const { key: setKey, value, ttl } = setForm.elements;
  const { key: getKey } = getForm.elements;
  const valueSize = document.getElementById('set-value-size');

  whenSubmitted(setForm, { key: setKey, value, ttl }, async () => {
    const [key, text] = [setKey.value, value.value];
    const answer = await ask(`Set ${shorten(key)}`, () => api.setKey(key, text, ttl.value));
    if (!answer.ok) return answer;
    on.set(key, answer.json, byteLength(text));
    if (getKey.value === '') getKey.value = key;
    return answer;
  });

  whenSubmitted(getForm, { key: getKey }, async () => {
    const key = getKey.value;
    const answer = await ask(`Get ${shorten(key)}`, () => api.getKey(key));
    if (answer.status === 404) on.missed(key);
    return answer;
  });

  value.addEventListener('input', () => {
    valueSize.textContent = value.value === '' ? '' : bytes(byteLength(value.value));
  });

  value.addEventListener('keydown', event => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    setForm.requestSubmit();
  });
}

/**
 * The same content is not sent again while it is under way; other content is, and the latest answer counts.
 * Nothing is disabled meanwhile, since that would take the focus away.
 */
function whenSubmitted(form, fields, send) {
  const problems = problemsOf(fields, document.getElementById(`${form.id}-error`));
  const button = form.querySelector('[type=submit]');
  const underWay = new Set();
  let latest = 0;

  form.addEventListener('submit', async event => {
    event.preventDefault();
    const content = JSON.stringify(Object.values(fields).map(field => field.value));
    if (underWay.has(content)) return;

    const turn = ++latest;
    underWay.add(content);
    button.setAttribute('aria-disabled', 'true');
    const answer = await send();
    underWay.delete(content);
    if (underWay.size === 0) button.removeAttribute('aria-disabled');
    if (turn !== latest) return;

    const first = problems.show(answer);
    if (form.contains(document.activeElement)) first?.focus();
  });
}
