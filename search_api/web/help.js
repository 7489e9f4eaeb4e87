// @ts-check
/** The help on the keyboard. Loaded when it is opened. */

import { button, byId, element } from './dom.js'
import { t } from './i18n.js'

const HELP = [
  ['/', 'help.search'],
  ['↓ ↑', 'help.move'],
  ['Enter', 'help.play'],
  ['Space', 'help.pause'],
  ['← →', 'help.skip'],
  ['N P', 'help.next'],
  ['M', 'help.mute'],
  ['Q', 'help.queue'],
  ['+ −', 'help.mix'],
  ['S', 'help.similar'],
  ['E', 'help.explain'],
  ['X', 'help.select'],
  ['F', 'help.favourite'],
  ['Esc', 'help.back'],
  ['?', 'help.help'],
]

export function openHelp() {
  const dialog = byId('help-dialog')
  const close = () => dialog.close()
  dialog.replaceChildren(
    element('h2', { id: 'help-title' }, t('help.title')),
    element(
      'dl',
      {},
      HELP.map(([keys, words]) =>
        element(
          'div',
          {},
          element(
            'dt',
            {},
            keys.split(' ').map(key => element('kbd', {}, key)),
          ),
          element('dd', {}, t(words)),
        ),
      ),
    ),
    element('p', {}, t('help.mouse')),
    button({ class: 'main', onclick: close, autofocus: true }, t('help.close')),
  )
  dialog.showModal()
}
