// @ts-check
/** More options of a search, collapsed by default: what is excluded from the results. */

import { element } from './dom.js'
import { t } from './i18n.js'
import { toggled } from './question.js'

let open = false // kept when the controls are rendered again

/** `ask(change)`: changes the question. */
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

/** The number of options that differ from their defaults. */
const count = ({ withoutDuplicates, withoutSame, minScore }) =>
  Number(withoutDuplicates) + withoutSame.length + Number(minScore !== '')

/** The checkboxes. Same artist or album refers to the wanted tracks in the mix. */
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
