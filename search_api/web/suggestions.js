// @ts-check
/** Autocompletion with the names of descriptors. */

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
