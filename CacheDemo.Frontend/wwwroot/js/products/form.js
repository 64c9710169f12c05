import { problemsOf } from '../problems.js';
import { byId } from './dom.js';

/**
 * A form of this view: sliders show their value, and while what it began goes on it cannot be sent again.
 * @param {string} name
 * @param {Record<string, HTMLElement>} fields
 * @param {() => Promise<import('../api.js').Answer>} send
 * @param {string} [unit]  of the values that are shown
 */
export function formOf(name, fields, send, unit = '') {
  const form = byId(`${name}-form`);
  const button = form.querySelector('[type=submit]');
  const problems = problemsOf(fields, byId(`${name}-form-error`));
  for (const field of Object.values(fields)) {
    const shown = byId(`${field.id}-shown`);
    if (!shown) continue;
    const show = () => { shown.textContent = `${field.value}${unit}`; };
    field.addEventListener('input', show);
    show();
  }

  form.addEventListener('submit', async event => {
    event.preventDefault();
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    const answer = await send();
    button.removeAttribute('aria-disabled');
    problems.show(answer)?.focus();
  });
  return { form, problems };
}

/** Sets a slider, as if one had moved it. */
export function setSlider(field, value) {
  field.value = value;
  field.dispatchEvent(new Event('input'));
}

/** What the API says of an answer that is none: for a sentence. */
export function reasonOf({ failure, json, statusText }) {
  return failure ?? Object.values(json?.errors ?? {}).flat()[0] ?? json?.detail ?? json?.title ?? statusText;
}
