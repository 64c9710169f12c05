// Every request the page makes. A call never throws: what went wrong is part of its answer.

const TIMEOUT_MS = 10_000;
/** The page's host waits 30 s for a large value over a slow line; a stampede waits 15 s for an instance that ended. */
export const SLOW_TIMEOUT_MS = 35_000;

/** What JSON calls a number. */
const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

const STATUS_NAMES = {
  200: 'OK', 202: 'Accepted', 204: 'No Content', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found',
  405: 'Method Not Allowed', 409: 'Conflict', 413: 'Payload Too Large', 415: 'Unsupported Media Type', 429: 'Too Many Requests',
  500: 'Internal Server Error', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout',
};

/**
 * @typedef {object} Answer
 * @property {string} method
 * @property {string} url          below the page's own address
 * @property {number} status       0 when nothing answered
 * @property {string} statusText   "200 OK"
 * @property {boolean} ok
 * @property {string} text         the body as it came
 * @property {any} json            the body parsed, undefined when it is not JSON
 * @property {Headers} headers
 * @property {number} ms           until the whole body was here
 * @property {?string} failure     why nothing answered
 * @property {?number} retryAfter  seconds
 */

/** @type {Set<(answer: Answer) => void>} */
const listeners = new Set();

/** Hears every answer, whoever asked. */
export const onAnswer = listener => listeners.add(listener);

export const setKey = (key, value, ttl) => send('POST', '/api/set', bodyWithTtl({ key, value }, ttl), SLOW_TIMEOUT_MS);
export const getKey = key => send('GET', withKey('/api/get', key));
export const expireKey = (key, ttl) => send('POST', '/api/expire', bodyWithTtl({ key }, ttl));
export const deleteKey = key => send('DELETE', withKey('/api/delete', key));
export const getHealth = () => send('GET', '/api/health');
export const resetStats = () => send('POST', '/api/stats/reset');
export const signIn = key => send('POST', '/sign-in', JSON.stringify({ key }));
export const signOut = () => send('POST', '/sign-out');

/** @param {{match?: ?string, cursor?: ?string, count?: number}} page */
export function listKeys(page) {
  const query = Object.entries(page)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${encode(value)}`)
    .join('&');
  return send('GET', `/api/keys?${query}`);
}

// Browsers resolve "." and ".." in a path even when they are percent-encoded, so a key travels in the query.
const withKey = (path, key) => `${path}?key=${encode(key)}`;

// encodeURIComponent throws on half a surrogate pair.
const encode = value => encodeURIComponent(String(value).toWellFormed());

/**
 * The ttl goes out as it was typed, a number when JSON takes it for one: what is wrong with it is the API's to say.
 * It is written here because JSON.stringify would turn 1e999 into null.
 */
function bodyWithTtl(fields, text) {
  const ttl = text.trim();
  const json = JSON.stringify(fields);
  if (ttl === '') return json;
  return `${json.slice(0, -1)},"ttl":${JSON_NUMBER.test(ttl) ? ttl : JSON.stringify(ttl)}}`;
}

/** @returns {Promise<Answer>} */
export async function send(method, url, body, timeoutMs = TIMEOUT_MS) {
  const answer = await exchange(method, url, body, timeoutMs);
  for (const listener of listeners) listener(answer);
  return answer;
}

async function exchange(method, url, body, timeoutMs) {
  const started = performance.now();
  const answer = {
    method, url, status: 0, statusText: 'No answer', ok: false, text: '', json: undefined, headers: new Headers(),
    ms: 0, failure: null, retryAfter: null,
  };
  try {
    const response = await fetch(`.${url}`, {
      method,
      body,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      cache: 'no-store',
      signal: AbortSignal.timeout(timeoutMs),
    });
    answer.headers = response.headers;
    answer.text = await response.text();
    answer.status = response.status;
    answer.statusText = `${response.status} ${STATUS_NAMES[response.status] ?? response.statusText}`.trim();
    answer.ok = response.ok;
    answer.json = parse(answer.text, response.headers.get('Content-Type'));
    answer.retryAfter = seconds(response.headers.get('Retry-After'));
  } catch (error) {
    answer.failure = error.name === 'TimeoutError'
      ? `Nothing came back within ${timeoutMs / 1000} seconds, so the page stopped waiting.`
      : 'The request did not get through: the network or the server of this page is away.';
  }
  answer.ms = performance.now() - started;
  return answer;
}

function parse(text, contentType) {
  if (!/[/+]json\b/i.test(contentType ?? '')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function seconds(header) {
  const value = Number(header ?? NaN);
  return Number.isFinite(value) && value >= 0 ? value : null;
}
