/** What the filter means: a glob as it is, any other text wherever it occurs in a key. */
export const globOf = typed => typed === '' ? null : /[*?[\]\\]/.test(typed) ? typed : `*${typed}*`;

const utf8 = new TextEncoder();
const [STAR, ANY, OPEN, CLOSE, NOT, TO, ESCAPE] = [...'*?[]^-\\'].map(character => character.charCodeAt(0));

/**
 * Whether a glob matches, so that a key set here need not wait for a scan to be listed: byte by byte of UTF-8, as Redis has it
 * (stringmatchlen). After what does not match, only the last star takes one byte more.
 */
export function matches(glob, key) {
  if (glob === null) return true;
  const [pattern, bytes] = [utf8.encode(glob), utf8.encode(key)];
  let [at, star, starTook] = [0, -1, 0];
  for (let i = 0; i < bytes.length;) {
    if (pattern[at] === STAR) {
      [star, starTook] = [++at, i];
      continue;
    }
    const next = at < pattern.length ? afterMatch(pattern, at, bytes[i]) : -1;
    if (next < 0 && star < 0) return false;
    if (next < 0) [at, i] = [star, ++starTook];
    else [at, i] = [next, i + 1];
  }
  while (pattern[at] === STAR) at++;
  return at === pattern.length;
}

/** Where the pattern goes on after the one part of it that takes this byte; -1 where it does not take it. */
function afterMatch(pattern, at, byte) {
  if (pattern[at] === OPEN) return afterSet(pattern, at + 1, byte);
  if (pattern[at] === ANY) return at + 1;
  if (pattern[at] === ESCAPE && at + 1 < pattern.length) at++;
  return pattern[at] === byte ? at + 1 : -1;
}

/** A set that is not closed ends with the pattern, one without members takes nothing, and ranges are of signed bytes, either way. */
function afterSet(pattern, at, byte) {
  const not = pattern[at] === NOT;
  if (not) at++;
  let found = false;
  for (; at < pattern.length && pattern[at] !== CLOSE; at++) {
    if (pattern[at] === ESCAPE && at + 1 < pattern.length) {
      at++;
      found ||= pattern[at] === byte;
    } else if (pattern[at + 1] === TO && at + 2 < pattern.length) {
      const ends = [signed(pattern[at]), signed(pattern[at + 2])];
      found ||= Math.min(...ends) <= signed(byte) && signed(byte) <= Math.max(...ends);
      at += 2;
    } else {
      found ||= pattern[at] === byte;
    }
  }
  return found === not ? -1 : Math.min(at + 1, pattern.length);
}

const signed = byte => byte << 24 >> 24;
