// @ts-check
/** The points of the map, once the service has computed them. */

import * as api from './api.js'
import { t } from './i18n.js'
import { clearNotice, showWaiting } from './notice.js'

const POLL = 1500 // ms between requests while the map is computed

/** Polls until the map is ready: that of a large library takes a while. */
export async function mapPoints(signal) {
  for (;;) {
    const { state, points } = await api.map(signal)
    if (state === 'ready') {
      clearNotice()
      return points
    }
    showWaiting(t('map.computing'))
    await new Promise(resume => setTimeout(resume, POLL))
    signal.throwIfAborted()
  }
}
