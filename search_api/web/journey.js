// @ts-check
/** The view of a journey: its two ends, how it is to be, and its tracks with the size of each step. */

import { stats, track as fetchTrack } from './api.js'
import { coverImage } from './cover_image.js'
import { button, clean, element, factsLine, icon, iconButton } from './dom.js'
import { clock, score } from './format.js'
import { t } from './i18n.js'
import { createPlaylist, findJourney, findTracks } from './journey_api.js'
import { stemName } from './mix.js'
import { say, showProblem } from './notice.js'
import { loadPart } from './parts.js'
import { openTrackMenu } from './on_demand.js'
import { playAll } from './queue.js'

const MIN_COUNT = 3
const MAX_COUNT = 200
const WAIT = 250 // ms after a key until tracks are searched for
const MAX_SEED = 1_000_000

let shown = [] // ids of the journey in the page

/** The ids of the journey that is shown, in its order. */
export const journeyIds = () => shown

export const title = () => t('journey.title')

/**
 * What is asked for, as it stands in the address: `START,END,COUNT,STEM,VARIETY,SEED`.
 * @typedef {{start: string, end: string, count: number, stem: string, variety: number, seed: number}} Asked
 */

/** @returns {Asked} */
export function read(about) {
  const [start = '', end = '', count, stem = 'mix', variety, seed] = about.split(',')
  const number = (text, low, high, usual) => Math.min(high, Math.max(low, Number(text || usual) || 0))
  return {
    start,
    end,
    stem: /^\w{1,64}$/.test(stem) ? stem : 'mix',
    count: Math.round(number(count, MIN_COUNT, MAX_COUNT, 12)),
    variety: number(variety, 0, 1, 0),
    seed: Math.round(number(seed, 0, MAX_SEED, 0)),
  }
}

/** @param {Asked} asked */
export const written = ({ start, end, count, stem, variety, seed }) => [start, end, count, stem, variety, seed].join()

/** Fills the section `root`; returns a function that ends its updates. */
export async function show(root, question, ask, actions) {
  const [{ stems }] = await Promise.all([stats(), loadPart('journey')])
  const asked = read(question.about)
  const running = new AbortController()
  const change = some => ask({ view: 'journey', about: written({ ...asked, ...some }) })
  const [start, end] = await Promise.all([asked.start, asked.end].map(known))
  const found = element('div', { class: 'found-journey', 'aria-live': 'polite' })
  root.replaceChildren(
    element('h1', {}, t('journey.title')),
    element('p', { class: 'hint' }, t('journey.hint')),
    element(
      'div',
      { class: 'ends' },
      endChoice('journey.from', start, id => change({ start: id })),
      endChoice('journey.to', end, id => change({ end: id })),
    ),
    options(asked, Object.keys(stems), change),
    found,
  )
  if (start && end) showFound(found, asked, change, running.signal, ask, actions)
  else tell([])
  if (!end) root.querySelector('.end:last-child input, .end:first-child input')?.focus()
  return () => running.abort()
}

/** A track, or null if there is none with this id. */
const known = async id => (id ? fetchTrack(id).catch(() => null) : null)

/** The map draws the path, if it is open. */
function tell(ids) {
  shown = ids
  document.dispatchEvent(new CustomEvent('polymuse:journey', { detail: { ids } }))
}

async function showFound(root, asked, change, signal, ask, actions) {
  root.setAttribute('aria-busy', 'true')
  try {
    const { tracks, relaxed } = await findJourney(asked, signal)
    tell(tracks.map(({ id }) => id))
    const label = t('journey.label', { from: tracks[0].title, to: tracks.at(-1).title })
    const again = () => change({ seed: asked.seed + 1, variety: asked.variety || 0.5 })
    const save = element('p', { class: 'note', role: 'status' })
    const play = at => actions.toggleIfCurrent(tracks[at]) || playAll(tracks, { at, label })
    const steps = element('ol', { class: 'steps' }, tracks.map((track, at) => step(track, () => play(at), actions)))
    root.replaceChildren(
      element(
        'p',
        { class: 'tools' },
        button({ class: 'main', onclick: () => playAll(tracks, { label }) }, t('journey.play')),
        button({ onclick: again }, t('journey.again')),
        button({ 'data-changes': true, onclick: () => keep(label, tracks, save, ask) }, t('journey.save')),
        button({ onclick: () => ask({ view: 'map', about: '' }) }, t('journey.map')),
      ),
      save,
      ...(relaxed.length ? [element('p', { class: 'hint' }, relaxed.map(each => t(`journey.relaxed.${each}`)).join(' '))] : []),
      steps,
    )
    if (!signal.aborted) signal.addEventListener('abort', actions.follow({ mark: state => mark(steps, state), syncSelection() {} }))
    say(t('journey.found', { n: tracks.length }))
  } catch (problem) {
    if (!signal.aborted) showProblem(problem)
  } finally {
    root.removeAttribute('aria-busy')
  }
}

async function keep(name, tracks, note, ask) {
  try {
    const { id } = await createPlaylist(
      clean(name).slice(0, 200),
      tracks.map(({ id }) => id),
    )
    const open = button({ class: 'plain', onclick: () => ask({ view: 'playlists', about: id }) }, t('nav.playlists'))
    note.replaceChildren(t('journey.saved'), ' ', open)
  } catch (problem) {
    showProblem(problem)
  }
}

/** Shows which track plays. */
function mark(steps, { id, paused }) {
  for (const item of steps.children) {
    const current = item.dataset.id === id
    item.classList.toggle('current', current)
    item.querySelector('.cover .icon').replaceWith(icon(current && !paused ? 'pause' : 'play'))
  }
}

/** A row: how small the step to this track is, and the track. */
function step(track, play, actions) {
  const small = track.to_previous
  const bar = element('span', { class: 'meter', 'aria-hidden': 'true' }, element('i'))
  bar.style.setProperty('--part', String(Math.max(0, small ?? 0)))
  const picture = coverImage(track.id)
  return element(
    'li',
    { 'data-id': track.id },
    small === null
      ? null
      : element(
          'p',
          { class: 'step', title: t('journey.step') },
          bar,
          element('b', { 'aria-label': t('journey.stepOf', { score: score(small) }), role: 'img' }, score(small)),
        ),
    button({ class: 'cover', 'aria-label': t('row.play', { title: track.title }), onclick: play }, picture, icon('play')),
    element(
      'div',
      { class: 'about' },
      element('h2', { class: 'title', dir: 'auto' }, track.title),
      factsLine([track.artist, track.album, clock(track.duration)]),
    ),
    iconButton('menu', t('row.menu', { title: track.title }), event => openTrackMenu(event.currentTarget, [track], actions, track.title), {
      'aria-haspopup': 'menu',
      'aria-expanded': 'false',
    }),
  )
}

/** One end: its track, and a search for another. */
function endChoice(label, track, choose) {
  const list = element('ul', { class: 'choices' })
  const input = element('input', {
    type: 'search',
    autocomplete: 'off',
    placeholder: t('journey.search'),
    'aria-label': t('journey.searchFor', { end: t(label) }),
    oninput: () => search(),
  })
  let timer = 0
  let running = new AbortController()

  function search() {
    clearTimeout(timer)
    running.abort()
    running = new AbortController()
    const { signal } = running
    const text = input.value.trim()
    if (!text) return list.replaceChildren()
    timer = setTimeout(async () => {
      try {
        const hits = await findTracks(text, signal)
        if (signal.aborted) return
        list.replaceChildren(...hits.map(choice))
        if (!hits.length) list.replaceChildren(element('li', {}, t('results.none')))
      } catch (problem) {
        if (!signal.aborted) showProblem(problem)
      }
    }, WAIT)
  }

  const choice = hit =>
    element('li', {}, button({ onclick: () => choose(hit.id) }, element('span', { dir: 'auto' }, named(hit))))
  return element(
    'div',
    { class: 'end' },
    element('h2', {}, t(label)),
    element('p', { class: 'chosen', dir: 'auto' }, track ? named(track) : t('journey.none')),
    input,
    list,
  )
}

const named = ({ title: name, artist }) => [name, artist].filter(Boolean).join(' · ')

/** How many tracks, by which stem, and how varied. */
function options(asked, stems, change) {
  const count = element('input', {
    type: 'number',
    min: MIN_COUNT,
    max: MAX_COUNT,
    value: asked.count,
    onchange: () => change({ count: Number(count.value) || asked.count }),
  })
  const names = [...new Set(['mix', ...stems, asked.stem])]
  const stem = element(
    'select',
    { onchange: () => change({ stem: stem.value }) },
    names.map(name => element('option', { value: name, selected: name === asked.stem }, stemName(name))),
  )
  const variety = element('input', {
    type: 'range',
    min: 0,
    max: 1,
    step: 0.1,
    value: asked.variety,
    onchange: () => change({ variety: Number(variety.value) }),
  })
  return element(
    'div',
    { class: 'journey-options' },
    element('label', {}, t('journey.count'), count),
    element('label', {}, t('journey.stem'), stem),
    element('label', {}, t('journey.variety'), variety),
  )
}
