// @ts-check
/** All values of a filter: searched, and loaded page by page. */

import { button, element } from './dom.js'
import { t } from './i18n.js'
import { showProblem } from './notice.js'

const PAUSE = 200 // ms after the last key

/**
 * `group`: {label, values, total, find(text, offset) -> {values, total}}, with the first values; `line(value)` makes an
 * item of the list. `kept`: what was found before the filters were rendered again, changed here.
 */
export function allValues(group, line, kept) {
  kept.text ??= ''
  kept.found ??= { values: group.values, total: group.total }
  const list = element('ul', { class: 'all' })
  const more = button({ class: 'plain', onclick: next })
  const input = element('input', {
    type: 'search',
    value: kept.text,
    'aria-label': t('filters.find', { field: group.label }),
    placeholder: t('filters.find', { field: group.label }),
    maxlength: 100,
    oninput: soon,
    onkeydown: event => event.key === 'Enter' && event.preventDefault(),
  })
  let timer = 0
  let asked = 0

  function render() {
    const { values, total } = kept.found
    list.replaceChildren(...values.map(line))
    if (!values.length) list.append(element('li', { class: 'hint' }, t('filters.none')))
    more.hidden = values.length >= total
    more.textContent = t('filters.further')
  }

  function soon() {
    clearTimeout(timer)
    timer = setTimeout(search, PAUSE)
  }

  async function search() {
    kept.text = input.value
    await ask(0, [])
  }

  async function next() {
    const before = kept.found.values
    await ask(before.length, before)
    const added = list.children[before.length]
    if (added?.querySelector('button')) added.querySelector('button').focus()
  }

  async function ask(offset, before) {
    const number = ++asked
    try {
      const { values, total } = await group.find(kept.text, offset)
      if (number !== asked) return // another text by now
      kept.found = { values: [...before, ...values], total }
      render()
    } catch (problem) {
      showProblem(problem)
    }
  }

  render()
  return [input, list, more]
}

/** `find` for values that are all known: those with words that begin so. */
export const findAmong = values => async text => {
  const words = plain(text).split(/\s+/).filter(Boolean)
  const found = values.filter(({ label }) => {
    const parts = plain(label).split(/[\s\-–,.]+/)
    return words.every(word => parts.some(part => part.startsWith(word)) || (/[^\0-\x7f]/.test(word) && label.includes(word)))
  })
  return { values: found, total: found.length }
}

const plain = text => text.normalize('NFKD').replace(/\p{Mn}/gu, '').toLowerCase()
