// @ts-check
/**
 * The question in the URL, so that it can be shared and the back button works:
 *
 *   ?q=calm+piano&without=text:drums&with=track:ID:vocals&with=audio:TOKEN:song.mp3&where=year:1990..
 *   &with=score:TOKEN:tune.mid&not_same=artist&copies=hidden&min_score=0.3
 *
 * The URL does not contain titles of tracks; the page requests them.
 */

import { EMPTY } from './question.js'

const word = { read: text => text, write: value => value }
const list = { read: text => text.split(',').filter(Boolean), write: values => values.join() }
const flag = name => ({ read: text => text === name, write: on => (on ? name : '') })

/** @type {Record<string, [keyof Question, {read(text: string): any, write(value: any): string}]>} */
const PARAMETERS = {
  // name: [field of the question, reader and writer]
  q: ['text', word],
  stem: ['stems', list],
  order: ['varied', flag('varied')],
  not_same: ['withoutSame', list],
  copies: ['withoutDuplicates', flag('hidden')],
  min_score: ['minScore', word],
  view: ['view', word],
  about: ['about', word],
  sort: ['sort', word],
  colour: ['colour', word],
}
const AWAY = { with: false, without: true }
const KINDS = ['text', 'track', 'audio', 'score']

export function toQueryString(question) {
  const parameters = new URLSearchParams()
  for (const [name, [field, { write }]] of Object.entries(PARAMETERS)) {
    const text = write(question[field])
    if (text !== write(EMPTY[field])) parameters.set(name, text)
  }
  for (const term of question.terms) parameters.append(term.away ? 'without' : 'with', packed(term))
  for (const term of question.where) parameters.append('where', term)
  return parameters.size ? `?${parameters}` : ''
}

/** @returns {Question} */
export function fromQueryString(text) {
  const parameters = new URLSearchParams(text)
  /** @type {any} */
  const question = { ...EMPTY, terms: [], where: parameters.getAll('where') }
  for (const [name, value] of parameters) {
    if (name in PARAMETERS) {
      const [field, { read }] = PARAMETERS[name]
      question[field] = read(value)
    }
    if (name in AWAY) question.terms.push(...unpacked(value, AWAY[name]))
  }
  return question
}

function packed({ kind, value, label, stem }) {
  const rest = { text: [], track: stem ? [stem] : [], audio: [label], score: [label] }[kind]
  return [kind, value, ...rest].join(':')
}

/** A list of one term, or of none if it is malformed. */
function unpacked(packed, away) {
  const [, kind, rest] = packed.match(/^(\w+):(.+)$/s) ?? []
  if (!KINDS.includes(kind)) return []
  if (kind === 'text') return [{ kind, value: rest, label: rest, away, stem: '' }]
  const [, value, more] = rest.match(/^([^:]+):?(.*)$/s) ?? []
  if (!value) return []
  return [{ kind, value, away, label: kind === 'track' ? '' : more, stem: kind === 'track' ? more : '' }]
}
