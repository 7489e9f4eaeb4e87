// @ts-check
/** Autocompletion with the names of descriptors: those that begin like the text, and those that mean about the same. */

const SPACELESS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u
const folded = text => text.normalize('NFC').toLocaleLowerCase()

/** Positions where a word may begin: the start, after spaces, and anywhere in scripts without spaces. */
function* starts(text) {
  for (let at = 0; at < text.length; at += 1) {
    if (at === 0 || /\s/.test(text[at - 1]) || SPACELESS.test(text[at])) yield at
  }
}

/**
 * At most `limit` names that begin with the longest possible end of `text`, each with the completed text:
 * "calm pi" → [{name: 'piano', text: 'calm piano'}].
 */
export function suggestions(text, names, limit = 8) {
  for (const at of starts(text)) {
    const end = folded(text.slice(at))
    const found = end.trim() ? names.filter(name => folded(name).startsWith(end) && folded(name) !== end) : []
    if (found.length) return found.slice(0, limit).map(name => ({ name, text: text.slice(0, at) + name }))
  }
  return []
}

const LONG = 200 // characters; nobody looks for one tag with so many

/** Whether the text has enough letters to mean something: three, or two in scripts without spaces. */
export function isMeaningful(text) {
  const letters = text.match(/\p{L}/gu) ?? []
  return text.length <= LONG && letters.length >= (SPACELESS.test(text) ? 2 : 3)
}

/** Descriptors near to `text` as suggestions in its place, without names that are `offered` and those far behind. */
export function bySense(text, near, offered) {
  const known = new Set([text.trim(), ...offered.map(({ name }) => name)].map(folded))
  const least = Math.max(0, near[0]?.cosine / 2)
  return near.flatMap(({ name, cosine }) => (cosine > least && !known.has(folded(name)) ? [{ name, text: name }] : []))
}
