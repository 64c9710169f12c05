const TIMEOUT_MS = 3_000;

let dashboard = null;
let waysIn = null;

/** Asks the page's own host, once: where the traces are to be seen, if anywhere, and how one signs in, if one has to. */
export async function loadSettings() {
  try {
    const response = await fetch('./settings.json', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const settings = response.ok ? await response.json() : null;
    waysIn = settings?.signIn ?? null;
    const url = new URL(settings?.dashboard);
    if (/^https?:$/.test(url.protocol)) dashboard = url.href.replace(/\/+$/, '');
  } catch {
    // There is no dashboard, then.
  }
}

/** Whether there is a dashboard that shows traces. */
export const hasDashboard = () => dashboard !== null;

/** How one signs in: `{key, authority}`, each true where it is a way; null where nobody has to. */
export const signInWays = () => waysIn;

/**
 * A link to a trace in the dashboard, or nothing where there is no dashboard or no trace.
 * @param {?string} traceId
 * @param {string} what  whose trace it is, to be read out
 */
export function traceLink(traceId, what) {
  if (!dashboard || !traceId) return null;
  const link = document.createElement('a');
  link.className = 'trace';
  link.href = `${dashboard}/traces/detail/${encodeURIComponent(traceId)}`;
  link.target = '_blank';
  link.rel = 'noopener';
  link.textContent = 'trace';
  link.setAttribute('aria-label', `trace of ${what}, in a new tab`);
  return link;
}

/** The trace of an answer, when its request was recorded: `00-<trace>-<span>-<flags>`. */
export function traceOf(headers) {
  const [, trace, flags] = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(headers.get('traceresponse') ?? '') ?? [];
  return parseInt(flags, 16) & 1 ? trace : null;
}
