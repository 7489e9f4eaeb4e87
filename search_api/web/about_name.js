// @ts-check
/** The pages of an artist, an album or a genre: what the library has of it, with all tracks in order. */

import { facet, listTracks, search } from './api.js'
import { coverImage } from './cover_image.js'
import { loadDescriptors, tagCategory, tagName } from './descriptors.js'
import { button, element, factsLine } from './dom.js'
import { filterTerm } from './filter_terms.js'
import { clock } from './format.js'
import { currentLanguage, t } from './i18n.js'
import { albumLink, artistLink, viewLink } from './names.js'
import { loadPart } from './parts.js'
import { EMPTY, withTerm } from './question.js'
import { playAll } from './queue.js'
import { createResults } from './results.js'

const FIRST = 200 // tracks of the first page
const ALBUMS = 200
const TAGS = 8
const [SEEDS, NEAR, ALIKE] = [8, 100, 8] // tracks of an artist, hits, and artists like that one
const SHELF = { sort: 'artist', order: 'asc', seed: '' }

/** The name, and for an album whose it is. */
const parts = ({ about }) => about.split('\n')

export const title = question => parts(question)[0]

export async function show(root, question, ask, actions) {
  const { view } = question
  const [name, by = ''] = parts(question)
  if (!name.trim()) {
    ask({ view: `${view}s`, about: '' })
    return () => {}
  }
  const where = [filterTerm(view, name)]
  await Promise.all([loadPart('browse'), loadDescriptors(currentLanguage())])
  const [page, years, tags, albums] = await Promise.all([
    listTracks(where, SHELF, FIRST, null),
    facet('year', where, 1000),
    facet('tag', where, TAGS),
    view === 'artist' ? facet('album', where, ALBUMS) : null,
  ])
  const heading = element('h1', { dir: 'auto' }, name)
  const up = element('p', { class: 'browse' }, viewLink(`${view}s`, '', t(`nav.${view}s`)))
  if (!page.tracks.length) {
    root.replaceChildren(up, heading, element('p', { class: 'empty' }, t('browse.none')))
    return () => {}
  }
  const rows = element('section', { 'aria-label': t('browse.tracksLabel') })
  const results = createResults({ ...actions, play: (track, options) => play(track, options) }, rows)
  const whole = answer => ({
    tracks: answer.tracks,
    next: answer.cursor && (async () => whole(await listTracks(where, SHELF, FIRST, answer.cursor))),
  })
  const list = view === 'album' ? mineFirst(whole(page), by) : whole(page)
  const stop = actions.follow(results)
  const alike = element('section')

  function play(track, { again = false } = {}) {
    if (!again && actions.toggleIfCurrent(track)) return
    const { tracks, source } = results.queue()
    playAll(tracks, { at: tracks.findIndex(({ id }) => id === track.id), source, label: name, start: again ? (track.moment?.start ?? 0) : 0 })
  }
  const playList = shuffle => {
    const { tracks, source } = results.queue()
    playAll(tracks, { shuffle, source, label: name })
  }
  root.replaceChildren(
    up,
    heading,
    ...(view === 'album' ? whose(list.tracks) : []),
    factsLine(facts(page, years.values)),
    element(
      'p',
      { class: 'buttons' },
      button({ class: 'main', onclick: () => playList(false) }, t('browse.play')),
      button({ onclick: () => playList(true) }, t('browse.shuffle')),
      button({ onclick: () => ask({ ...EMPTY, where }) }, t('browse.search')),
    ),
    ...tagChips(tags.values, where, ask),
    ...(albums?.values.length ? [albumGrid(albums, page.tracks, name)] : []),
    alike,
    rows,
  )
  results.show(list, { count: t('browse.tracks', { n: page.total }) })
  if (view === 'artist') similarArtists(page.tracks, name).then(links => alike.replaceChildren(...links), () => {}) // only an addition
  return stop
}

/** Links to the artists whose tracks are nearest to some of this one's. */
async function similarArtists(tracks, name) {
  const every = Math.max(1, Math.floor(tracks.length / SEEDS))
  const seeds = tracks.filter(({ kind }, at) => kind !== 'score' && at % every === 0).slice(0, SEEDS)
  if (!seeds.length) return []
  const terms = seeds.reduce((terms, { id, title: label }) => withTerm(terms, { kind: 'track', value: id, label }), [])
  const { hits } = await search({ ...EMPTY, terms, withoutSame: ['artist'] }, { limit: NEAR })
  const found = [...new Set(hits.map(({ artist }) => artist))].filter(artist => artist && artist !== name).slice(0, ALIKE)
  if (!found.length) return []
  return [element('h2', {}, t('browse.alike')), element('p', { class: 'whose' }, found.map(artist => element('span', {}, artistLink(artist))))]
}

/** Albums of one name: that of the artist who was asked for comes first, then those of others, each in its order. */
function mineFirst({ tracks, next }, by) {
  const mine = ({ album_artist, artist }) => by !== '' && (album_artist || artist) === by
  return { tracks: [...tracks.filter(mine), ...tracks.filter(track => !mine(track))], next }
}

/** Whose an album is: links to the first few. */
function whose(tracks) {
  const names = [...new Set(tracks.map(({ album_artist, artist }) => album_artist || artist).filter(Boolean))]
  if (!names.length) return []
  return [element('p', { class: 'whose' }, names.slice(0, 5).map(name => element('span', {}, artistLink(name))), names.length > 5 && '…')]
}

function facts(page, years) {
  const numbers = years.map(({ value }) => Number(value))
  const [from, to] = [Math.min(...numbers), Math.max(...numbers)]
  const seconds = page.tracks.reduce((sum, { duration }) => sum + duration, 0)
  return [
    t('browse.tracks', { n: page.total }),
    page.cursor ? '' : clock(seconds),
    numbers.length ? (from === to ? String(from) : `${from}–${to}`) : '',
  ].filter(Boolean)
}

function tagChips(tags, where, ask) {
  if (!tags.length) return []
  const chip = ({ value }) =>
    element(
      'li',
      {},
      button(
        {
          class: `chip ${tagCategory(value)}`,
          onclick: () => ask({ ...EMPTY, where: [...where, filterTerm('tag', value)] }),
        },
        tagName(value),
      ),
    )
  return [element('ul', { class: 'chips', 'aria-label': t('row.tags') }, tags.map(chip))]
}

/** The albums, with the covers of those whose tracks are on the first page. */
function albumGrid({ values, total }, tracks, artist) {
  const album = ({ value, tracks: n }) => {
    const track = tracks.find(each => each.album === value)
    const picture = track && coverImage(track.id)
    return element(
      'li',
      {},
      element(
        'span',
        { class: 'cover other', 'aria-hidden': 'true' },
        element('span', { class: 'initial' }, [...value][0] ?? ''),
        picture,
      ),
      albumLink(track ?? { album: value, album_artist: '', artist }),
      element('small', {}, [track?.year, t('browse.tracks', { n })].filter(Boolean).join(' · ')),
    )
  }
  return element(
    'section',
    {},
    element('h2', {}, t('nav.albums')),
    element('ul', { class: 'albums' }, values.map(album)),
    total > values.length && element('p', { class: 'hint' }, t('browse.further', { n: total - values.length })),
  )
}
