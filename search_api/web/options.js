// @ts-check
/** More options of a search, folded away: what is left out of the results. */

import { element } from './dom.js'
import { t } from './i18n.js'
import { toggled } from './question.js'

let open = false // stays as it was left when the controls are rendered anew

/** `ask(change)` asks a changed question. */
export function more(question, ask) {
  const root = element(
    'details',
    { class: 'options', open, ontoggle: () => (open = root.open) },
    element('summary', {}, t('options.title'), ' ', element('span', { class: 'badge' }, count(question) || '')),
    element('fieldset', {}, element('legend', {}, t('options.leaveOut')), leftOut(question, ask)),
    lowest(question, ask),
  )
  return root
}

/** How many options are not as they are in a new question. */
const count = ({ withoutDuplicates, withoutSame, minScore }) =>
  Number(withoutDuplicates) + withoutSame.length + Number(minScore !== '')

/** The same artist or album as what: as a track of the mix that the results are to be like. */
function leftOut({ withoutDuplicates, withoutSame, terms }, ask) {
  const boxes = [box(t('options.copies'), withoutDuplicates, () => ask({ withoutDuplicates: !withoutDuplicates }))]
  if (withoutSame.length || terms.some(term => term.kind === 'track' && !term.away)) {
    for (const name of ['artist', 'album']) {
      const flip = () => ask({ withoutSame: toggled(withoutSame, name) })
      boxes.push(box(t(`same.${name}`), withoutSame.includes(name), flip))
    }
  }
  return boxes
}

const box = (label, checked, onchange) =>
  element('label', {}, element('input', { type: 'checkbox', checked, onchange }), label)

function lowest({ minScore }, ask) {
  const input = element('input', {
    type: 'number',
    min: -1,
    max: 1,
    step: 'any',
    value: minScore,
    inputmode: 'decimal',
    onchange: () => input.reportValidity() && ask({ minScore: input.value }),
  })
  return element('label', { class: 'choice' }, t('options.floor'), input)
}
