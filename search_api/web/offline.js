// @ts-check
/** Lets the browser open the page while the service is away, and takes the newest page once the service is back. */

const SCOPE = new URL('../..', import.meta.url).href
const ASSETS = new URL('.', import.meta.url).href // with the version of this page

/**
 * Installs the service worker, where browsers permit that: over TLS, and on localhost. The policy of the page lets in
 * the one address that `trustedAddress` gives out, and no other.
 */
export async function keepForOffline() {
  if (!navigator.serviceWorker) return
  try {
    await navigator.serviceWorker.register(trustedAddress(), { scope: SCOPE, updateViaCache: 'none' })
    const { active } = await navigator.serviceWorker.ready
    active?.postMessage(performance.getEntriesByType('resource').map(({ name }) => name).filter(name => name.startsWith(ASSETS)))
  } catch (problem) {
    console.warn(problem) // private windows refuse; the page works without
  }
}

function trustedAddress() {
  const address = `${SCOPE}service-worker.js`
  const { trustedTypes } = /** @type {any} */ (window)
  return trustedTypes ? trustedTypes.createPolicy('offline', { createScriptURL: () => address }).createScriptURL('') : address
}

/** Whether the service still has this version of the page. */
export async function isCurrent() {
  const response = await fetch(SCOPE, { cache: 'no-cache' })
  return !response.ok || (await response.text()).includes(new URL(ASSETS).pathname.split('/').at(-2) ?? '')
}
