import { traceLink, traceOf } from '../settings.js';

const SVG = 'http://www.w3.org/2000/svg';

export const byId = id => document.getElementById(id);

/**
 * @param {string} tag
 * @param {Record<string, any>} attributes  those without a value are left out
 * @param {...(Node | string)} children
 */
export const element = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

/** The same for SVG. */
export const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

/**
 * A sentence on an answer, with the link to its trace where there is one.
 * @param {?import('../api.js').Answer} answer
 * @param {string} what  the trace is of
 */
export function showSentence(shown, sentence, answer, what) {
  const trace = answer && traceLink(traceOf(answer.headers), what);
  shown.replaceChildren(sentence, ...trace ? [' ', trace] : []);
}

/** A table of figures: the first column is what they are of. */
export function table(caption, head, rows) {
  return element('table', {},
    element('caption', {}, caption),
    element('thead', {}, element('tr', {}, ...head.map(text => element('th', { scope: 'col' }, text)))),
    element('tbody', {}, ...rows.map(([first, ...rest]) => element('tr', {},
      element('th', { scope: 'row' }, `${first}`), ...rest.map(cell => element('td', {}, `${cell ?? '–'}`))))));
}

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== null) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
