// @ts-check
/** Radio: a queue that goes on for ever from tracks, steered while it plays. */

import { loadTexts, t } from './i18n.js'
import { nextTracks } from './journey_api.js'
import { say } from './notice.js'
import { currentQueue, onQueue, playAll, renewSource, resumeSource } from './queue.js'
import { QUEUE_ACTIONS } from './queue_view.js'

const MAX_PLAYED = 9900 // ids that are left out; the service takes 10,000
const KEY = 'polymuse.radio'
const KEPT = 2000 // ids that were played, over a reload
const RECENT = 50 // of the tracks before, for the gaps between tracks of one artist

/** @type {{seeds: string[], liked: string[], disliked: string[], played: Set<string>, label: string} | null} */
let radio = null // the one that plays

const steering = [
  { text: 'radio.more', run: () => steer('liked') },
  { text: 'radio.less', run: () => steer('disliked') },
]

/** Plays these tracks, and then for ever what resembles them. */
export async function startRadio(tracks) {
  await loadTexts('radio')
  const seeds = tracks.map(({ id }) => id).slice(0, 100)
  const label = t('radio.label', { title: tracks[0].title })
  const started = { seeds, liked: [], disliked: [], played: new Set(seeds), label }
  if (!playAll(tracks, { source: queued => more(started, queued), label })) return
  begin(started)
}

/** Goes on with the radio of the queue that this browser has kept. */
export async function resumeRadio() {
  const kept = read()
  if (!kept) return
  await loadTexts('radio')
  if (resumeSource(kept.label, queued => more(kept, queued))) begin(kept)
  else forget()
}

/** The radio as it was kept; null without one. What is read may be damaged. */
function read() {
  try {
    const { label, ...lists } = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    const [seeds, liked, disliked, played] = ['seeds', 'liked', 'disliked', 'played'].map(name =>
      lists[name].filter(id => typeof id === 'string' && id.length <= 100).slice(-KEPT))
    return seeds.length && typeof label === 'string' ? { seeds, liked, disliked, played: new Set(played), label } : null
  } catch {
    return null
  }
}

function keep({ seeds, liked, disliked, played, label }) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ seeds, liked, disliked, played: [...played].slice(-KEPT), label }))
  } catch {
    forget() // no room: the radio plays on until the page is loaded again
  }
}

const forget = () => localStorage.removeItem(KEY)

function begin(started) {
  const { label } = started
  radio = started
  keep(started)
  if (!QUEUE_ACTIONS.includes(steering[0])) QUEUE_ACTIONS.push(...steering)
  const stop = onQueue(({ label: now }) => {
    if (now === label) return
    stop()
    if (radio !== started) return
    radio = null
    forget()
    QUEUE_ACTIONS.splice(QUEUE_ACTIONS.indexOf(steering[0]), steering.length)
  })
}

async function more(started, queued) {
  const { seeds, liked, disliked, played } = started
  const before = queued.map(({ id }) => id)
  for (const id of before) played.add(id)
  const asked = { seeds, liked: liked.slice(-RECENT), disliked: disliked.slice(-RECENT), recent: before.slice(-RECENT) }
  keep(started)
  const { tracks } = await nextTracks({ ...asked, exclude: [...played].slice(-MAX_PLAYED) })
  if (tracks.length || played.size <= seeds.length) return tracks
  played.clear()
  say(t('radio.again'))
  return (await nextTracks({ ...asked, exclude: before.slice(-RECENT) })).tracks
}

/** The current track is liked or disliked, and what follows is chosen anew. */
function steer(direction) {
  const { tracks, at } = currentQueue()
  const track = tracks[at]
  if (!radio || !track) return
  radio.liked = radio.liked.filter(id => id !== track.id)
  radio.disliked = radio.disliked.filter(id => id !== track.id)
  radio[direction].push(track.id)
  for (const { id } of tracks.slice(at + 1)) radio.played.delete(id)
  keep(radio)
  renewSource()
  say(t(direction === 'liked' ? 'radio.moreSaid' : 'radio.lessSaid', { title: track.title }))
}
