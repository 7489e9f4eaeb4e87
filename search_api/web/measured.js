// @ts-check
/** Tempo, key, loudness and energy of a track: from the tags of its file, or measured. */

import { button, element } from './dom.js'
import { percent } from './format.js'
import { currentLanguage, t } from './i18n.js'

/** A section, or null if nothing is known. */
export function measured(track, actions) {
  const found = track.measured ?? {}
  const known = [
    track.bpm !== null && ['bpm', `${number(track.bpm)} BPM`, source(track.bpm_source, found.bpm_confidence), other(track)],
    track.key && ['key', `${track.key} · ${track.camelot}`, source(track.key_source, found.key_confidence)],
    track.loudness !== null && ['loudness', `${number(track.loudness)} LUFS`, range(found), peak(found)],
    track.energy !== null && ['energy', percent(track.energy)],
  ].filter(Boolean)
  if (!known.length) return null
  const line = ([name, value, ...notes]) => [
    element('dt', {}, t(`measured.${name}`)),
    element('dd', { dir: 'auto' }, value, ' ', element('small', {}, notes.filter(Boolean).join(', '))),
  ]
  return element(
    'section',
    {},
    element('h3', {}, t('measured.title')),
    element('dl', { class: 'file-tags' }, known.flatMap(line)),
    track.camelot && element('p', { class: 'stems' }, mixing(track.camelot, actions)),
  )
}

/** A button for the filter by keys that mix with that of the track. */
function mixing(code, actions) {
  const term = `compatible:${code}`
  return button(
    { 'aria-pressed': actions.isFilter(term), onclick: () => actions.toggleFilter(term) },
    t('measured.mixes', { code }),
  )
}

const source = (name, confidence) =>
  name === 'measured' && confidence ? t('measured.sure', { percent: percent(confidence) }) : t(`measured.${name}`)

/** The other metrical level of a measured tempo. */
const other = ({ bpm_source: name, measured: found }) =>
  name === 'measured' && found?.bpm_other && t('measured.other', { bpm: number(found.bpm_other) })

const range = ({ loudness_range: lu }) => typeof lu === 'number' && t('measured.range', { lu: number(lu) })
const peak = ({ true_peak: db }) => typeof db === 'number' && t('measured.peak', { db: number(db) })

const number = value => value.toLocaleString(currentLanguage(), { maximumFractionDigits: 1 })
