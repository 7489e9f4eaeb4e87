// @ts-check
/** The mix below the search box: what the results should be like (+) or unlike (−), and which stems are compared. */

import { byId, element, icon, iconButton } from './dom.js'
import { kindName, t, tOr } from './i18n.js'
import { more } from './options.js'
import { isAsking, withoutTerm } from './question.js'

const ICONS = { audio: 'upload', score: 'score', track: 'moment' }

export const stemName = stem => tOr(`stem.${stem}`, stem)

/** `stems`: the stems in the library. `ask(change)`: changes the question. */
export function renderMix(question, stems, ask) {
  const terms = question.terms.map(term => chip(term, stems, question.terms, ask))
  const controls = isAsking(question)
    ? [stems.length > 1 && stemChoice(question, stems, ask), more(question, ask)]
    : []
  byId('mix').replaceChildren(
    ...(terms.length ? [element('ul', { class: 'terms', 'aria-label': t('mix.label') }, terms)] : []),
    ...scoreNotes(question.terms),
    ...controls.filter(Boolean),
  )
}

function chip(term, stems, terms, ask) {
  const replace = change => ask({ terms: terms.map(other => (other === term ? { ...term, ...change } : other)) })
  const label = term.label || '…'
  return element(
    'li',
    { class: `term ${term.away ? 'away' : 'near'}` },
    iconButton(term.away ? 'minus' : 'plus', t(term.away ? 'mix.makeNear' : 'mix.makeAway', { label }), () =>
      replace({ away: !term.away }),
    ),
    element(
      'span',
      { class: 'what', dir: 'auto', title: label },
      term.kind in ICONS && icon(ICONS[term.kind]),
      element('span', {}, label),
      term.kind === 'score' && element('span', { class: 'kind' }, kindName('score')),
    ),
    term.kind === 'track' && stems.length > 1 && seedStem(term, stems, replace),
    iconButton('close', t('mix.remove', { label }), () => ask({ terms: withoutTerm(terms, term) })),
  )
}

/** What the scores in the mix find, and what the service left out when it read them. */
function scoreNotes(terms) {
  const scores = terms.filter(term => term.kind === 'score')
  const note = (...words) => element('p', { class: 'note', dir: 'auto' }, words)
  const remarks = scores.filter(term => term.remarks?.length)
  const notes = remarks.map(term => note(`${term.label}: `, element('span', { lang: 'en' }, term.remarks.join('; '))))
  return scores.length ? [note(t('mix.scores')), ...notes] : []
}

/** Which stem represents a track, for example its vocals compared with whole tracks. */
function seedStem(term, stems, replace) {
  const options = [['', t('mix.likeWithLike')], ...stems.map(stem => [stem, t('mix.its', { stem: stemName(stem) })])]
  return choice(options, term.stem, t('mix.seedStem', { label: term.label }), stem => replace({ stem }))
}

function stemChoice(question, stems, ask) {
  const options = [...stems.map(stem => [[stem], stemName(stem)]), [stems, t('mix.all')]]
  return element(
    'label',
    { class: 'choice' },
    t('mix.compare'),
    choice(options, question.stems, null, chosen => ask({ stems: chosen })),
  )
}

/** `options`: [value, name] pairs; a value is a string or a list of strings. */
function choice(options, chosen, label, onChoose) {
  const select = element(
    'select',
    { 'aria-label': label, onchange: () => onChoose(options[select.selectedIndex][0]) },
    options.map(([value, name]) => element('option', { value, selected: String(value) === String(chosen) }, name)),
  )
  return select
}
