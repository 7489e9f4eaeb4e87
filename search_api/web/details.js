// @ts-check
/** The details of an open row: why the track matched, similar tracks by stem, all tags, tempo and key, what the file says. */

import { track as fetchTrack } from './api.js'
import { tagName } from './descriptors.js'
import { button, element } from './dom.js'
import { fileTags } from './file_tags.js'
import { percent, score } from './format.js'
import { t } from './i18n.js'
import { measured } from './measured.js'
import { stemName } from './mix.js'
import { showProblem } from './notice.js'
import { MIX } from './question.js'

/** Fills `panel`; requests what the list does not have. */
export async function details(panel, track, actions) {
  panel.append(...[track.parts?.length ? why(track) : null].filter(Boolean))
  try {
    const whole = await fetchTrack(track.id)
    const sections = [moreLikeIt(whole, actions), tags(whole), measured(whole, actions), fileTags(whole), file(whole)]
    panel.append(...sections.filter(Boolean))
  } catch (problem) {
    showProblem(problem)
  }
}

function why(track) {
  const line = part =>
    element(
      'tr',
      { class: part.contribution < 0 ? 'against' : 'for' },
      element('th', { scope: 'row', dir: 'auto' }, part.label || t('why.upload')),
      element('td', {}, stemName(part.stem)),
      element('td', { class: 'number' }, score(part.similarity)),
      element('td', { class: 'number' }, `${part.contribution < 0 ? '' : '+'}${score(part.contribution)}`),
    )
  const heads = ['why.part', 'why.stem', 'why.similarity', 'why.adds'].map((key, at) =>
    element('th', { scope: 'col', class: at > 1 ? 'number' : '' }, t(key)),
  )
  return element(
    'section',
    {},
    element('h3', {}, t('why.title')),
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, heads)),
      element('tbody', {}, track.parts.map(line)),
      element(
        'tfoot',
        {},
        element(
          'tr',
          {},
          element('th', { scope: 'row', colspan: 3 }, t('why.score')),
          element('td', { class: 'number' }, score(track.score)),
        ),
      ),
    ),
  )
}

function moreLikeIt(track, actions) {
  const stems = [MIX, ...Object.keys(track.stems).filter(stem => track.stems[stem].present)]
  const ask = stem => button({ onclick: () => actions.similar(track, stem) }, stemName(stem))
  return element('section', {}, element('h3', {}, t('more.title')), element('p', { class: 'stems' }, stems.map(ask)))
}

function tags(track) {
  const line = tag =>
    element(
      'li',
      {},
      element('span', { class: `dot ${tag.category}` }),
      tagName(tag.slug),
      ' ',
      element('small', {}, percent(tag.confidence)),
    )
  return (
    track.tags.length > 0 &&
    element('section', {}, element('h3', {}, t('more.tags')), element('ul', { class: 'tags' }, track.tags.map(line)))
  )
}

const file = track =>
  element(
    'section',
    {},
    element('h3', {}, t('more.file')),
    element(
      'p',
      { class: 'path' },
      track.paths.map(path => element('span', { dir: 'auto' }, path)),
      element('small', {}, track.format),
    ),
  )
