// @ts-check
/** An index of the artists, albums or genres of the library: by letter, searched, page by page. */

import { facet } from './api.js'
import { button, element } from './dom.js'
import { t } from './i18n.js'
import { viewLink } from './names.js'
import { showProblem } from './notice.js'
import { loadPart } from './parts.js'

const PAGE = 120 // names
const PAUSE = 200 // ms after the last key
const VIEWS = { artists: 'artist', albums: 'album', genres: 'genre' } // index -> field, and view of one of them

export const title = ({ view }) => t(`nav.${view}`)

/** `question.about`: the letter, or "?TEXT" for what is searched. */
export async function show(root, question, ask) {
  await loadPart('browse')
  const field = VIEWS[question.view]
  const searched = question.about.startsWith('?') ? question.about.slice(1) : ''
  const letter = searched ? '' : question.about
  const list = element('ul', { class: 'names' })
  const more = button({ class: 'more', hidden: true, onclick: () => load(true) }, t('results.more'))
  const letters = element('nav', { class: 'letters', 'aria-label': t('browse.letters') })
  const count = element('p', { class: 'count', role: 'status' })
  const input = element('input', {
    type: 'search',
    class: 'find',
    maxlength: 100,
    value: searched,
    placeholder: t('browse.find'),
    'aria-label': t('browse.find'),
    oninput: () => {
      clearTimeout(timer)
      timer = setTimeout(() => start(input.value), PAUSE)
    },
    onchange: () => ask({ about: input.value ? `?${input.value}` : '' }),
  })
  let timer = 0
  let text = searched
  let shown = 0
  let asked = 0

  async function start(wanted) {
    text = wanted
    shown = 0
    await load(false)
  }

  async function load(focus) {
    const number = ++asked
    try {
      const page = { sort: 'name', offset: shown, ...(text ? { q: text } : { initial: letter }) }
      const found = await facet(field, [], PAGE, undefined, page)
      if (number !== asked) return
      const items = found.values.map(item)
      if (!shown) list.replaceChildren(...items)
      else list.append(...items)
      shown += items.length
      more.hidden = shown >= found.total
      count.textContent = t('browse.count', { n: found.total })
      if (!text) letters.replaceChildren(...letterLinks(found.initials))
      if (focus) items[0]?.querySelector('a')?.focus()
    } catch (problem) {
      showProblem(problem)
    }
  }

  const item = ({ value, tracks }) =>
    element(
      'li',
      {},
      viewLink(field, value, value, { dir: 'auto' }),
      element('small', {}, t('browse.tracks', { n: tracks })),
    )

  function letterLinks(initials) {
    const link = (name, about, current) =>
      viewLink(question.view, about, name, current ? { 'aria-current': 'true' } : {})
    return [
      link(t('browse.all'), '', !letter),
      ...initials.map(({ value }) => link(value, value, value === letter)),
    ]
  }

  const tabs = Object.keys(VIEWS).map(view =>
    viewLink(view, '', t(`nav.${view}`), view === question.view ? { 'aria-current': 'page' } : {}),
  )
  root.replaceChildren(
    element('nav', { class: 'browse', 'aria-label': t('welcome.browse') }, tabs),
    element('h1', {}, t(`nav.${question.view}`)),
    input,
    letters,
    count,
    list,
    more,
  )
  await load(false)
  return () => clearTimeout(timer)
}
