// @ts-check
/** Mixes: the clusters of the library as cards, to play, queue, save and open; or the tracks of one. */

import { query, request } from './api.js'
import { coverImage } from './cover_image.js'
import { loadDescriptors, tagCategory } from './descriptors.js'
import { button, element, factsLine, icon } from './dom.js'
import { currentLanguage, t } from './i18n.js'
import { viewLink } from './names.js'
import { showProblem } from './notice.js'
import { loadPart } from './parts.js'
import { enqueue, playAll } from './queue.js'
import { createResults } from './results.js'
import { toast } from './toast.js'

const COVERS = 4
const ARTISTS = 3
const WAIT = 2000 // ms between questions while the service finds them for the first time

/**
 * @typedef {{key: string, name: string, tags: string[], size: number, artists: string[], tracks: string[]}} Mix `tracks`: ids of the most
 *   typical ones
 */

let name = '' // of the mix that is shown

export const title = ({ about }) => (about && name) || t('nav.mixes')

const ask = (path = '', more = {}) => request(`/v1/clusters${path}?${query({ lang: currentLanguage(), ...more })}`)
const tracksOf = ({ key }) => ask(`/${encodeURIComponent(key)}/tracks`)

/** Fills the section `root`; returns a function that ends its updates. */
export async function show(root, { about }, change, actions) {
  await Promise.all([...['browse', 'playlists', 'mixes'].map(loadPart), loadDescriptors(currentLanguage())])
  return about ? showOne(root, about, change, actions) : showAll(root, change)
}

async function showAll(root, change) {
  let timer = 0
  let ended = false
  const found = element('div', { 'aria-live': 'polite' })
  root.replaceChildren(element('h1', {}, t('nav.mixes')), element('p', { class: 'hint' }, t('mixes.hint')), found)

  async function load() {
    const { state, clusters } = await ask()
    if (ended) return
    if (state === 'computing') {
      found.replaceChildren(element('p', { class: 'hint', role: 'status' }, t('mixes.computing')))
      timer = setTimeout(() => load().catch(showProblem), WAIT)
    } else if (clusters.length) found.replaceChildren(element('ul', { class: 'mixes' }, clusters.map(mix => card(mix, change))))
    else found.replaceChildren(element('p', { class: 'empty' }, t('mixes.none')))
  }

  await load()
  return () => {
    ended = true
    clearTimeout(timer)
  }
}

/** @param {Mix} mix */
function card(mix, change) {
  const [kind] = mix.tags.map(tagCategory) // gives the place of a missing cover its colour
  const covers = mix.tracks.slice(0, COVERS).map(id => element('span', { class: `cover ${kind ?? 'other'}` }, coverImage(id)))
  return element(
    'li',
    { class: 'mix' },
    element('span', { class: 'collage', 'aria-hidden': 'true' }, covers),
    element('h2', {}, viewLink('mixes', mix.key, mix.name, { dir: 'auto' })),
    factsLine(credits(mix)),
    element('p', { class: 'buttons mix-tools' }, tools(mix, () => tracksOf(mix), change)),
  )
}

const openQueue = () => /** @type {HTMLElement | null} */ (document.querySelector('.player button.queue, button.queue'))?.click()

/** @param {Mix} mix */
const credits = ({ size, artists }) =>
  [t('playlists.tracks', { n: size }), ...artists.slice(0, ARTISTS)]

/** What can be done with a mix. `load`: fetches its tracks; they are also what is saved. */
function tools(mix, load, change) {
  const attempt = work => async () => {
    try {
      await work((await load()).tracks)
    } catch (problem) {
      showProblem(problem)
    }
  }
  const queue = tracks => {
    const n = enqueue(tracks)
    toast(t('mixes.queued', { n }), t('mixes.openQueue'), () => openQueue())
  }
  const save = async tracks => {
    const { saveTracks } = await import('./playlist_dialog.js')
    await saveTracks(tracks, mix.name, change)
  }
  const label = text => ({ 'aria-label': `${t(text)}: ${mix.name}` })
  return [
    button({ class: 'main', ...label('playlists.play'), onclick: attempt(tracks => playAll(tracks, { label: mix.name })) }, icon('play'), t('playlists.play')),
    button({ ...label('mixes.queue'), onclick: attempt(queue) }, t('mixes.queue')),
    button({ 'data-changes': true, ...label('playlists.save'), onclick: attempt(save) }, t('playlists.save')),
  ]
}

async function showOne(root, key, change, actions) {
  const { cluster, tracks } = await ask(`/${encodeURIComponent(key)}/tracks`)
  name = cluster.name
  const rows = element('section', { 'aria-label': t('playlists.list') })
  const results = createResults({ ...actions, play }, rows)
  const stop = actions.follow(results)

  function play(track, { again = false } = {}) {
    if (!again && actions.toggleIfCurrent(track)) return
    playAll(tracks, { at: tracks.findIndex(({ id }) => id === track.id), label: name, start: again ? (track.moment?.start ?? 0) : 0 })
  }

  root.replaceChildren(
    element('p', { class: 'browse' }, viewLink('mixes', '', t('nav.mixes'))),
    element('h1', { dir: 'auto' }, name),
    factsLine(credits(cluster)),
    element('p', { class: 'buttons mix-tools' }, tools(cluster, async () => ({ tracks }), change)),
    rows,
  )
  const count = tracks.length < cluster.size ? t('mixes.typical', { n: tracks.length, all: cluster.size }) : ''
  results.show({ tracks, next: null }, { count })
  return stop
}
