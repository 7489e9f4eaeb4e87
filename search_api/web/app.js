// @ts-check
/** Connects the modules: every change makes a new question, and the page shows the response to it. */

import * as api from './api.js'
import { descriptorNames, loadDescriptors } from './descriptors.js'
import { byId, clean, keepingFocus } from './dom.js'
import { createFacets } from './facets.js'
import { currentLanguage, loadLanguage, t } from './i18n.js'
import { setPath } from './journey_path.js'
import { installKeyboard } from './keyboard.js'
import { createLanguageChoice } from './language_choice.js'
import { renderMix } from './mix.js'
import { clearNotice, say, showProblem, showWaiting } from './notice.js'
import { onDemand, openTrackMenu } from './on_demand.js'
import { followLinks } from './names.js'
import { loadPart } from './parts.js'
import { hitOrder, libraryOrder, sortOf } from './order.js'
import { keepPlace, leavePage, newPlace, placeAgain, scrollBack } from './places.js'
import { createPlayerPart } from './player_part.js'
import { EMPTY, isAsking, PAGE, toggled, withTerm } from './question.js'
import { playAll } from './queue.js'
import { countPlays } from './plays.js'
import { createResults } from './results.js'
import { createSearchBox } from './search_box.js'
import { createSelection } from './selection.js'
import { switchTheme } from './theme.js'
import { createUpload } from './upload.js'
import { fromQueryString, toQueryString } from './url_state.js'
import { TABS, viewModule } from './views.js'
import { hideWelcome, showFirstRun, showWelcome } from './welcome.js'

const BROWSED = 50 // tracks per page of the library
const [MOST_BROWSED, MOST_HITS] = [1000, 100] // in one request, when the page is loaded again

let question = fromQueryString(location.search)
let library = { tracks: 0, hours: 0, stems: {}, score_suffixes: [] }
let running = new AbortController()
const titles = new Map() // id → title of the tracks in the mix
let map = null // loaded when it is first opened
let playing = { id: null, paused: true } // the current track
const lists = new Set() // of tracks, that are shown

await loadLanguage()

const player = createPlayerPart(
  state => {
    playing = state
    for (const list of lists) list.mark(state)
    map?.mark(playing.id)
  },
  () => actions,
)
const selection = createSelection({
  addTerms: tracks => ask({ terms: tracks.map(trackTerm).reduce(withTerm, question.terms) }),
  onChange: () => lists.forEach(list => list.syncSelection()),
  openMenu: (opener, tracks, heading) => openTrackMenu(opener, tracks, actions, heading),
})
const actions = {
  play: (track, options) => playRow(track, options),
  addTerm: (track, away) => ask({ ...ranking(), terms: withTerm(question.terms, { ...trackTerm(track), away }) }),
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
  ask: change => ask(change),
  saveResults: () => saveResults(),
  /** Pauses or resumes the track if it is the current one. */
  toggleIfCurrent: track => player.isCurrent(track.id) && (player.toggle(), true),
  /** Another list whose rows show what is playing; returns a function that ends it. */
  follow(list) {
    lists.add(list)
    list.mark(playing)
    return () => lists.delete(list)
  },
}
const results = createResults(actions)
lists.add(results)
const searchBox = createSearchBox({
  onSearch: text => ask({ text }),
  onTerm: (text, away) =>
    ask({ text: '', terms: withTerm(question.terms, textTerm(text, away)) }),
  onLeave: () => results.focusFirst(),
  nearest: (text, signal) => api.nearest(text, currentLanguage(), signal),
})
const facets = createFacets(filter)

/** Plays a row from its best moment; the rest of the list follows. The current track is paused or resumed, unless `again`. */
function playRow(track, { again = false } = {}) {
  if (!again && player.isCurrent(track.id)) return player.toggle()
  const { tracks, source } = results.queue()
  const at = tracks.findIndex(({ id }) => id === track.id)
  const list = at < 0 ? {} : { at, source, label: subject() || t('results.label') }
  playAll(at < 0 ? [track] : tracks, { ...list, start: track.moment?.start ?? 0 })
}

const textTerm = (text, away) => ({ kind: 'text', value: text, label: text, away })

function trackTerm({ id, title }) {
  titles.set(id, title)
  return { kind: 'track', value: id, label: title }
}

/** The view in which terms and filters count: from a page of an artist, the search. */
const ranking = () => ({ view: question.view === 'map' ? 'map' : 'search', about: '' })

/** `change`: maps the active filters to the new ones. */
function filter(change) {
  return ask({ ...ranking(), where: change(question.where) })
}

/** Changes the question, adds it to the history if it differs, and shows the results. */
async function ask(change) {
  const left = shownNow()
  question = { ...question, ...change }
  if ('text' in change || 'terms' in change) setPath([]) // that of a journey is no longer asked for
  const query = toQueryString(question)
  if (query !== location.search) {
    keepPlace(left)
    newPlace(query || location.pathname)
  }
  scrollTo(0, 0)
  await show()
}

let first = null // answer to the search whose hits are shown

/** What is shown, so that Back can show it again. */
const shownNow = () => ({
  list: question.view === 'search' && results.state(),
  first: isAsking(question) ? first : null,
  rows: results.length,
})

let failure = null // the problem that the page shows instead of a response
let closeView = () => {}
let shownView = '' // of those that are modules

/** `place`: what is known of it if the user has been there. */
async function show(place = null) {
  running.abort()
  running = new AbortController()
  const { signal } = running
  failure = null
  closeView()
  closeView = () => {}
  renderView()
  try {
    const view = viewModule(question.view)
    document.body.toggleAttribute('data-own-view', view !== null)
    if (view) return await showView(view, signal, place)
    await open()
    results.busy = true
    await nameTracks()
    signal.throwIfAborted()
    renderQuestion()
    await Promise.all([answer(signal, place), facets.show(question, signal)])
    if (signal.aborted) return
    results.busy = false
    if (place) scrollBack(place)
  } catch (problem) {
    if (signal.aborted) return
    if (problem.kind === 'weights-missing') return showUnready(problem)
    failure = problem
    results.busy = false
    results.clear()
    showProblem(problem, problem.reload ?? (() => show()))
  } finally {
    player.load()
    watchService()
    if (failure) checkService() // it may be away
  }
}

async function showView(module, signal, place) {
  clearNotice()
  const view = await onDemand(module)
  if (question.view !== shownView) byId('view').replaceChildren()
  shownView = question.view
  const close = await view.show(byId('view'), question, ask, actions)
  if (signal.aborted) return close()
  closeView = close
  document.title = `${clean(view.title(question))} · Poly-Muse`
  if (place) scrollBack(place)
}

let watching = false
let checkService = () => {}

/** Shows at the top what the service does. After the first response, which it must not delay. */
async function watchService() {
  if (watching) return
  watching = true
  const { installActivity } = await import('./activity.js').catch(() => ({ installActivity: null }))
  if (!installActivity) return (watching = false) // the service is away; the next response tries again
  import('./offline.js').then(({ keepForOffline }) => keepForOffline()).catch(() => {})
  checkService = installActivity({
    open: () => ask({ view: 'library' }),
    onBack: () => failure && takeUp(),
    onTracks: () => updateWelcome().catch(() => {}), // only decoration
  })
}

/** The service is back after a failure: perhaps as another version, with another page, unless music plays on. */
async function takeUp() {
  const isCurrent = await import('./offline.js').then(offline => offline.isCurrent()).catch(() => true)
  if (!playing.paused || isCurrent) return show()
  location.reload()
}

/** The first run of a service that cannot search yet, whatever the question is. */
function showUnready(problem) {
  results.clear()
  library = { tracks: 0, hours: 0, stems: {}, score_suffixes: [] }
  byId('search').hidden = byId('filters').hidden = true
  showFirstRun(problem)
}

/** While the library grows: its size on the start page, and with the first tracks, all the rest. */
async function updateWelcome() {
  if (question.view !== 'search' || byId('welcome').hidden) return
  const before = library.tracks
  library = await api.stats()
  if (library.tracks === before) return
  const reading = before > 0 && document.activeElement !== document.body
  if (before < BROWSED && !reading) await show()
  else keepingFocus(byId('welcome'), welcome)
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
  byId('drop-scores').hidden = !library.score_suffixes.length
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
  if (isStart()) welcome()
  else hideWelcome()
  byId('search').hidden = isStart() && library.tracks === 0
  byId('filters').hidden = library.tracks === 0 || (question.view === 'map' && !isAsking(question))
  document.title = subject() ? `${clean(subject())} · Poly-Muse` : 'Poly-Muse'
}

const subject = () => [question.text, ...question.terms.map(term => term.label)].filter(Boolean).join(' + ')

const welcome = () => showWelcome(library, text => ask({ text }), ask)
const isStart = () => question.view === 'search' && !isAsking(question) && !question.where.length

/** What only depends on which view it is. */
function renderView() {
  for (const view of TABS) byId(`to-${view}`).setAttribute('aria-current', question.view === view ? 'page' : 'false')
  document.body.dataset.view = question.view
}

async function answer(signal, place) {
  if (!isAsking(question)) byId('understood').replaceChildren()
  if (question.view === 'map') return showMap(signal)
  byId('map').hidden = true
  if (place?.list) return showAgain(place, signal)
  const rows = place?.rows ?? 0 // as many as there were before the page was loaded again
  if (isAsking(question)) return showHits(signal, rows)
  return showTracks(signal, rows)
}

/** The list that was shown at a place, with all pages that were loaded. */
async function showAgain({ list, first: answered }, signal) {
  first = answered
  if (first) await explain(first, signal)
  results.show(list.page, list.options)
}

async function showHits(signal, rows = 0) {
  const asked = question
  const begin = await api.search(asked, { limit: Math.min(Math.max(rows, PAGE), MOST_HITS) }, signal)
  first = begin
  const none = t(asked.minScore ? 'results.noneAbove' : 'results.none')
  const page = ({ hits: tracks, next_offset: offset }) => ({
    tracks,
    next: offset === null ? null : async () => page(await api.search(asked, { offset })), // the queue may go on with it later
  })
  await explain(begin, signal)
  const order = (tracks, arrange) => hitOrder(asked, ask, tracks, arrange)
  if (begin.hits.length) results.show(page(begin), { count: above(begin), near: begin.match !== 'chance', order, save: true })
  else results.empty(none, ...(await waysOn(asked)))
  say(begin.hits.length ? t('results.said', { n: begin.hits.length, title: begin.hits[0].title }) : none)
  return begin.hits
}

/** Below the search box: what was understood of the text. */
async function explain(first, signal) {
  if (!question.text) return byId('understood').replaceChildren()
  const { showUnderstood } = await onDemand(import('./understood.js'))
  if (!signal.aborted) await showUnderstood(first, question.text, text => ask({ text }))
}

/** Asks for the name of a playlist of all results, or of the search itself. */
async function saveResults() {
  try {
    const dialog = await onDemand(import('./playlist_dialog.js'))
    await dialog.saveResults(question, subject() || question.where.join(' '), ask)
  } catch (problem) {
    showProblem(problem)
  }
}

/** The line above the hits: how long it took, and whether the stems compared are alike. */
function above({ took_ms: ms, separators }) {
  const made = Object.entries(separators).map(([name, n]) => `${clean(name)} (${n})`)
  const line = t('results.count', { ms })
  return made.length ? `${line} ${t('results.separators', { made: made.join(', ') })}` : line
}

async function showTracks(signal, rows = 0) {
  if (!library.tracks) return results.clear()
  const asked = question
  const sort = sortOf(asked)
  const limit = Math.min(Math.max(rows, BROWSED), MOST_BROWSED)
  const begin = await api.listTracks(asked.where, sort, limit, null, signal)
  const page = ({ tracks, cursor }) => ({
    tracks,
    next: cursor && (async () => page(await api.listTracks(asked.where, sort, BROWSED, cursor))),
  })
  if (!begin.tracks.length) return results.empty(t('results.noneFiltered'), ...(await waysOn(asked)))
  const count = t(asked.where.length ? 'results.filtered' : 'results.library')
  results.show(page(begin), { count, order: () => libraryOrder(asked, ask), save: asked.where.length > 0 })
}

/** What to do when nothing was found. */
const waysOn = asked => onDemand(import('./nothing_found.js')).then(nothing => nothing.waysOn(asked, ask))

async function showMap(signal) {
  const [{ createMapPage }] = await onDemand(Promise.all([import('./map_page.js'), loadPart('map')]))
  map ??= createMapPage({ play: playRow, ask, results, showHits })
  map.mark(playing.id)
  await map.show(question, signal)
}

async function translate() {
  await loadDescriptors(currentLanguage())
  searchBox.names = descriptorNames()
  player.translate()
  selection.render()
}

createUpload({
  onMusic: (token, label, { kind, remarks }) =>
    ask({ terms: withTerm(question.terms, { kind, value: token, label, remarks }) }),
  onPicture: (caption, thumbnail, isFirst) => {
    if (!isFirst) return ask({ terms: withTerm(question.terms, textTerm(caption, false)) })
    searchBox.picture = thumbnail
    return ask({ text: caption })
  },
})
installKeyboard({ player, searchBox, results })
countPlays()
api.whileStarting(waiting => (waiting ? showWaiting(t('starting')) : clearNotice()))

document.querySelector('.brand').addEventListener('click', event => {
  const { ctrlKey, metaKey, shiftKey } = /** @type {MouseEvent} */ (event)
  if (ctrlKey || metaKey || shiftKey) return
  event.preventDefault() // loading the page again would stop the music
  ask(EMPTY)
})
byId('theme').addEventListener('click', switchTheme)
createLanguageChoice(async () => {
  await translate()
  await show()
})
for (const view of TABS) byId(`to-${view}`).addEventListener('click', () => ask({ view, about: '' }))
byId('filters').open = matchMedia('(min-width: 900px)').matches
window.addEventListener('popstate', () => {
  keepPlace(shownNow())
  question = fromQueryString(location.search)
  searchBox.picture = null
  show(placeAgain())
})
// When the page is left, some browsers keep nothing any more.
for (const left of ['scrollend', 'pagehide']) window.addEventListener(left, () => leavePage(results.length))
followLinks(ask)

import('./scope.js').then(({ learnScope }) => learnScope()).catch(() => {}) // the service says no all the same
if (window.takeOver()) searchBox.submit()
else show(placeAgain())
