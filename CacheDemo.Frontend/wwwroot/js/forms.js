import { announce } from './announce.js';
import * as api from './api.js';
import { byteLength, bytes, shorten, timeLeft } from './format.js';
import { problemsOf } from './problems.js';
import { ask, inOneLine } from './response.js';

const setForm = document.getElementById('set-form');
const getForm = document.getElementById('get-form');

/** What the API takes at most, as its stream says at the beginning; before that nobody knows. */
let limits = null;

/** @param {{maxValueBytes: number}} said  by the stream */
export function takeLimits(said) { limits = said; }

/**
 * @param {object} on
 * @param {(key: string, answer: any, size: number) => void} on.set  a key was set, and the API said so
 * @param {(key: string, answer: import('./api.js').Answer) => void} on.got  a key was asked for
 */
export function startForms(on) {
  const { key: setKey, value, ttl } = setForm.elements;
  const { key: getKey } = getForm.elements;
  const valueSize = document.getElementById('set-value-size');

  whenSubmitted(setForm, { key: setKey, value, ttl }, async show => {
    const [key, text] = [setKey.value, value.value];
    const size = byteLength(text);
    if (size > limits?.maxValueBytes) return refused(size);
    const answer = await ask(`Set ${shorten(key)}`, () => api.setKey(key, text, ttl.value));
    show(inOneLine(`Set ${shorten(key)}, ${timeLeft(answer.json?.ttl)}`, answer));
    if (!answer.ok) return answer;
    on.set(key, answer.json, size);
    if (!getKeyTyped) getKey.value = key;
    return answer;
  });

  whenSubmitted(getForm, { key: getKey }, async show => {
    const key = getKey.value;
    const answer = await ask(`Get ${shorten(key)}`, () => api.getKey(key));
    show(inOneLine('', answer));
    on.got(key, answer);
    return answer;
  });

  // What is to be set next is to be got next, until somebody wants something else.
  let getKeyTyped = false;
  getKey.addEventListener('input', () => { getKeyTyped = getKey.value !== ''; });
  for (const field of [setKey, value, getKey]) replaceExample(field);

  value.addEventListener('input', () => {
    valueSize.textContent = value.value === '' ? '' : bytes(byteLength(value.value));
  });

  value.addEventListener('keydown', event => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    setForm.requestSubmit();
  });
}

/** The answer that the API would give to a value that is too large, without sending it there. */
function refused(size) {
  const [is, allowed] = [size, limits.maxValueBytes].map(count => count.toLocaleString('en'));
  const problem = `The value is ${is} bytes of UTF-8; at most ${allowed} are allowed.`;
  announce(problem);
  return { ok: false, status: 413, json: { errors: { value: problem } } };
}

/** The example that a field begins with is selected when one comes to it, so that typing takes its place. */
function replaceExample(field) {
  let pressed = false;
  field.addEventListener('pointerdown', () => { pressed = document.activeElement !== field; });
  field.addEventListener('focus', () => { if (field.value === field.defaultValue) field.select(); });
  field.addEventListener('pointerup', () => {
    if (pressed && field.value === field.defaultValue && field.selectionStart === field.selectionEnd) field.select();
    pressed = false;
  });
}

/**
 * The same content is not sent again while it is under way; other content is, and the latest answer counts.
 * Nothing is disabled meanwhile, since that would take the focus away.
 */
function whenSubmitted(form, fields, send) {
  const problems = problemsOf(fields, document.getElementById(`${form.id}-error`));
  const button = form.querySelector('[type=submit]');
  const result = document.getElementById(form.id.replace('form', 'result'));
  const underWay = new Set();
  let latest = 0;

  form.addEventListener('submit', async event => {
    event.preventDefault();
    const content = JSON.stringify(Object.values(fields).map(field => field.value));
    if (underWay.has(content)) return;

    const turn = ++latest;
    underWay.add(content);
    button.setAttribute('aria-disabled', 'true');
    const answer = await send(line => { if (turn === latest) result.textContent = line; });
    underWay.delete(content);
    if (underWay.size === 0) button.removeAttribute('aria-disabled');
    if (turn !== latest) return;

    const first = problems.show(answer);
    if (first) result.textContent = '';
    if (form.contains(document.activeElement)) first?.focus();
  });
}
