/** What follows an opening bracket or a comma begins a line, its depth as spaces; strings and numbers stay as they are. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const INDENT = '  ';

/**
 * A JSON object or array with a line for each member; null for any other text.
 * Its tokens are not read as values, so that long numbers and repeated names stay what they are.
 * @param {string} text
 */
export function indented(text) {
  if (!/^\s*[{[]/.test(text)) return null;
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  let [depth, out, before] = [0, '', ''];
  const line = () => `\n${INDENT.repeat(depth)}`;
  for (const [token] of text.matchAll(TOKENS)) {
    const closes = token === '}' || token === ']';
    if (closes) depth--;
    const empty = closes && (before === '{' || before === '[');
    if (closes ? !empty : before === '{' || before === '[' || before === ',') out += line();
    out += token === ':' ? ': ' : token;
    if (token === '{' || token === '[') depth++;
    before = token;
  }
  return out;
}
