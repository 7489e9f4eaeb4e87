// @ts-check
/** One track in a list: its metadata, its score and best moment, and its buttons. */

import { coverImage } from './cover_image.js'
import { tagName } from './descriptors.js'
import { button, element, factsLine, icon, iconButton } from './dom.js'
import { filterTerm } from './filter_terms.js'
import { clock, decimal, percent, score } from './format.js'
import { kindName, t } from './i18n.js'
import { albumLink, artistLink } from './names.js'
import { stemName } from './mix.js'
import { showProblem } from './notice.js'
import { onDemand, openTrackMenu } from './on_demand.js'
import { loadPart } from './parts.js'

const CHIPS = 5 // tags shown before the row is opened

const touches = matchMedia('(pointer: coarse)')
const tracks = new WeakMap()

/** The track of a row. */
export const trackOf = item => tracks.get(item)

/**
 * `track`: a hit, a track of the library or a point of the map. `top`: the score that fills the meter.
 * `actions`: play, addTerm, similar, toggleFilter, select, isSelected, isFilter.
 */
export function row(track, actions, top = 1) {
  const panel = element('div', { class: 'details', hidden: true })
  const item = element(
    'li',
    { class: 'row', 'data-id': track.id },
    track.kind === 'score' ? sheet() : playButton(track, actions),
    element('div', { class: 'about' }, title(track, actions), facts(track), chips(track, actions)),
    track.score === undefined ? numbers(track) : fit(track, actions, top),
    element(
      'div',
      { class: 'actions' },
      favourite(track),
      iconButton('plus', t('row.add', { title: track.title }), () => actions.addTerm(track, false), {
        'data-action': 'add',
      }),
      iconButton('minus', t('row.subtract', { title: track.title }), () => actions.addTerm(track, true), {
        'data-action': 'subtract',
      }),
      iconButton('similar', t('row.similar', { title: track.title }), () => actions.similar(track), {
        'data-action': 'similar',
      }),
      iconButton(
        'more',
        t('row.more', { title: track.title }),
        event => open(event.currentTarget, panel, track, actions),
        { 'aria-expanded': 'false', 'data-action': 'more' },
      ),
      iconButton('menu', t('row.menu', { title: track.title }), event => openMenu(event.currentTarget, track, actions), {
        'aria-haspopup': 'menu',
        'aria-expanded': 'false',
        'data-action': 'menu',
      }),
      checkbox(track, actions),
    ),
    panel,
  )
  tracks.set(item, track)
  return item
}

function playButton(track, actions) {
  const hue = track.tags[0]?.category ?? 'other'
  const picture = coverImage(track.id, { width: 56, height: 56 })
  return button(
    {
      class: `cover ${hue}`,
      'data-action': 'play',
      'aria-label': t('row.play', { title: track.title }),
      onclick: () => actions.play(track),
    },
    element('span', { class: 'initial', 'aria-hidden': 'true' }, [...track.title][0]?.toLocaleUpperCase() ?? ''),
    picture,
    element('span', { class: 'sign' }, icon('play')),
  )
}

/** The place of the play button, for a score: there is nothing to play. */
const sheet = () => element('span', { class: 'cover sheet', 'aria-hidden': 'true' }, icon('score'))

/** On a phone, a tap on the title plays, too; the button with the cover is there for keyboards and screen readers. */
function title(track, actions) {
  const tapped = () => touches.matches && track.kind !== 'score' && actions.play(track)
  return element('h2', { class: 'title', dir: 'auto', onclick: tapped }, track.title)
}

function facts(track) {
  const isScore = track.kind === 'score'
  const by = (isScore && track.composers?.join(', ')) || track.artist
  const known = [
    by && (by === track.artist ? artistLink(by) : by),
    track.album && albumLink(track),
    track.year && String(track.year),
    track.duration && clock(track.duration),
  ]
  const measured = [track.bpm && `${Math.round(track.bpm)} BPM`, track.key].filter(Boolean)
  const line = factsLine([isScore && element('span', { class: 'kind' }, kindName('score')), ...known])
  line.append(...measured.map(fact => element('span', { class: 'inline' }, ` · ${fact}`)))
  return line
}

/** Tempo, key and loudness in columns, where there is room for them. */
function numbers(track) {
  const shown = {
    bpm: track.bpm && `${Math.round(track.bpm)} BPM`,
    key: [track.key, track.camelot].filter(Boolean).join(' · '),
    loudness: track.loudness != null && `${decimal(track.loudness)} LUFS`,
  }
  const cells = Object.entries(shown).map(([name, text]) => element('span', { title: t(`sort.${name}`) }, text || ''))
  return element('p', { class: 'numbers' }, cells)
}

function chips(track, actions) {
  if (!track.tags.length) return null
  const chip = tag => {
    const term = filterTerm('tag', tag.slug)
    const confidence = tag.confidence === undefined ? {} : { title: percent(tag.confidence) }
    return element(
      'li',
      {},
      button(
        {
          class: `chip ${tag.category}`,
          'data-slug': tag.slug,
          'aria-pressed': actions.isFilter(term),
          onclick: () => actions.toggleFilter(term),
          ...confidence,
        },
        tagName(tag.slug),
      ),
    )
  }
  return element('ul', { class: 'chips', 'aria-label': t('row.tags') }, track.tags.slice(0, CHIPS).map(chip))
}

/** The score, the stem that contributed most, and the best moment. */
function fit(track, actions, top) {
  const bar = element('span', { class: 'meter', 'aria-hidden': 'true' }, element('i'))
  bar.style.setProperty('--part', String(Math.max(0, Math.min(1, track.score / Math.max(top, 1e-6)))))
  return element(
    'div',
    { class: 'fit' },
    element(
      'p',
      { class: 'score', title: t('row.score') },
      bar,
      element('b', { 'aria-label': t('row.scoreOf', { score: score(track.score) }), role: 'img' }, score(track.score)),
    ),
    element(
      'p',
      { class: 'where' },
      element('span', { class: 'stem' }, stemName(track.stem)),
      track.moment && moment(track, actions),
    ),
  )
}

function moment(track, actions) {
  const { start, end } = track.moment
  const strip = element('span', { class: 'strip', 'aria-hidden': 'true' }, element('i'))
  strip.style.setProperty('--from', String(start / track.duration))
  strip.style.setProperty('--to', String(Math.min(1, end / track.duration)))
  const label = t('row.moment', { start: clock(start), end: clock(end) })
  return button(
    { class: 'moment', title: label, 'aria-label': label, onclick: () => actions.play(track, { again: true }) },
    strip,
    clock(start),
  )
}

function checkbox(track, actions) {
  const box = element('input', {
    type: 'checkbox',
    checked: actions.isSelected(track.id),
    'data-action': 'select',
    'aria-label': t('row.select', { title: track.title }),
    onchange: () => actions.select(track, box.checked),
  })
  return element('label', { class: 'select', title: t('row.selectShort') }, box)
}

function favourite(track) {
  const heart = button(
    {
      class: 'quiet heart',
      'data-changes': true,
      'data-action': 'favourite',
      'aria-pressed': String(Boolean(track.marks?.favourite_since)),
      'aria-label': t('row.favourite', { title: track.title }),
      onclick: async () => {
        try {
          const { setFavourite } = await onDemand(import('./marks.js'))
          await setFavourite([track], heart.getAttribute('aria-pressed') !== 'true')
        } catch (problem) {
          showProblem(problem)
        }
      },
    },
    '♥',
  )
  return heart
}

function openMenu(opener, track, actions) {
  const openDetails = () => opener.closest('.row').querySelector('[data-action=more]').click()
  openTrackMenu(opener, [track], { ...actions, openDetails }, track.title)
}

function open(opener, panel, track, actions) {
  panel.hidden = !panel.hidden
  opener.setAttribute('aria-expanded', !panel.hidden)
  if (!panel.hidden && !panel.hasChildNodes() && !panel.ariaBusy) fill(panel, track, actions)
}

async function fill(panel, track, actions) {
  panel.ariaBusy = 'true'
  try {
    const [{ details }] = await onDemand(Promise.all([import('./details.js'), loadPart('details')]))
    await details(panel, track, actions)
  } catch (problem) {
    showProblem(problem)
  } finally {
    panel.ariaBusy = null
  }
}
