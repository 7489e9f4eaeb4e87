// @ts-check
/** Whether this browser may change the library: with a key to read, what would change it is not offered. */

import { request } from './api.js'

export const mayChange = () => !document.body.hasAttribute('data-reads')

/** Asks the service; what has the attribute `data-changes` is hidden if the answer is no. */
export async function learnScope() {
  const { scope } = await request('/v1/session', { quiet: true })
  document.body.toggleAttribute('data-reads', scope === 'read')
}
