// @ts-check
/** Connects the modules: every change makes a new question, and the page shows the response to it. */

import * as api from './api.js'
import { descriptorNames, loadDescriptors } from './descriptors.js'
import { byId, keepingFocus } from './dom.js'
import { createFacets } from './facets.js'
import { currentLanguage, loadLanguage, switchLanguage, t } from './i18n.js'
import { askForKey } from './key_dialog.js'
import { installKeyboard } from './keyboard.js'
import { asTrack, createMap } from './map.js'
import { renderMix } from './mix.js'
import { clearNotice, say, showProblem, showWaiting } from './notice.js'
import { createPlayer } from './player.js'
import { isAsking, PAGE, toggled, withTerm } from './question.js'
import { createResults } from './results.js'
import { createSearchBox } from './search_box.js'
import { createSelection } from './selection.js'
import { switchTheme } from './theme.js'
import { createUpload } from './upload.js'
import { fromQueryString, toQueryString } from './url_state.js'
import { hideWelcome, showWelcome } from './welcome.js'

const BROWSED = 50 // tracks per page of the library
const MAP_POLL = 1500 // ms between requests while the map is computed

let question = fromQueryString(location.search)
let library = { tracks: 0, hours: 0, stems: {} }
let running = new AbortController()
const titles = new Map() // id → title of the tracks in the mix

await loadLanguage()

const player = createPlayer(state => {
  results.mark(state)
  map.mark(state.id)
})
const selection = createSelection({
  addTerms: tracks => ask({ terms: tracks.map(trackTerm).reduce(withTerm, question.terms) }),
  onChange: () => results.syncSelection(),
})
const results = createResults({
  play: (track, options) => player.play(track, options),
  addTerm: (track, away) => ask({ terms: withTerm(question.terms, { ...trackTerm(track), away }) }),
  similar: (track, stem) =>
    ask({
      text: '',
      terms: withTerm([], trackTerm(track)),
      stems: stem ? [stem] : question.stems,
      view: 'search',
    }),
  toggleFilter: term => filter(where => toggled(where, term)),
  isFilter: term => question.where.includes(term),
  select: (track, on) => selection.set(track, on),
  isSelected: id => selection.has(id),
})
const searchBox = createSearchBox({
  onSearch: text => ask({ text }),
  onTerm: (text, away) =>
    ask({ text: '', terms: withTerm(question.terms, { kind: 'text', value: text, label: text, away }) }),
  onLeave: () => results.focusFirst(),
})
const facets = createFacets(filter)
const map = createMap({
  onPlay: point => player.play(asTrack(point)),
  onLasso: points => listPoints(points ?? allPoints, points ? 'map.picked' : 'map.all'),
  onColour: colour => ask({ colour }),
})

function trackTerm({ id, title }) {
  titles.set(id, title)
  return { kind: 'track', value: id, label: title }
}

/** `change`: maps the active filters to the new ones. */
function filter(change) {
  return ask({ where: change(question.where) })
}

/** Changes the question, adds it to the history if it differs, and shows the results. */
async function ask(change) {
  question = { ...question, ...change }
  const query = toQueryString(question)
  if (query !== location.search) history.pushState(null, '', query || location.pathname)
  scrollTo(0, 0)
  await show()
}

async function show() {
  running.abort()
  running = new AbortController()
  const { signal } = running
  try {
    await open()
    results.busy = true
    await nameTracks()
    signal.throwIfAborted()
    renderQuestion()
    await Promise.all([answer(signal), facets.show(question, signal)])
    if (!signal.aborted) results.busy = false
  } catch (problem) {
    if (signal.aborted) return
    results.busy = false
    results.clear()
    showProblem(problem, show)
  }
}

let opening = null

/** Loads once what every view needs; tries again after a failure. */
function open() {
  opening ??= load().catch(problem => {
    opening = null
    throw problem
  })
  return opening
}

async function load() {
  library = await api.stats()
  await translate()
}

/** Loads missing titles: a URL contains only the ids of tracks. */
async function nameTracks() {
  const nameless = question.terms.filter(term => term.kind === 'track' && !titles.has(term.value))
  await Promise.all(nameless.map(async term => titles.set(term.value, (await api.track(term.value)).title)))
  const named = term => (term.kind === 'track' ? { ...term, label: titles.get(term.value) } : term)
  question = { ...question, terms: question.terms.map(named) }
}

function renderQuestion() {
  clearNotice()
  searchBox.text = question.text
  keepingFocus(byId('mix'), () => renderMix(question, Object.keys(library.stems), ask))
  for (const view of ['search', 'map'])
    byId(`to-${view}`).setAttribute('aria-current', question.view === view ? 'page' : 'false')
  const first = question.view === 'search' && !isAsking(question) && !question.where.length
  if (first) showWelcome(library, text => ask({ text }))
  else hideWelcome()
  document.body.dataset.view = question.view
  byId('filters').hidden = library.tracks === 0 || (question.view === 'map' && !isAsking(question))
  const subject = [question.text, ...question.terms.map(term => term.label)].filter(Boolean).join(' + ')
  document.title = subject ? `${subject} · Poly-Muse` : 'Poly-Muse'
}

async function answer(signal) {
  if (question.view === 'map') return showMap(signal)
  map.hide()
  if (isAsking(question)) return showHits(signal)
  return showLibrary(signal)
}

async function showHits(signal) {
  const first = await api.search(question, {}, signal)
  const none = t(question.minScore ? 'results.noneAbove' : 'results.none')
  const from = ({ next_offset: offset }) =>
    offset === null
      ? null
      : async () => {
          const page = await api.search(question, { offset }, signal)
          results.append(page.hits, from(page))
        }
  if (first.hits.length)
    results.show(first.hits, { count: t('results.count', { ms: first.took_ms }), next: from(first) })
  else results.empty(none)
  say(first.hits.length ? t('results.said', { n: first.hits.length, title: first.hits[0].title }) : none)
  return first.hits
}

async function showLibrary(signal) {
  if (!library.tracks) return results.clear()
  const first = await api.listTracks(question.where, BROWSED, null, signal)
  const from = ({ cursor }) =>
    cursor &&
    (async () => {
      const page = await api.listTracks(question.where, BROWSED, cursor, signal)
      results.append(page.tracks, from(page))
    })
  if (!first.tracks.length) return results.empty(t('results.noneFiltered'))
  results.show(first.tracks, {
    count: t(question.where.length ? 'results.filtered' : 'results.library'),
    next: from(first),
  })
}

let allPoints = []

async function showMap(signal) {
  const points = await mapPoints(signal)
  if (!points.length) {
    map.hide()
    return results.empty(t('map.empty'))
  }
  allPoints = points
  if (!isAsking(question)) {
    map.show(points, question.colour, [])
    return listPoints(points, 'map.all')
  }
  map.show(
    points,
    question.colour,
    (await showHits(signal)).map(hit => hit.id),
  )
}

/** Polls until the map is ready: that of a large library takes a while. */
async function mapPoints(signal) {
  for (;;) {
    const { state, points } = await api.map(signal)
    if (state === 'ready') {
      clearNotice()
      return points
    }
    showWaiting(t('map.computing'))
    await new Promise(resume => setTimeout(resume, MAP_POLL))
    signal.throwIfAborted()
  }
}

function listPoints(points, heading) {
  const from = start =>
    start < points.length
      ? async () => results.append(points.slice(start, start + PAGE).map(asTrack), from(start + PAGE))
      : null
  results.show(points.slice(0, PAGE).map(asTrack), { count: t(heading, { n: points.length }), next: from(PAGE) })
  say(t(heading, { n: points.length }))
}

async function translate() {
  await loadDescriptors(currentLanguage())
  searchBox.names = descriptorNames()
  player.translate()
  selection.render()
}

createUpload((token, name) => ask({ terms: withTerm(question.terms, { kind: 'audio', value: token, label: name }) }))
installKeyboard({ player, searchBox, results })
api.onTrouble({
  ask: askForKey,
  wait: waiting => (waiting ? showWaiting(t('starting')) : clearNotice()),
})

byId('theme').addEventListener('click', switchTheme)
byId('language').addEventListener('click', async () => {
  await switchLanguage()
  await translate()
  await show()
})
byId('to-search').addEventListener('click', () => ask({ view: 'search' }))
byId('to-map').addEventListener('click', () => ask({ view: 'map' }))
byId('filters').open = matchMedia('(min-width: 900px)').matches
window.addEventListener('popstate', () => {
  question = fromQueryString(location.search)
  show()
})

if (window.takeOver()) searchBox.submit()
else show()
