// @ts-check
/** What the lock screen, media keys and headphones show and control. */

import { coverUrl } from './api.js'
import { clean } from './dom.js'

const session = 'mediaSession' in navigator ? navigator.mediaSession : null

/** `handlers`: play, pause, previoustrack, nexttrack, seekto. WebKit forgets them when playback starts: call it again. */
export function setHandlers(handlers) {
  // Skipping some seconds would take the place of "next" and "previous" on the lock screen of iOS.
  for (const [name, handler] of Object.entries({ ...handlers, seekbackward: null, seekforward: null })) {
    try {
      session?.setActionHandler(/** @type {any} */ (name), handler)
    } catch {
      // a browser that does not know the action
    }
  }
}

/** Shows a track; null: nothing plays. */
export function showTrack(track) {
  if (!session) return
  session.metadata =
    track &&
    new MediaMetadata({
      title: clean(track.title),
      artist: clean(track.artist ?? ''),
      album: clean(track.album ?? ''),
      artwork: [{ src: coverUrl(track.id) }],
    })
}

/** @param {HTMLAudioElement} audio */
export function showPosition(audio) {
  if (!session) return
  session.playbackState = audio.paused ? 'paused' : 'playing'
  const { duration, currentTime: position } = audio
  if (Number.isFinite(duration) && position <= duration) session.setPositionState?.({ duration, position })
}
