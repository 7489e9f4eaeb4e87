// @ts-check
/** The panel of the queue: what plays, large, and what follows. On a phone it is a sheet over the page. */

import { button, byId, element, factsLine, icon, iconButton } from './dom.js'
import { clock } from './format.js'
import { t } from './i18n.js'
import { say, showProblem } from './notice.js'
import { albumLink, artistLink } from './names.js'
import { loadPart } from './parts.js'
import { cover } from './player.js'
import { clearQueue, currentQueue, onQueue, queueDetails, REPEATS, setRepeat, setShuffle, undo } from './queue.js'
import { createQueueList } from './queue_list.js'
import { soundSettings } from './queue_settings.js'

/**
 * What can be done with the whole queue: buttons at the foot of the panel. `text`: a key of a text that is loaded by then,
 * such as one of queue.LANGUAGE.json. `changes`: whether it changes the library, which a key to read does not permit.
 * @type {{text: string, changes?: boolean, run(tracks: any[], label: string, actions: any): any}[]}
 */
export const QUEUE_ACTIONS = [
  {
    text: 'queue.save',
    changes: true,
    run: async (tracks, label, actions) => (await import('./playlist_dialog.js')).saveTracks(tracks, label, actions.ask),
  },
]

const isSmall = matchMedia('(max-width: 640px)')
const BEHIND = 'body > header, body > main, #selection' // what the sheet covers

let close = null // closes the panel, if it is open

/** Opens the panel, or closes it. `player`: see `player.js`; `opener`: gets the focus back. */
export async function openQueue(player) {
  if (close) return close()
  const opener = document.activeElement
  await loadPart('queue')
  const wave = player.anotherWaveform()
  const closeButton = iconButton('close', t('queue.close'), () => close())
  const heading = element('h2', { id: 'queue-title' }, t('queue.label'))
  const playing = element('div', {
    class: 'playing-now',
    onclick: event => isSmall.matches && event.target.closest('a') && close(), // to see where the link leads
  })
  const tools = element('div', { class: 'tools-of-queue' })
  const order = element('div', { class: 'order-of-queue' })
  const panel = element('section', {
    id: 'queue',
    role: 'dialog',
    'aria-labelledby': 'queue-title',
    onkeydown: event => event.key === 'Escape' && (event.stopPropagation(), close()),
  })
  const leaving = name => (...given) => {
    if (isSmall.matches) close()
    return player.actions[name](...given)
  }
  const actions = { ...player.actions, similar: leaving('similar'), addTerm: leaving('addTerm') }
  delete actions.openDetails // the details are in the list of the page
  const list = createQueueList(panel, actions)
  const empty = element('p', { class: 'empty', hidden: true }, t('queue.empty'))
  panel.append(
    element('div', { class: 'head' }, heading, order, closeButton),
    playing,
    wave.node,
    tools,
    empty,
    list.node,
    element('div', { class: 'foot' }, QUEUE_ACTIONS.map(action => offer(action, actions)), soundSettings()),
  )

  let pictured = null
  let all = false // whether what has been played is listed, too

  function renderNow({ entry, paused }) {
    list.paused = paused
    if (!entry) return playing.replaceChildren()
    const { title, artist, album } = entry.track
    const by = [artist && artistLink(artist), album && albumLink(entry.track)]
    const focused = playing.querySelector('.toggle') === document.activeElement
    const picture = pictured?.key === entry.key ? pictured.node : cover(entry.track)
    pictured = { key: entry.key, node: picture }
    const toggle = button(
      {
        class: 'cover toggle',
        'aria-label': t(paused ? 'player.play' : 'player.pause', { title }),
        onclick: player.toggle,
      },
      icon(paused ? 'play' : 'pause'),
    )
    playing.replaceChildren(
      picture,
      element('h3', { dir: 'auto' }, title),
      factsLine(by),
      element(
        'div',
        { class: 'buttons' },
        iconButton('previous', t('player.previous'), player.previous),
        toggle,
        iconButton('next', t('player.next'), player.next),
      ),
    )
    if (focused) toggle.focus()
  }

  function renderQueue() {
    const { entries, at, shuffled, repeat, label, canUndo } = queueDetails()
    const ahead = entries.slice(at + 1).reduce((sum, { track }) => sum + (track.duration ?? 0), 0)
    const again = REPEATS[(REPEATS.indexOf(repeat) + 1) % REPEATS.length]
    const focused = [...panel.querySelectorAll('.order-of-queue button, .tools-of-queue button')].findIndex(
      node => node === document.activeElement,
    )
    order.replaceChildren(
      iconButton('shuffle', t('queue.shuffle'), () => setShuffle(!shuffled), { 'aria-pressed': String(shuffled) }),
      iconButton(repeat === 'one' ? 'repeat-one' : 'repeat', t(`queue.repeat.${repeat}`), () => repeating(again), {
        'aria-pressed': String(repeat !== 'off'),
      }),
    )
    const left = t('queue.left', { n: Math.max(0, entries.length - at - 1), time: clock(ahead) })
    tools.replaceChildren(
      element('p', {}, label && element('span', { dir: 'auto' }, label), element('span', {}, left)),
      button({ hidden: at < 1, 'aria-pressed': String(all), onclick: showEarlier }, t('queue.earlier', { n: Math.max(0, at) })),
      button({ hidden: !canUndo, onclick: () => (undo(), say(t('queue.undone'))) }, t('queue.undo')),
      button({ hidden: entries.length < 2, onclick: () => (clearQueue(), say(t('queue.cleared'))) }, t('queue.clear')),
    )
    empty.hidden = entries.length > 0
    list.render()
    if (focused >= 0) [...order.children, ...tools.querySelectorAll('button')][focused]?.['focus']()
  }

  function showEarlier() {
    all = !all
    list.all = all
    renderQueue()
  }

  function repeating(repeat) {
    setRepeat(repeat)
    say(t(`queue.repeat.${repeat}`))
  }

  const ends = [wave.close, onQueue(renderQueue), player.follow(renderNow), player.onTranslate(() => close())]

  close = () => {
    close = null
    for (const end of ends) end()
    behind(false)
    const inside = panel.contains(document.activeElement)
    panel.remove()
    if (inside && opener instanceof HTMLElement && opener.isConnected) opener.focus()
  }

  byId('player').before(panel)
  behind(isSmall.matches)
  renderNow(player.state())
  renderQueue()
  closeButton.focus()
}

/** The sheet covers the page: nothing in it can be reached. */
function behind(on) {
  for (const node of document.querySelectorAll(BEHIND)) node.toggleAttribute('inert', on)
}

/** @param {(typeof QUEUE_ACTIONS)[number]} action */
const offer = ({ text, changes, run }, actions) =>
  button({ 'data-changes': changes, onclick: () => Promise.resolve(run(currentQueue().tracks, currentQueue().label, actions)).catch(showProblem) }, t(text))
