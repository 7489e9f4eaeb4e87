// @ts-check
/** The state of the page, a `Question`: never modified, only replaced. Only `url_state.js` serialises it. */

export const MIX = 'mix'

/** @type {Readonly<Question>} */
export const EMPTY = Object.freeze({
  text: '',
  terms: [],
  stems: [MIX],
  where: [],
  varied: false,
  withoutSame: [],
  withoutDuplicates: false,
  minScore: '',
  view: 'search',
  about: '',
  sort: 'artist',
  colour: 'genre',
})

export const PAGE = 20
const VARIED = 0.4 // MMR diversity

/** Whether there is anything to rank tracks by. */
export const isAsking = question => question.text !== '' || question.terms.length > 0

const same = (a, b) => a.kind === b.kind && a.value === b.value

/** The terms with this one added; it replaces the same term with another sign. */
export const withTerm = (terms, term) => [
  ...terms.filter(other => !same(other, term)),
  { away: false, stem: '', ...term },
]

export const withoutTerm = (terms, term) => terms.filter(other => !same(other, term))

export const toggled = (values, value) =>
  values.includes(value) ? values.filter(other => other !== value) : [...values, value]

/** The body of POST /v1/search. */
export function toRequest(question, { limit = PAGE, offset = 0 } = {}) {
  const pick = (kind, away, form) => question.terms.filter(term => term.kind === kind && term.away === away).map(form)
  const text = term => ({ text: term.value })
  const track = term => ({ id: term.value, ...(term.stem && { stem: term.stem }) })
  const audio = term => ({ token: term.value })
  const typed = question.text ? [{ text: question.text }] : []
  return {
    texts: [...typed, ...pick('text', false, text)],
    not_texts: pick('text', true, text),
    tracks: pick('track', false, track),
    not_tracks: pick('track', true, track),
    audio: ['audio', 'score'].flatMap(kind => pick(kind, false, audio)),
    not_audio: ['audio', 'score'].flatMap(kind => pick(kind, true, audio)),
    stems: question.stems,
    where: question.where.join(' '),
    diversity: question.varied ? VARIED : 0,
    without_same: question.withoutSame,
    without_duplicates: question.withoutDuplicates,
    min_score: question.minScore || null,
    moments: 'locate',
    explain: true,
    limit,
    offset,
  }
}
