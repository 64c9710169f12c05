import { announce } from './announce.js';
import { byteLength, bytes, milliseconds } from './format.js';
import { highlight } from './highlight.js';
import { traceLink, traceOf } from './settings.js';

const HIGHLIGHT_UP_TO = 20_000;
const CHUNK = 4_000;

const byId = id => document.getElementById(`response-${id}`);
const section = document.getElementById('response');
const [badge, empty, exchange, request, status, time, size, trace, body, note] =
  ['badge', 'empty', 'exchange', 'request', 'status', 'time', 'size', 'trace', 'body', 'note'].map(byId);

let asked = 0;
let shown = 0;

/**
 * Asks, and shows the answer unless a later question has been answered meanwhile.
 * @param {string} what  what was asked, to be read out: "Get test"
 * @param {() => Promise<import('./api.js').Answer>} call
 */
export async function ask(what, call) {
  const turn = ++asked;
  section.dataset.waiting = '';
  const answer = await call();
  if (turn === asked) delete section.dataset.waiting;
  if (turn > shown) {
    shown = turn;
    show(what, answer);
  }
  return answer;
}

/** On a phone the answer to a key's Get is above the list, out of sight. */
export function bringIntoView() {
  section.scrollIntoView({ block: 'nearest' });
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
  body.replaceChildren(nodes(answer.text));
  body.hidden = answer.text === '';
  body.scrollTop = 0;
  note.textContent = remark(answer);
  note.hidden = note.textContent === '';
  announce(`${what}: ${[outcome, answer.statusText].filter(Boolean).join(', ')}. ${note.textContent}`);
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

function nodes(text) {
  if (text.length <= HIGHLIGHT_UP_TO) return highlight(text);
  // One line of a megabyte takes seconds to lay out; in pieces, only those in view are.
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
