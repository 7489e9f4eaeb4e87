// @ts-check
/** What the file says of a track: who, where on the album, tempo, key, comment and lyrics. */

import { element } from './dom.js'
import { t } from './i18n.js'

const TIMES = /^(?:\[\d+:\d\d(?:[.:]\d+)?\]\s*)+/gm // in front of a line of LRC
const HEADERS = /^\[[a-z]+:.*\]\s*$/gm // such as [ar:Queen]

/** A section, or null if the file says nothing of this. */
export function fileTags(track) {
  const values = {
    album_artist: track.album_artist,
    track: [track.disc_number, track.track_number].filter(Boolean).join('–'),
    composer: track.composers.join(', '),
    label: track.label,
    original_year: track.original_year !== track.year && track.original_year,
    bpm: track.tag_bpm && Math.round(track.tag_bpm * 10) / 10,
    key: track.tag_key,
    comment: track.comment,
  }
  const known = Object.entries(values).filter(([, value]) => value)
  const words = track.lyrics.replace(HEADERS, '').replace(TIMES, '').trim()
  if (!known.length && !words) return null
  const line = ([name, value]) => [element('dt', {}, t(`file.${name}`)), element('dd', { dir: 'auto' }, String(value))]
  return element(
    'section',
    {},
    element('h3', {}, t('more.file_tags')),
    known.length > 0 && element('dl', { class: 'file-tags' }, known.flatMap(line)),
    words && lyrics(words),
  )
}

const lyrics = words =>
  element(
    'details',
    { class: 'lyrics' },
    element('summary', {}, t('file.lyrics')),
    element('p', { dir: 'auto' }, words),
  )
