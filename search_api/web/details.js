// @ts-check
/** The details of an open row: why the track matched, similar tracks by stem, all tags, tempo and key, what the file says. */

import { track as fetchTrack } from './api.js'
import { tagName } from './descriptors.js'
import { button, element, iconButton } from './dom.js'
import { fileTags } from './file_tags.js'
import { percent, score } from './format.js'
import { t } from './i18n.js'
import { mark } from './marks.js'
import { measured } from './measured.js'
import { stemName } from './mix.js'
import { showProblem } from './notice.js'
import { MIX } from './question.js'

const CHANGES = { class: 'quiet', 'data-changes': true }

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

/** The tags, each of which people can say is wrong, and those that they have said are. */
function tags(track) {
  async function say(slug, isWrong) {
    try {
      await mark([track], isWrong ? { wrong: [slug] } : { not_wrong: [slug] })
      const renewed = tags(await fetchTrack(track.id))
      section.replaceWith(renewed)
      renewed.querySelector('button')?.focus()
    } catch (problem) {
      showProblem(problem)
    }
  }
  const wrong = slug => iconButton('close', t('tags.wrong', { name: tagName(slug) }), () => say(slug, true), CHANGES)
  const line = tag =>
    element(
      'li',
      {},
      element('span', { class: `dot ${tag.category}` }),
      tagName(tag.slug),
      ' ',
      element('small', {}, percent(tag.confidence)),
      wrong(tag.slug),
    )
  const said = slug =>
    element(
      'li',
      {},
      element('s', {}, tagName(slug)),
      iconButton('plus', t('tags.right', { name: tagName(slug) }), () => say(slug, false), CHANGES),
    )
  const { wrong_tags: refused } = track.marks
  const section = element(
    'section',
    { hidden: track.tags.length + refused.length === 0 },
    element('h3', {}, t('more.tags')),
    element('ul', { class: 'tags' }, track.tags.map(line)),
    refused.length > 0 && element('h3', {}, t('tags.said')),
    refused.length > 0 && element('ul', { class: 'tags' }, refused.map(said)),
  )
  return section
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
