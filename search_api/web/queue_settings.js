// @ts-check
/** How tracks follow each other and how loud they are: settings at the foot of the queue. */

import { element } from './dom.js'
import { t } from './i18n.js'
import { canSetVolume, currentSound, MAX_CROSSFADE, setSound } from './sound.js'

const STEP = 2 // seconds between two choices

export function soundSettings() {
  const { level, crossfade } = currentSound()
  const box = element('input', { type: 'checkbox', checked: level, onchange: () => setSound({ level: box.checked }) })
  const lengths = Array.from({ length: MAX_CROSSFADE / STEP + 1 }, (_, index) => index * STEP)
  const choice = seconds =>
    element(
      'option',
      { value: seconds, selected: seconds === crossfade },
      seconds ? t('queue.crossfade.seconds', { n: seconds }) : t('queue.crossfade.off'),
    )
  const select = element('select', { onchange: () => setSound({ crossfade: Number(select.value) }) }, lengths.map(choice))
  return element(
    'details',
    {},
    element('summary', {}, t('queue.settings')),
    canSetVolume
      ? [
          element('label', { class: 'choice' }, box, t('queue.level')),
          element('p', { class: 'hint' }, t('queue.level.hint')),
          element('label', { class: 'choice' }, t('queue.crossfade'), select),
        ]
      : element('p', { class: 'hint' }, t('queue.level.device')),
  )
}
