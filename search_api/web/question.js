/**
 * What is asked: plain data that is never changed in place, only replaced.
 *
 *   text    the words in the search box
 *   terms   the rest of the mix: {kind: 'text' | 'track' | 'audio', value, label, away, stem}
 *           value is the text, the track's id or the token of an upload; stem, for a track, is the one of its stems
 *           that speaks for it ('' compares like with like)
 *   stem    which stem of the others is compared, or several joined by commas
 *   where   terms of the filter language
 *   order   'best' or 'varied'
 *   same    what hits must not share with a track of the mix: 'artist', 'album' or both, joined by a comma
 *   copies  'shown', or 'hidden': without near-duplicates
 *   floor   the lowest score of a hit, as it was typed; '' for any
 *   view    'search' or 'map'
 *   colour  the tag category that colours the map
 */
export const EMPTY = Object.freeze({
  text: '',
  terms: [],
  stem: 'mix',
  where: [],
  order: 'best',
  same: '',
  copies: 'shown',
  floor: '',
  view: 'search',
  colour: 'genre',
})

export const MIX = 'mix'
export const PAGE = 20
const VARIED = 0.4 // MMR diversity

/** Whether there is anything to rank by. */
export const isAsking = question => question.text !== '' || question.terms.length > 0

const same = (a, b) => a.kind === b.kind && a.value === b.value

/** The terms with this one among them once, with the sign it was given last. */
export const withTerm = (terms, term) => [
  ...terms.filter(other => !same(other, term)),
  { away: false, stem: '', ...term },
]

export const withoutTerm = (terms, term) => terms.filter(other => !same(other, term))

export const toggled = (values, value) =>
  values.includes(value) ? values.filter(other => other !== value) : [...values, value]

/** The parts of a text that are joined by commas. */
export const listed = text => text.split(',').filter(Boolean)

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
    audio: pick('audio', false, audio),
    not_audio: pick('audio', true, audio),
    stems: question.stem.split(','),
    where: question.where.join(' '),
    diversity: question.order === 'varied' ? VARIED : 0,
    without_same: listed(question.same),
    without_duplicates: question.copies === 'hidden',
    min_score: question.floor || null, // a text: the service reads it, and says what is wrong with it
    moments: 'locate',
    explain: true,
    limit,
    offset,
  }
}
