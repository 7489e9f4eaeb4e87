// @ts-check
/** One playlist: its tracks, to play, reorder and remove; its name, its order, its files. */

import { coverImage } from './cover_image.js'
import { button, element, icon, iconButton } from './dom.js'
import { clock } from './format.js'
import { t } from './i18n.js'
import { say, showProblem } from './notice.js'
import { openTrackMenu } from './on_demand.js'
import * as api from './playlist_api.js'
import { withTerm } from './question.js'
import { loadPart } from './parts.js'
import { mayChange } from './scope.js'
import { toast } from './toast.js'

const RULES = ['smooth', 'artist', 'title', 'album', 'year', 'added', 'bpm', 'key', 'energy', 'loudness', 'length', 'shuffle']
const FORMATS = ['m3u8', 'xspf', 'json', 'csv']
const STEPS = { ArrowUp: -1, ArrowDown: 1 }

/** Shows the playlist; returns its name and a function that ends its updates. */
export async function showPlaylist(root, id, ask, actions) {
  await loadPart('queue') // the rows look alike
  let { playlist, entries, total } = await api.entries(id, 0)
  const fixed = !playlist.smart
  const editable = () => fixed && mayChange()
  const heading = element('h1', { dir: 'auto' })
  const facts = element('p', { class: 'hint' })
  const tools = element('div', { class: 'buttons' })
  const list = element('ol', { class: 'playlist', 'aria-label': t('playlists.list') })
  const more = button({ class: 'more', onclick: () => attempt(loadMore) }, t('results.more'))

  let playing = { id: null, paused: true }

  /** Shows which track plays. */
  function mark(state) {
    playing = state
    entries.forEach(({ track }, place) => {
      const item = list.children[place]
      const current = track != null && track.id === state.id
      item?.classList.toggle('current', current)
      const sign = current && !state.paused ? 'pause' : 'play'
      item?.querySelector('.song .icon')?.replaceWith(icon(sign))
      item?.querySelector('button.song')?.setAttribute('aria-label', t(`queue.${sign}`, { title: entries[place].title }))
    })
  }

  const attempt = async work => {
    try {
      await work()
    } catch (problem) {
      showProblem(problem)
      if (problem.kind === 'playlist-changed') await reload() // somebody else was faster: show what there is now
    }
  }

  async function reload(focus = -1) {
    const wanted = Math.max(200, Math.min(1000, entries.length))
    ;({ playlist, entries, total } = await api.entries(id, 0, wanted))
    render(focus)
  }

  async function loadMore() {
    const at = entries.length
    const page = await api.entries(id, at)
    entries = [...entries, ...page.entries]
    render(at)
  }

  async function play(at, shuffle = false) {
    if (!shuffle && entries[at]?.track && playing.id === entries[at].track.id && actions.toggleIfCurrent(entries[at].track)) return
    const { playAll } = await import('./queue.js')
    const tracks = await api.allTracks(id)
    const before = entries.slice(0, Math.max(0, at)).filter(({ track }) => track).length
    playAll(tracks, { ...(shuffle ? { shuffle } : { at: before }), label: playlist.name })
  }

  async function change(changes, focus) {
    playlist = await api.edit(id, changes, playlist.revision)
    await reload(focus)
  }

  const numberAt = place => entries[place]?.number ?? null

  async function move(from, to) {
    if (to < 0 || to >= entries.length || to === from) return
    const before = numberAt(to > from ? to + 1 : to)
    if (to > from && to + 1 >= entries.length && entries.length < total) await loadMore()
    await change([{ op: 'move', entries: [entries[from].number], before: to > from ? numberAt(to + 1) : before }], to)
    say(t('queue.moved', { place: to + 1, n: total }))
  }

  async function drop(place) {
    const { number, title } = entries[place]
    await change([{ op: 'remove', entries: [number] }], Math.min(place, total - 2))
    toast(t('playlists.trackRemoved', { title }), t('playlists.undo'), () =>
      change([{ op: 'put_back', entries: [number] }], place))
  }

  const term = ({ id: value, title }) => ({ kind: 'track', value, label: title })
  const actionsFor = place => ({
    addTerm: (track, away) => ask({ view: 'search', about: '', terms: withTerm([], { ...term(track), away }) }),
    similar: track => ask({ view: 'search', about: '', text: '', terms: withTerm([], term(track)) }),
    ask,
    listed: editable() && {
      up: place > 0 && (() => attempt(() => move(place, place - 1))),
      down: place < entries.length - 1 && (() => attempt(() => move(place, place + 1))),
      remove: () => attempt(() => drop(place)),
    },
  })

  function row(entry, place) {
    const { title, artist, duration, track } = entry
    const picture = track && coverImage(track.id)
    const name = element('span', { class: 'now' }, element('b', { dir: 'auto' }, title), element('span', { dir: 'auto' }, artist))
    const grip = iconButton('grip', t('queue.move', { title }), () => {}, {
      class: 'quiet grip',
      'data-changes': true,
      onpointerdown: event => startDrag(event, place),
      onkeydown: event => STEPS[event.key] && byKey(event, place),
    })
    return element(
      'li',
      { class: track ? 'entry' : 'entry gone', onkeydown: event => byKey(event, place) },
      fixed ? grip : null,
      track && track.kind !== 'score'
        ? button(
            { class: 'song', 'aria-label': t('queue.play', { title }), onclick: () => attempt(() => play(place)) },
            element('span', { class: 'cover other' }, icon('play'), picture),
            name,
          )
        : element('span', { class: 'song' }, element('span', { class: 'cover other' }), name, track ? null : element('small', {}, t('playlists.gone'))),
      element('span', { class: 'time' }, duration ? clock(duration) : ''),
      track &&
        iconButton('menu', t('row.menu', { title }), event => openTrackMenu(event.currentTarget, [track], actionsFor(place), title), {
          'aria-haspopup': 'menu',
          'aria-expanded': 'false',
        }),
      fixed ? iconButton('close', t('playlists.removeTrack', { title }), () => attempt(() => drop(place)), { class: 'quiet remove', 'data-changes': true }) : null,
    )
  }

  function byKey(event, place) {
    const onGrip = event.target.classList.contains('grip')
    if (editable() && STEPS[event.key] && (event.altKey || onGrip)) attempt(() => move(place, place + STEPS[event.key]))
    else if (editable() && event.key === 'Delete') attempt(() => drop(place))
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  /** Drags an entry by its handle; the line where it would go is marked. */
  function startDrag(event, from) {
    if (event.button !== 0) return
    const grip = event.currentTarget
    /** @type {any[]} */
    const rows = [...list.children]
    let to = from
    grip.setPointerCapture(event.pointerId)
    const follow = ({ clientY }) => {
      const over = rows.findIndex(item => clientY < item.getBoundingClientRect().bottom)
      to = over < 0 ? rows.length - 1 : over
      rows.forEach((item, place) => {
        item.classList.toggle('dragged', place === from)
        item.classList.toggle('above', place === to && to < from)
        item.classList.toggle('below', place === to && to > from)
      })
      if (clientY < 60) scrollBy(0, -12)
      if (clientY > innerHeight - 120) scrollBy(0, 12)
    }
    const end = ({ type }) => {
      grip.removeEventListener('pointermove', follow)
      for (const kind of ['pointerup', 'pointercancel']) grip.removeEventListener(kind, end)
      for (const item of rows) item.classList.remove('dragged', 'above', 'below')
      if (type === 'pointerup') attempt(() => move(from, to))
    }
    grip.addEventListener('pointermove', follow)
    for (const kind of ['pointerup', 'pointercancel']) grip.addEventListener(kind, end)
  }

  async function rename() {
    const { askName } = await import('./playlist_dialog.js')
    const name = await askName(t('playlists.rename'), playlist.name)
    if (!name || name === playlist.name) return
    playlist = await api.patch(id, { name, revision: playlist.revision })
    render()
  }

  async function arrange(by) {
    const before = entries.length === total ? entries.map(({ number }) => number) : null
    playlist = await api.order(id, { by, seed: Math.floor(Math.random() * 2 ** 32), revision: playlist.revision })
    await reload()
    if (!before) return
    toast(t('playlists.ordered'), t('playlists.undo'), async () => {
      playlist = await api.order(id, { by: 'given', entries: before })
      await reload()
    })
  }

  async function removeAll() {
    await api.remove(id)
    ask({ view: 'playlists', about: '' })
    toast(t('playlists.removed', { name: playlist.name }), t('playlists.undo'), async () => {
      await api.restore(id)
      ask({ view: 'playlists', about: id })
    })
  }

  /** A select that does something and goes back to its label. */
  const choice = (label, options, run, changes = false) =>
    element(
      'select',
      {
        'data-changes': changes,
        'aria-label': label,
        onchange: event => {
          const { value } = event.target
          event.target.value = ''
          attempt(() => run(value))
        },
      },
      element('option', { value: '' }, label),
      options.map(([value, text]) => element('option', { value }, text)),
    )

  function save(format) {
    element('a', { href: api.exportUrl(id, format), download: '' }).click()
  }

  function render(focus = -1) {
    heading.textContent = playlist.name
    const known = entries.length >= total // a smart one has no duration of its own
    const seconds = fixed ? playlist.duration : known && entries.reduce((sum, entry) => sum + entry.duration, 0)
    const size = t('playlists.tracks', { n: total })
    const parts = [fixed ? '' : t('playlists.smart'), size, seconds ? clock(seconds) : '', playlist.description]
    facts.replaceChildren(...parts.filter(Boolean).map(part => element('span', { dir: 'auto' }, part)))
    list.replaceChildren(...entries.map(row))
    mark(playing)
    more.hidden = entries.length >= total
    if (!total) list.append(element('li', { class: 'hint' }, t(fixed ? 'playlists.empty' : 'playlists.nothing')))
    const target = list.children[Math.min(focus, list.children.length - 1)]
    if (focus >= 0) (target?.querySelector('.grip') ?? target?.querySelector('button'))?.['focus']()
  }

  tools.append(
    button({ class: 'main', onclick: () => attempt(() => play(-1)) }, t('playlists.play')),
    button({ onclick: () => attempt(() => play(0, true)) }, t('playlists.shuffle')),
    ...(fixed ? [choice(t('playlists.order'), RULES.map(rule => [rule, t(`playlists.by.${rule}`)]), arrange, true)] : []),
    choice(t('playlists.export'), FORMATS.map(format => [format, format.toUpperCase()]), save),
    button({ 'data-changes': true, onclick: () => attempt(rename) }, t('playlists.rename')),
    button({ 'data-changes': true, onclick: () => attempt(removeAll) }, t('playlists.remove')),
  )
  const back = button({ class: 'plain', onclick: () => ask({ view: 'playlists', about: '' }) }, t('playlists.back'))
  render()
  root.replaceChildren(back, heading, facts, tools, list, more)
  return { name: playlist.name, close: actions.follow({ mark, syncSelection() {} }) }
}
