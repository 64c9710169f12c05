const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\btrue\b|\bfalse\b|\bnull\b)/g;

/**
 * The text as nodes, with JSON's tokens in spans. Nothing is reformatted: the nodes' text is the text.
 * @param {string} text
 */
export function highlight(text) {
  const fragment = document.createDocumentFragment();
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [, string, colon, literal] = match;
    const token = string ?? literal;
    const kind = literal ? 'literal' : colon ? 'name' : 'string';
    fragment.append(text.slice(at, match.index), span(token, kind));
    at = match.index + token.length;
  }
  fragment.append(text.slice(at));
  return fragment;
}

function span(text, kind) {
  const element = document.createElement('span');
  element.className = `json-${kind}`;
  element.textContent = text;
  return element;
}
