// @ts-check
/** Filters: the values in the library, the number of tracks with each, and which are active. */

import { facet } from './api.js'
import { CATEGORIES, tagCategory, tagName } from './descriptors.js'
import { button, byId, element, keepingFocus } from './dom.js'
import { allValues, findAmong } from './facet_search.js'
import { filterTerm, splitTerms } from './filter_terms.js'
import { currentLanguage, kindName, t } from './i18n.js'
import { stemName } from './mix.js'
import { showProblem } from './notice.js'
import { toggled } from './question.js'

const SHOWN = 7 // values per field before "All"
const LIMITS = { tag: 200, genre: 50, artist: 100, album: 100, year: 200, stem: 20, kind: 2, bpm: 100, key: 24 }
const MINE = { 'favourite:yes': 'favourites', 'played:30d': 'recent', 'plays:0': 'never', 'hidden:yes': 'hidden' } // term -> name
const ALTERNATIVES = ['artist', 'album', 'genre', 'year', 'kind', 'bpm', 'key'] // a track must match one value of these, but all of the others

/** `filter(change)`: searches with other filters; `change` maps the active filters to them. */
export function createFacets(filter) {
  const list = element('div', { class: 'groups' })
  /** @type {Map<string, any>} name of a group that shows all values -> what was searched in it */
  const expanded = new Map()
  const input = element('input', { type: 'text', placeholder: 'year:1990..2000 -genre:pop', maxlength: 1000 })
  let counted = ''
  let groups = []

  // The filter language, for terms without a button. Not rendered again: the user may be typing.
  byId('facets').append(element('form', { class: 'typed', onsubmit: add }, input), list)

  /** Renders the filters at once, and requests counts only if the filters have changed. */
  async function show({ where }, signal) {
    render(where)
    if (counted === JSON.stringify(where)) return
    groups = await load(where, signal)
    for (const name of expanded.keys()) expanded.set(name, {}) // their counts have changed
    counted = JSON.stringify(where)
    render(where)
  }

  function render(where) {
    input.setAttribute('aria-label', t('filters.typed'))
    byId('filter-count').textContent = where.length || ''
    const panels = groups.map(group => panel(group(), where)).filter(Boolean)
    keepingFocus(list, () => list.replaceChildren(...chosen(where), ...panels))
  }

  /** A filter that the service does not understand stays in the field, to be mended. */
  async function add(event) {
    event.preventDefault()
    const typed = input.value
    const terms = splitTerms(typed)
    try {
      await facet('kind', terms, 1)
    } catch (problem) {
      input.setAttribute('aria-invalid', 'true')
      input.focus()
      return showProblem(problem)
    }
    input.removeAttribute('aria-invalid')
    if (input.value === typed) input.value = ''
    filter(where => [...new Set([...where, ...terms])])
  }

  const toggle = term => filter(where => toggled(where, term))

  function chosen(where) {
    if (!where.length) return []
    const chip = term =>
      element(
        'li',
        {},
        button(
          {
            class: 'chip on',
            'aria-label': t('filters.remove', { term: termName(term) }),
            onclick: () => toggle(term),
          },
          termName(term),
          ' ×',
        ),
      )
    return [
      element(
        'ul',
        { class: 'chips', 'aria-label': t('filters.active') },
        where.map(chip),
        where.length > 1 &&
          element('li', {}, button({ class: 'plain', onclick: () => filter(() => []) }, t('filters.clear'))),
      ),
    ]
  }

  function panel({ name, label, values, total = values.length, find = findAmong(values) }, where) {
    if (!values.length) return null
    const shown = value => line(value, where)
    const list = expanded.has(name)
      ? allValues({ label, values, total, find }, shown, expanded.get(name))
      : [element('ul', {}, values.slice(0, SHOWN).map(shown))]
    const more =
      total > SHOWN &&
      button(
        {
          class: 'plain',
          'aria-expanded': expanded.has(name),
          onclick: () => {
            expanded.has(name) ? expanded.delete(name) : expanded.set(name, {})
            render(where)
          },
        },
        t(expanded.has(name) ? 'filters.fewer' : 'filters.all', { n: total }),
      )
    return element(
      'fieldset',
      { class: `facet ${name}` },
      element('legend', {}, label),
      list,
      more,
    )
  }

  const line = ({ term, label, tracks }, where) =>
    element(
      'li',
      {},
      button(
        { 'aria-pressed': where.includes(term), onclick: () => toggle(term) },
        element('span', { dir: 'auto' }, label),
        tracks === undefined ? null : element('small', {}, tracks.toLocaleString(currentLanguage())),
      ),
    )

  return { show }
}

/** The name of a term: its value, or the whole term if the value alone would be unclear. */
function termName(term) {
  const [, minus, field, value] = term.match(/^(-?)(\w+):(.+)$/s) ?? []
  const [slug] = value?.split('>') ?? []
  const sign = minus ? '−' : ''
  if (Object.hasOwn(MINE, `${field}:${value}`)) return sign + t(`mine.${MINE[`${field}:${value}`]}`)
  if (field === 'tag') return sign + tagName(slug) + value.slice(slug.length)
  if (field === 'has') return sign + stemName(value)
  if (field === 'kind') return sign + kindName(value)
  if (field === 'bpm') return sign + tempoName(value)
  return ALTERNATIVES.includes(field) ? sign + value.replaceAll(/^"|"$/g, '') : term
}

/** Functions that return the groups, so that changing the language needs no new request. */
async function load(where, signal) {
  const others = field => (ALTERNATIVES.includes(field) ? where.filter(term => !term.startsWith(`${field}:`)) : where)
  const totals = {}
  const values = async field => {
    const found = await facet(field, others(field), LIMITS[field], signal)
    totals[field] = found.total
    return found.values
  }
  const [tags, genres, artists, albums, years, stems, kinds, tempi, keys] = await Promise.all(Object.keys(LIMITS).map(values))
  const named =
    field =>
    ({ value, tracks }) => ({ term: filterTerm(field, value), label: value, tracks })
  const searched = (field, first) => ({
    values: first.map(named(field)),
    total: totals[field],
    find: async (q, offset) => {
      const found = await facet(field, others(field), LIMITS[field], undefined, { q, offset })
      return { values: found.values.map(named(field)), total: found.total }
    },
  })
  const tagged = category =>
    tags
      .filter(({ value }) => tagCategory(value) === category)
      .map(({ value, tracks }) => ({ term: filterTerm('tag', value), label: tagName(value), tracks }))
  return [
    () => ({
      name: 'mine',
      label: t('filters.mine'),
      values: Object.entries(MINE).map(([term, name]) => ({ term, label: t(`mine.${name}`), tracks: undefined })),
    }),
    ...CATEGORIES.map(category => () => ({
      name: category,
      label: t(`category.${category}`),
      values: tagged(category),
    })),
    () => ({ name: 'file-genre', label: t('filters.genre'), ...searched('genre', genres) }),
    () => ({ name: 'artist', label: t('filters.artist'), ...searched('artist', artists) }),
    () => ({ name: 'album', label: t('filters.album'), ...searched('album', albums) }),
    () => ({ name: 'year', label: t('filters.year'), values: decades(years) }),
    () => ({ name: 'bpm', label: t('filters.bpm'), values: bands(tempi) }),
    () => ({ name: 'key', label: t('filters.key'), values: keys.map(named('key')) }),
    () => ({
      name: 'stem',
      label: t('filters.stem'),
      values: stems.map(({ value, tracks }) => ({ term: filterTerm('has', value), label: stemName(value), tracks })),
    }),
    () => ({
      name: 'kind',
      label: t('filters.kind'),
      values: (kinds.length > 1 ? kinds : []).map(({ value, tracks }) => ({
        term: filterTerm('kind', value),
        label: kindName(value),
        tracks,
      })),
    }),
  ]
}

/** Bands of tempi, the slowest first. */
const bands = tempi =>
  tempi
    .map(({ value, tracks }) => ({ term: filterTerm('bpm', value), label: tempoName(value), tracks }))
    .sort((one, two) => parseFloat(one.label) - parseFloat(two.label))

/** The name of a range of tempi: "120–129 BPM" for 120..129.9. */
const tempoName = value => `${value.replace(/\.9$/, '').replace('..', '–')} BPM`

/** Years counted by decade, the latest first. */
export function decades(years) {
  const counts = new Map()
  for (const { value, tracks } of years) {
    const start = Math.floor(Number(value) / 10) * 10
    counts.set(start, (counts.get(start) ?? 0) + tracks)
  }
  return [...counts]
    .sort(([a], [b]) => b - a)
    .map(([start, tracks]) => ({ term: `year:${start}..${start + 9}`, label: `${start}–${start + 9}`, tracks }))
}
