// @ts-check
/** Dialogs that ask for a playlist or a name: to add tracks, to save results, a search or the queue. */

import { button, element } from './dom.js'
import { t } from './i18n.js'
import { loadPart } from './parts.js'
import * as api from './playlist_api.js'
import { toRequest } from './question.js'
import { toast } from './toast.js'

const MOST = 50_000
const RANKED = 1000 // tracks that the service ranks
const USUAL = 100 // of those, how many are offered: the rest is less and less alike

/** Opens a dialog with this content; resolves when it is closed, with the value it was closed with. */
async function open(heading, fill) {
  await loadPart('playlists')
  const dialog = element('dialog', { class: 'playlist-dialog', 'aria-labelledby': 'playlist-heading' })
  const opener = document.activeElement
  return new Promise(resolve => {
    let answer = null
    const close = value => {
      answer = value
      dialog.close()
    }
    dialog.addEventListener('close', () => {
      dialog.remove()
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus()
      resolve(answer)
    })
    dialog.append(element('h2', { id: 'playlist-heading' }, heading()), ...fill(close))
    document.body.append(dialog)
    dialog.showModal()
  })
}

const nameField = value =>
  element('input', { type: 'text', maxlength: 200, required: true, dir: 'auto', value, 'aria-label': t('playlists.name') })

const footer = (label, close) => [
  element('button', { class: 'main' }, label),
  button({ onclick: () => close(null) }, t('playlists.cancel')),
]

/** A name, or null. */
export const askName = (heading, value = '') =>
  open(
    () => heading,
    close => {
      const input = nameField(value)
      return [
        element(
          'form',
          { onsubmit: event => (event.preventDefault(), close(input.value)) },
          input,
          element('div', { class: 'buttons' }, footer(t('playlists.save'), close)),
        ),
      ]
    },
  )

/** Adds tracks to a playlist that is chosen, or to a new one. */
export async function addToPlaylist(tracks, ask) {
  const [all] = await Promise.all([api.playlists(), loadPart('playlists')])
  const fixed = all.filter(({ smart }) => !smart)
  const ids = tracks.map(({ id }) => id)
  const chosen = await open(
    () => t('playlists.addTo', { n: ids.length }),
    close => {
      const input = nameField('')
      input.placeholder = t('playlists.new')
      return [
        element(
          'form',
          { class: 'new-playlist', onsubmit: event => (event.preventDefault(), close({ name: input.value })) },
          input,
          element('button', { class: 'main' }, t('playlists.create')),
        ),
        element('ul', { class: 'choices' }, fixed.map(playlist =>
          element('li', {}, button({ class: 'open', onclick: () => close(playlist) },
            element('b', { dir: 'auto' }, playlist.name), element('span', {}, t('playlists.tracks', { n: playlist.count })))))),
        element('div', { class: 'buttons' }, button({ onclick: () => close(null) }, t('playlists.cancel'))),
      ]
    },
  )
  if (!chosen) return
  const made = chosen.id ? await api.addTracks(chosen.id, { tracks: ids }) : await api.create({ name: chosen.name, tracks: ids })
  saved(made, ask)
}

/** Makes a playlist of all results of a question, or of the search itself. */
export async function saveResults(question, name, ask) {
  await loadPart('playlists')
  const { limit, offset, explain, moments, ...search } = toRequest(question)
  const ranked = [search.texts, search.not_texts, search.tracks, search.not_tracks, search.audio, search.not_audio]
  const isRanked = ranked.some(terms => terms.length > 0) // all tracks are hits, the further the less alike
  const most = element('input', { type: 'number', min: 1, max: RANKED, value: USUAL, required: true })
  const hasUpload = search.audio.length > 0 || search.not_audio.length > 0
  const chosen = await open(
    () => t('playlists.saveResults'),
    close => {
      const input = nameField(name || t('playlists.title'))
      const kind = (value, label, hint, disabled = false) =>
        element('label', {}, element('input', { type: 'radio', name: 'kind', value, checked: value === 'fixed', disabled }),
          element('span', {}, element('b', {}, label), element('span', {}, hint)))
      const form = element(
        'form',
        {
          onsubmit: event => {
            event.preventDefault()
            close({ name: input.value, smart: new FormData(form).get('kind') === 'smart', count: isRanked ? Number(most.value) : MOST })
          },
        },
        input,
        kind('fixed', t('playlists.asFixed'), t('playlists.asFixed.hint')),
        kind('smart', t('playlists.asSmart'), t(hasUpload ? 'playlists.asSmart.upload' : 'playlists.asSmart.hint'), hasUpload),
        isRanked && element('label', { class: 'most' }, t('playlists.most'), most),
        isRanked && element('p', { class: 'hint' }, search.min_score ? t('playlists.most.score', { score: search.min_score }) : t('playlists.most.hint', { n: RANKED })),
        element('div', { class: 'buttons' }, footer(t('playlists.save'), close)),
      )
      return [form]
    },
  )
  if (!chosen) return
  saved(await api.create({ ...chosen, search }), ask)
}

/** Makes a playlist of the tracks of the queue. */
export async function saveTracks(tracks, name, ask) {
  await loadPart('playlists')
  const chosen = await askName(t('playlists.new'), name || t('playlists.title'))
  if (chosen) saved(await api.create({ name: chosen, tracks: tracks.map(({ id }) => id) }), ask)
}

function saved({ id, name, smart, count }, ask) {
  const text = smart ? t('playlists.savedSmart', { name }) : t('playlists.saved', { name, n: count })
  toast(text, t('playlists.open'), () => ask({ view: 'playlists', about: id }))
}

