// @ts-check
/** The session of this browser: signing a phone in, and signing out. Nothing if the service has no keys. */

import { address } from './api.js'
import { button, byId, element } from './dom.js'
import { t } from './i18n.js'
import { moment } from './job_words.js'
import { closeSession, linkDevice } from './service_api.js'
import { rejection } from './trouble.js'

const LOCAL = ['localhost', '127.0.0.1', '[::1]']

/** `session`: the answer of GET /v1/session. */
export function createAccess({ scope, expires, kept }) {
  const trouble = element('div')
  const trying = action => async () => {
    try {
      trouble.replaceChildren()
      await action()
    } catch (problem) {
      trouble.replaceChildren(rejection(problem))
    }
  }
  return element(
    'section',
    { class: 'card', 'aria-label': t('access.title') },
    element('h2', {}, t('access.title')),
    element('p', {}, t(`access.${scope}`)),
    expires && element('p', { class: 'hint' }, t(kept ? 'access.kept' : 'access.until', { time: moment(expires) })),
    trouble,
    element(
      'p',
      { class: 'buttons' },
      button({ onclick: trying(() => showLink(scope)) }, t('access.phone')),
      button({ onclick: trying(signOut) }, t('access.signOut')),
    ),
  )
}

async function signOut() {
  await closeSession()
  location.reload()
}

/** The link of another device, as a code for its camera and to copy. The device may do what is chosen. */
async function showLink(scope, wanted = 'read') {
  const { url, qr_svg: picture, expires_in: seconds } = await linkDevice(wanted)
  const dialog = byId('service-dialog')
  const again = () => showLink(scope, wanted === 'read' ? 'admin' : 'read')
  const link = element('input', {
    type: 'text',
    readonly: true,
    value: url,
    'aria-label': t('phone.url'),
    onfocus: () => link.select(),
  })
  dialog.replaceChildren(
    element('h2', { id: 'service-title' }, t('phone.title')),
    element('p', {}, t('phone.hint', { n: Math.round(seconds / 60) })),
    LOCAL.includes(new URL(url).hostname) && element('p', { class: 'hint' }, t('phone.local')),
    element('img', {
      class: 'code',
      src: address(picture),
      alt: t('phone.code'),
      width: 240,
      height: 240,
    }),
    link,
    scope === 'admin' &&
      element(
        'label',
        { class: 'keep' },
        element('input', { type: 'checkbox', checked: wanted === 'admin', onchange: again }),
        t('phone.admin'),
      ),
    element('p', { class: 'buttons' }, button({ class: 'main', onclick: () => dialog.close() }, t('phone.close'))),
  )
  if (!dialog.open) dialog.showModal()
  else dialog.querySelector('[type=checkbox]').focus()
}
