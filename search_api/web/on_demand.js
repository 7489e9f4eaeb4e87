// @ts-check
/** Modules that are loaded when they are needed. */

import { Problem } from './api.js'
import { showProblem } from './notice.js'

/**
 * The module; a Problem if it cannot be loaded, because the service is away or has been updated since the page was
 * opened. Browsers remember the failure, so only loading the page again helps.
 * @template Module
 * @param {Promise<Module>} module
 * @returns {Promise<Module>}
 */
export async function onDemand(module) {
  try {
    return await module
  } catch {
    throw Object.assign(new Problem({ type: 'offline' }), { reload: () => location.reload() })
  }
}

/** Opens the menu of tracks at a button, see `track_menu.js`. */
export async function openTrackMenu(opener, tracks, actions, heading) {
  try {
    const { openMenu } = await onDemand(import('./track_menu.js'))
    await openMenu(opener, tracks, actions, heading)
  } catch (problem) {
    showProblem(problem)
  }
}
