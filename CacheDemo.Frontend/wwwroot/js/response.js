import { announce } from './announce.js';
import { byteLength, bytes, milliseconds, shorten } from './format.js';
import { highlight } from './highlight.js';
import { indented } from './json.js';
import { traceLink, traceOf } from './settings.js';

const HIGHLIGHT_UP_TO = 20_000;
const INDENT_UP_TO = 200_000;
const COPIED_MS = 2_000;
/** So much of a value is read out, and shown where there is a line for it. */
const GLANCE = 100;
const CHUNK = 4_000;

const byId = id => document.getElementById(`response-${id}`);
const section = document.getElementById('response');
const [badge, empty, exchange, request, status, time, size, trace, valueBlock, value, copy, bodyHeading, body, note] = [
  'badge', 'empty', 'exchange', 'request', 'status', 'time', 'size', 'trace', 'value-block', 'value', 'copy', 'body-heading',
  'body', 'note',
].map(byId);

let asked = 0;
let shown = 0;
let shownValue = '';
let copied = 0;

// The clipboard is there for pages that came over https, or from this machine.
copy.hidden = !navigator.clipboard;
copy.addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText(shownValue);
    tellCopied('Copied');
  } catch {
    tellCopied('Not copied');
  }
});

function tellCopied(text) {
  copy.textContent = text;
  announce(`${text}.`);
  clearTimeout(copied);
  copied = setTimeout(() => { copy.textContent = 'Copy'; }, COPIED_MS);
}

/**
 * Asks, and shows the answer unless a later question has been answered meanwhile.
 * @param {string} what  what was asked, to be read out: "Get test"
 * @param {() => Promise<import('./api.js').Answer>} call
 * @param {?HTMLElement} clicked  stays where it is in the window, though the answer above it needs more room
 */
export async function ask(what, call, clicked = null) {
  const turn = ++asked;
  section.dataset.waiting = '';
  const answer = await call();
  if (turn === asked) delete section.dataset.waiting;
  if (turn > shown) {
    shown = turn;
    const top = clicked?.getBoundingClientRect().top;
    show(what, answer);
    if (clicked?.isConnected) scrollBy({ top: clicked.getBoundingClientRect().top - top, behavior: 'instant' });
  }
  return answer;
}

/**
 * An answer in one line: "Hit: 12345, 14 ms". Empty where the request was refused, which is said at the field.
 * @param {string} done  what is so now, where it was done: "Set test, 60 s"
 * @param {import('./api.js').Answer} answer
 */
export function inOneLine(done, answer) {
  const { ok, status, statusText, json, failure, ms } = answer;
  if (ok) return hitOrMiss(answer) === '' ? done : `Hit: ${glance(json?.value ?? '')}, ${milliseconds(ms)}`;
  if (status === 404) return `Miss: Redis has no such key, ${milliseconds(ms)}`;
  if (status >= 400 && status <= 500) return '';
  return failure ?? [statusText, json?.detail].filter(Boolean).join(': ');
}

function glance(text) {
  if (text === '') return 'an empty value';
  return shorten(text.replace(/\s+/gu, ' '), GLANCE);
}

/** @param {import('./api.js').Answer} answer */
function show(what, answer) {
  const outcome = hitOrMiss(answer);
  empty.hidden = true;
  exchange.hidden = false;
  badge.hidden = outcome === '';
  badge.textContent = outcome;
  badge.dataset.outcome = outcome;
  request.replaceChildren(strong(answer.method), ` ${answer.url}`);
  // Long keys make it scroll, and what scrolls has to be reachable with the keyboard.
  if (request.scrollHeight > request.clientHeight) request.tabIndex = 0;
  else request.removeAttribute('tabindex');
  status.textContent = answer.statusText;
  status.dataset.class = answer.status === 0 ? 'none' : String(answer.status)[0];
  time.textContent = milliseconds(answer.ms);
  size.textContent = answer.text === '' ? '' : bytes(byteLength(answer.text));
  trace.replaceChildren(...traced(what, answer.headers));
  showValue(outcome === 'hit' ? answer.json?.value : undefined);
  bodyHeading.hidden = answer.text === '';
  body.replaceChildren(nodes(answer.text));
  body.hidden = answer.text === '';
  body.scrollTop = 0;
  note.textContent = remark(answer);
  note.hidden = note.textContent === '';
  const said = outcome === 'hit' ? glance(answer.json?.value ?? '') : answer.ok ? '' : answer.json?.detail ?? '';
  announce([`${what}: ${[outcome, answer.statusText].filter(Boolean).join(', ')}.`, said, note.textContent].filter(Boolean).join(' '));
}

/** @param {?string} text  undefined where there is none */
function showValue(text) {
  valueBlock.hidden = typeof text !== 'string';
  shownValue = text ?? '';
  const shape = shownValue.length <= INDENT_UP_TO ? indented(shownValue) : null;
  value.replaceChildren(shape !== null ? nodes(shape) : plain(shownValue));
  value.scrollTop = 0;
}

function traced(what, headers) {
  const link = traceLink(traceOf(headers), what);
  if (!link) return [];
  link.dataset.testid = 'response-trace';
  return [link];
}

function hitOrMiss(answer) {
  if (!answer.url.startsWith('/api/get?')) return '';
  return answer.status === 200 ? 'hit' : answer.status === 404 ? 'miss' : '';
}

function remark({ failure, status, text }) {
  if (failure) return failure;
  if (text !== '') return '';
  return status >= 500 ? 'The proxy answered for the API, without a body.' : 'There is no body, and none is due.';
}

const nodes = text => text.length <= HIGHLIGHT_UP_TO ? highlight(text) : pieces(text);
const plain = text => text.length <= HIGHLIGHT_UP_TO ? text : pieces(text);

/** One line of a megabyte takes seconds to lay out; in pieces, only those in view are. */
function pieces(text) {
  const fragment = document.createDocumentFragment();
  for (let at = 0; at < text.length;) {
    const end = pieceEnd(text, at + CHUNK);
    const piece = document.createElement('span');
    piece.className = 'piece';
    piece.textContent = text.slice(at, end);
    fragment.append(piece);
    at = end;
  }
  return fragment;
}

function pieceEnd(text, end) {
  const code = text.charCodeAt(end - 1);
  return code >= 0xd800 && code <= 0xdbff ? end + 1 : end;
}

function strong(text) {
  const element = document.createElement('strong');
  element.textContent = text;
  return element;
}
