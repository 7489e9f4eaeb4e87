// @ts-check
/**
 * How loud tracks are played: volume, mute, equal loudness and crossfade, kept in this browser.
 *
 * Loudness is changed with the volume of the <audio> elements, not with Web Audio: iOS suspends an AudioContext when the
 * screen is locked, and then the music would stop. A volume is at most 1, so nothing can clip, whatever the true peak;
 * a track that is quieter than the reference is raised only as far as the volume is turned down.
 */

const KEY = 'polymuse.sound'
const REFERENCE = -18 // LUFS; ReplayGain 2 brings tracks to it
export const MAX_CROSSFADE = 12 // seconds

const DEFAULTS = { volume: 1, muted: false, level: true, crossfade: 0 }
const listeners = new Set()

let sound = { ...DEFAULTS, ...kept() }

/** What was kept, as far as it is valid. */
function kept() {
  try {
    const { volume, muted, level, crossfade } = JSON.parse(localStorage.getItem(KEY) ?? '{}') ?? {}
    return {
      ...(volume >= 0 && volume <= 1 && { volume: Number(volume) }),
      ...(typeof muted === 'boolean' && { muted }),
      ...(typeof level === 'boolean' && { level }),
      ...(crossfade >= 0 && crossfade <= MAX_CROSSFADE && { crossfade: Number(crossfade) }),
    }
  } catch {
    return {}
  }
}

/** `volume`: 0 to 1, as the slider shows it. `level`: equal loudness. `crossfade`: seconds, 0 is off. */
export const currentSound = () => sound

/** @param {Partial<typeof DEFAULTS>} change */
export function setSound(change) {
  sound = { ...sound, ...change }
  try {
    localStorage.setItem(KEY, JSON.stringify(sound))
  } catch {
    // no room: the choice holds until the page is closed
  }
  for (const listener of [...listeners]) listener()
}

export const onSound = listener => listeners.add(listener)

/** The volume of an <audio>, 0 to 1, for a track of this loudness (LUFS; null or undefined: not known). */
export function volumeFor(loudness) {
  const { volume, muted, level } = sound
  const gain = level && Number.isFinite(loudness) ? 10 ** ((REFERENCE - loudness) / 20) : 1
  return muted ? 0 : Math.min(1, volume ** 2 * gain) // squared, because loudness is perceived by ratios
}

/** Whether scripts can set a volume: not on iOS, where only the buttons of the device can. */
export const canSetVolume = (() => {
  const probe = new Audio()
  probe.volume = 0.5
  return probe.volume === 0.5
})()
