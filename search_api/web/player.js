// @ts-check
/** The player: the bar at the foot of the page, with the track, its waveform and the controls. */

import { waveform as fetchWaveform } from './api.js'
import { coverImage } from './cover_image.js'
import { button, byId, element, icon, iconButton } from './dom.js'
import { clock } from './format.js'
import { t } from './i18n.js'
import { problemBox, say, showProblem } from './notice.js'
import { onDemand } from './on_demand.js'
import { loadPart } from './parts.js'
import { addIcons } from './player_icons.js'
import { createPlaying } from './playing.js'
import { canSetVolume, currentSound, onSound, setSound } from './sound.js'
import { createWaveform } from './waveform.js'

const STEP = 0.05 // of the volume slider
const TROUBLES = { away: 'player.away', blocked: 'player.blocked', 'other-tab': 'player.otherTab' }

/** `onChange({id, paused})`: the track has changed, or playback was started or stopped. `actions`: of menus of tracks. */
export async function createPlayer(onChange, actions) {
  await loadPart('player')
  addIcons()
  const root = byId('player')
  const playing = createPlaying(root, { onChange: changed, onTime: advanced })
  const waveform = createWaveform(playing.seek)
  const waveforms = new Set([waveform]) // the panel of the queue has one, too
  const trouble = element('div', { class: 'trouble', hidden: true })
  const bar = element('div', { class: 'bar' })
  /** @type {Record<string, any>} */
  let controls = {}
  /** @type {import('./playing.js').PlayingState} */
  let state = { entry: null, paused: true, waiting: false, trouble: null }
  let wave = { peaks: [], seconds: 0, at: 0, moment: null } // what the waveforms show
  let loading = new AbortController()
  const followers = new Set()
  const translators = new Set()
  root.append(trouble, bar)

  function render() {
    const name = element('span', { class: 'now' })
    controls = {
      previous: iconButton('previous', t('player.previous'), playing.previous, { class: 'quiet previous' }),
      toggle: button({ class: 'cover toggle', onclick: playing.toggle }),
      next: iconButton('next', t('player.next'), playing.next, { class: 'quiet next' }),
      track: button({ class: 'track', 'aria-haspopup': 'dialog', onclick: openQueue }, element('span', { class: 'picture' }), name),
      name,
      time: element('p', { class: 'time', 'aria-hidden': 'true' }),
      best: element('div', { class: 'best' }),
      mute: iconButton('volume', t('player.mute'), mute, { class: 'quiet mute' }),
      volume: volumeSlider(),
      queue: iconButton('queue', t('player.queue'), openQueue, { class: 'quiet queue', 'aria-haspopup': 'dialog' }),
    }
    const { previous, toggle, next, track, time, best, queue } = controls
    bar.replaceChildren(previous, toggle, next, track, waveform.node, time, best, controls.mute, controls.volume, queue)
    showSound()
  }

  /** On iOS only the buttons of the device change the volume. */
  function volumeSlider() {
    const slider = element('input', {
      type: 'range',
      class: 'volume',
      min: 0,
      max: 1,
      step: STEP,
      value: currentSound().volume,
      hidden: !canSetVolume,
      'aria-label': t('player.volume'),
      oninput: () => setSound({ volume: Number(slider.value), muted: false }),
    })
    return slider
  }

  function showSound() {
    const { volume, muted } = currentSound()
    const silent = muted || volume === 0
    controls.volume.value = String(muted ? 0 : volume)
    controls.mute.replaceChildren(icon(silent ? 'muted' : 'volume'))
    controls.mute.setAttribute('aria-pressed', String(silent))
  }

  function mute() {
    const { volume, muted } = currentSound()
    setSound(volume === 0 ? { volume: 0.5, muted: false } : { muted: !muted })
    say(t(currentSound().muted ? 'player.muted' : 'player.unmuted'))
  }

  function changed(now) {
    const isOther = now.entry?.track.id !== state.entry?.track.id
    const said = now.trouble?.problem !== state.trouble?.problem || now.trouble?.kind !== state.trouble?.kind
    const isNew = now.entry !== state.entry
    state = now
    root.hidden = !now.entry
    document.body.classList.toggle('playing', now.entry !== null)
    if (said) showTrouble()
    if (isNew && now.entry) describe(isOther)
    if (now.entry) {
      const { title } = now.entry.track
      controls.toggle.replaceChildren(icon(now.paused ? 'play' : 'pause'))
      controls.toggle.setAttribute('aria-label', t(now.paused ? 'player.play' : 'player.pause', { title }))
      controls.toggle.classList.toggle('waiting', now.waiting)
      advanced()
    }
    onChange({ id: now.entry?.track.id ?? null, paused: now.paused })
    for (const follower of [...followers]) follower(state)
  }

  /** The picture, the names and the waveform of another track. */
  function describe(isOther) {
    const { track } = state.entry
    const { title, artist, moment } = track
    controls.name.replaceChildren(element('b', { dir: 'auto' }, title), element('span', { dir: 'auto' }, artist ?? ''))
    controls.track.setAttribute('aria-label', t('player.open', { title }))
    controls.track.querySelector('.picture').replaceChildren(cover(track))
    controls.best.replaceChildren(
      ...(moment ? [iconButton('moment', t('player.best', { start: clock(moment.start) }), toBest)] : []),
    )
    show({ moment: moment ?? null })
    if (isOther) loadPeaks(track)
  }

  function toBest() {
    playing.seek(state.entry.track.moment.start)
    if (state.paused) playing.toggle()
  }

  /** Playback does not wait for the waveform. */
  async function loadPeaks(track) {
    loading.abort()
    loading = new AbortController()
    show({ peaks: [] })
    try {
      show(await fetchWaveform(track.id, loading.signal))
    } catch (problem) {
      if (problem.name !== 'AbortError') console.warn(problem) // if the file has a problem, it is reported when it is played
    }
  }

  function show(change) {
    wave = { ...wave, ...change }
    for (const { show } of waveforms) show(wave)
  }

  function advanced() {
    const [at, seconds] = [playing.position(), playing.seconds()]
    controls.time.textContent = `${clock(at)} / ${clock(seconds)}`
    bar.style.setProperty('--part', String(seconds ? at / seconds : 0))
    show({ at, seconds })
  }

  function showTrouble() {
    const { trouble: now } = state
    trouble.hidden = now === null
    if (!now) return trouble.replaceChildren()
    const words = TROUBLES[now.kind]
    const skip = button({ onclick: playing.next }, t('player.skip'))
    if (words) return trouble.replaceChildren(element('div', { class: 'waiting', role: 'alert' }, element('p', {}, t(words))))
    const box = problemBox(now.problem, playing.retry)
    box.append(skip, element('p', { class: 'title' }, t(`player.${now.kind}`, { title: state.entry.track.title })))
    trouble.replaceChildren(box)
  }

  async function openQueue() {
    try {
      const { openQueue: open } = await onDemand(import('./queue_view.js'))
      await open(face)
    } catch (problem) {
      showProblem(problem, problem.reload)
    }
  }

  const face = {
    ...playing,
    actions,
    mute,
    openQueue,
    state: () => state,
    /** Calls `follower(state)` after every change; returns a function that ends it. */
    follow(follower) {
      followers.add(follower)
      return () => followers.delete(follower)
    },
    /** Calls `translator()` when the language has changed; returns a function that ends it. */
    onTranslate(translator) {
      translators.add(translator)
      return () => translators.delete(translator)
    },
    /** Another waveform of what plays, see `waveform.js`; returns its node and a function that ends it. */
    anotherWaveform() {
      const another = createWaveform(playing.seek)
      waveforms.add(another)
      another.show(wave)
      return { node: another.node, close: () => waveforms.delete(another) }
    },
    skip: seconds => playing.seek(Math.max(0, playing.position() + seconds)),
    translate() {
      render()
      showTrouble()
      if (state.entry) describe(false)
      playing.sync()
      for (const translator of [...translators]) translator()
    },
  }

  render()
  onSound(showSound)
  playing.sync()
  if (localStorage.getItem('polymuse.radio')) import('./radio.js').then(({ resumeRadio }) => resumeRadio()).catch(() => {}) // it plays on all the same
  if (matchMedia('(any-pointer: coarse)').matches) import('./swipe.js').then(({ installSwipe }) => installSwipe(), () => {})
  return face
}

/** The picture of a track, or its initial. */
export function cover({ id, title }) {
  const picture = coverImage(id, { loading: null })
  const initial = [...title][0]?.toLocaleUpperCase() ?? ''
  return element('span', { class: 'cover other' }, element('span', { class: 'initial', 'aria-hidden': 'true' }, initial), picture)
}
