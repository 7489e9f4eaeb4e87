// @ts-check
/** Parts of the page that its first view does not need: their texts, PART.LANGUAGE.json, and their styles, PART.css. */

import { element } from './dom.js'
import { loadTexts } from './i18n.js'

/** @type {Map<string, Promise<any>>} */
const loading = new Map()

/** Loads a part, once. */
export function loadPart(name) {
  if (!loading.has(name)) {
    const part = Promise.all([loadTexts(name), loadStyle(name)])
    loading.set(name, part)
    part.catch(() => loading.delete(name)) // the next call tries again
  }
  return loading.get(name)
}

function loadStyle(name) {
  return new Promise((resolve, reject) => {
    const href = new URL(`${name}.css`, import.meta.url)
    document.head.append(element('link', { rel: 'stylesheet', href, onload: resolve, onerror: reject }))
  })
}
