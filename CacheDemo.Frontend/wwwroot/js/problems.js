// Puts what the API says is wrong next to the field it is about.

/**
 * @param {Record<string, HTMLInputElement | HTMLTextAreaElement>} fields  by the name the API knows them by
 * @param {?HTMLElement} general  where the rest goes
 */
export function problemsOf(fields, general = null) {
  const errorOf = field => document.getElementById(`${field.id}-error`);

  function tell(field, message) {
    const error = errorOf(field);
    error.textContent = message;
    error.hidden = message === '';
    field.toggleAttribute('data-invalid', message !== '');
    if (message === '') field.removeAttribute('aria-invalid');
    else field.setAttribute('aria-invalid', 'true');
    const described = (field.getAttribute('aria-describedby') ?? '').split(' ').filter(id => id && id !== error.id);
    if (message !== '') described.push(error.id);
    if (described.length > 0) field.setAttribute('aria-describedby', described.join(' '));
    else field.removeAttribute('aria-describedby');
  }

  function tellRest(message) {
    if (!general) return;
    general.textContent = message;
    general.hidden = message === '';
  }

  for (const field of Object.values(fields)) field.addEventListener('input', () => tell(field, ''));

  return {
    /**
     * @param {import('./api.js').Answer} answer
     * @returns {?HTMLElement} the first field something is wrong with
     */
    show(answer) {
      for (const field of Object.values(fields)) tell(field, '');
      tellRest('');
      // Of Redis or the API being away the banner tells, and it knows when that is over.
      if (answer.ok || answer.status === 404 || answer.status === 0 || answer.status > 500) return null;

      const rest = [];
      let first = null;
      for (const [name, messages] of Object.entries(answer.json?.errors ?? {})) {
        const message = [messages].flat().join(' ');
        const field = fields[plainName(name)];
        if (field) tell(field, message);
        else rest.push(message);
        first ??= field ?? null;
      }
      if (first === null && rest.length === 0) rest.push(summary(answer));
      tellRest(rest.join(' '));
      return first;
    },
  };
}

// "Ttl" and "$.ttl" are the same field.
const plainName = name => name.replace(/^\$\.?/, '').toLowerCase();

function summary({ json, statusText, retryAfter }) {
  const said = json?.detail ?? json?.title ?? statusText;
  return retryAfter > 0 ? `${said} Try again in ${retryAfter} s.` : said;
}
