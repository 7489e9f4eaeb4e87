// @ts-check
/** The view of playlists: all of them, or one. */

import { button, element } from './dom.js'
import { clock } from './format.js'
import { t } from './i18n.js'
import { viewLink } from './names.js'
import { showProblem } from './notice.js'
import { loadPart } from './parts.js'
import * as api from './playlist_api.js'
import { showPlaylist } from './playlist_view.js'
import { toast } from './toast.js'

let name = '' // of the playlist that is shown

export const title = ({ about }) => (about && name) || t('playlists.title')

/** Fills the section `root`; returns a function that ends its updates. */
export async function show(root, { about }, ask, actions) {
  await loadPart('playlists')
  if (about) {
    const shown = await showPlaylist(root, about, ask, actions)
    name = shown.name
    return shown.close
  }
  return showAll(root, ask)
}

async function showAll(root, ask) {
  const list = element('ul', { class: 'playlists' })
  const outcome = element('div', { role: 'status' })
  const input = element('input', {
    type: 'file',
    hidden: true,
    accept: '.m3u,.m3u8,.pls,.xspf,.json,.csv',
    onchange: () => input.files?.[0] && load(input.files[0]),
  })
  const named = element('input', { type: 'text', maxlength: 200, required: true, dir: 'auto', 'aria-label': t('playlists.name'), placeholder: t('playlists.name') })
  const form = element(
    'form',
    { class: 'new-playlist', 'data-changes': true, onsubmit: event => (event.preventDefault(), make()) },
    named,
    element('button', { class: 'main' }, t('playlists.create')),
    button({ onclick: () => input.click() }, t('playlists.import')),
    input,
  )

  async function make() {
    try {
      const { id } = await api.create({ name: named.value })
      ask({ view: 'playlists', about: id })
    } catch (problem) {
      showProblem(problem)
    }
  }

  async function load(file) {
    input.value = ''
    outcome.replaceChildren(element('p', { class: 'hint' }, t('playlists.importing', { name: file.name })))
    try {
      outcome.replaceChildren(report(await api.importFile(file), ask))
      await render()
    } catch (problem) {
      outcome.replaceChildren()
      showProblem(problem)
    }
  }

  async function drop(playlist) {
    try {
      await api.remove(playlist.id)
      await render()
      toast(t('playlists.removed', { name: playlist.name }), t('playlists.undo'), async () => {
        await api.restore(playlist.id)
        await render()
      })
    } catch (problem) {
      showProblem(problem)
    }
  }

  const item = playlist => {
    const { id, smart, count, duration } = playlist
    const size = smart ? t('playlists.smart') : t('playlists.tracks', { n: count })
    return element(
      'li',
      {},
      button(
        { class: 'open', onclick: () => ask({ view: 'playlists', about: id }) },
        element('b', { dir: 'auto' }, playlist.name),
        element('span', {}, smart || !count ? size : `${size} · ${clock(duration)}`),
      ),
      button({ 'data-changes': true, 'aria-label': t('playlists.removeOne', { name: playlist.name }), onclick: () => drop(playlist) }, t('playlists.remove')),
    )
  }

  async function render() {
    const all = await api.playlists()
    list.replaceChildren(...all.map(item))
    if (!all.length) list.append(element('li', { class: 'hint' }, t('playlists.none')))
  }

  const dropping = {
    dragover: event => event.dataTransfer?.types.includes('Files') && event.preventDefault(),
    drop: event => {
      const file = event.dataTransfer?.files[0]
      if (!file) return
      event.preventDefault()
      event.stopPropagation() // the page would search for it
      load(file)
    },
  }
  for (const [kind, listener] of Object.entries(dropping)) root.addEventListener(kind, listener)
  await render()
  root.replaceChildren(element('h1', {}, t('playlists.title')), element('p', { class: 'browse' }, viewLink('mixes', '', t('nav.mixes'))), form, outcome, list)
  return () => {
    for (const [kind, listener] of Object.entries(dropping)) root.removeEventListener(kind, listener)
  }
}

/** What has become of an imported file. */
function report({ playlist, found, lines }, ask) {
  const unknown = lines.filter(({ how }) => !how)
  const known = lines.length - unknown.length
  const ways = Object.entries(found).filter(([how]) => how)
  const shown = unknown.slice(0, 100)
  return element(
    'section',
    { class: 'card' },
    element('h2', { dir: 'auto' }, playlist.name),
    element('p', {}, t('playlists.found', { n: known, all: lines.length })),
    ways.length > 0 && element('p', { class: 'hint' }, ways.map(([how, n]) => t(`playlists.how.${how.replaceAll(' ', '-')}`, { n })).join(' · ')),
    unknown.length > 0 &&
      element(
        'details',
        {},
        element('summary', {}, t('playlists.unknown', { n: unknown.length })),
        element('ul', {}, shown.map(({ line, title, artist, path }) =>
          element('li', { dir: 'auto' }, `${line}: ${path || [artist, title].filter(Boolean).join(' – ')}`))),
      ),
    button({ onclick: () => ask({ view: 'playlists', about: playlist.id }) }, t('playlists.open')),
  )
}
