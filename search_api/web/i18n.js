// @ts-check
/** The language of the page. The texts are in strings.LANGUAGE.json, those of single views in more files. */

const KEY = 'polymuse.language'
/** Each in its own words. */
export const LANGUAGES = { en: 'English', zh: '中文', es: 'Español', de: 'Deutsch' }

let language = preferred()
let strings = {}

/** The one chosen before, or else the best of the browser's. */
function preferred() {
  const wanted = [localStorage.getItem(KEY) ?? '', ...navigator.languages]
  return wanted.map(tag => tag.split('-')[0]).find(tag => Object.hasOwn(LANGUAGES, tag)) ?? 'en'
}

export const currentLanguage = () => language

const parts = new Set(['strings']) // files of texts that are loaded

/** `more`: parts whose texts are needed as well. */
export async function loadLanguage(wanted = language, more = []) {
  for (const part of more) parts.add(part)
  let known, loaded
  do {
    known = [...parts]
    loaded = await Promise.all(known.map(part => read(part, wanted)))
  } while (parts.size > known.length) // more were loaded meanwhile, in the old language
  strings = Object.assign({}, ...loaded)
  language = wanted
  document.documentElement.lang = wanted
  translate(document)
}

/** Loads more texts, those of PART.LANGUAGE.json. */
export async function loadTexts(part) {
  if (parts.has(part)) return
  const wanted = language
  const more = await read(part, wanted)
  if (wanted !== language) return loadTexts(part)
  strings = { ...strings, ...more } // not before: others may be loaded at the same time
  parts.add(part)
}

async function read(part, wanted) {
  const response = await fetch(new URL(`${part}.${wanted}.json`, import.meta.url))
  return response.json()
}

export async function switchLanguage(wanted) {
  await loadLanguage(wanted)
  try {
    localStorage.setItem(KEY, wanted)
  } catch {
    // no room: the choice holds until the page is closed
  }
}

/**
 * The text for a key, with {names} replaced. Texts that depend on a number `n` are objects {one, other}; numbers of
 * further kinds, such as the millions of Spanish, take `other`.
 */
export function t(key, values = {}) {
  const words = strings[key]
  if (words === undefined) throw new Error(`No text for ${key} in ${language}`)
  const chosen =
    typeof words === 'string' ? words : (words[new Intl.PluralRules(language).select(values.n)] ?? words.other)
  return chosen.replace(/\{(\w+)\}/g, (_, name) => formatted(values[name]))
}

const formatted = value => (typeof value === 'number' ? value.toLocaleString(language) : String(value))

/** The text for a key that may be missing, such as that of a new kind of error. */
export const tOr = (key, fallback, values) => (key in strings ? t(key, values) : fallback)

/** What a track is made from. */
export const kindName = kind => tOr(`kind.${kind}`, kind)

const ATTRIBUTES = { label: 'aria-label', title: 'title', placeholder: 'placeholder' }

function translate(root) {
  for (const node of root.querySelectorAll('[data-text]')) node.textContent = t(node.dataset.text)
  for (const [name, attribute] of Object.entries(ATTRIBUTES)) {
    for (const node of root.querySelectorAll(`[data-${name}]`)) node.setAttribute(attribute, t(node.dataset[name]))
  }
}
