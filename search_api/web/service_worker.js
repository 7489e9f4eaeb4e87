// @ts-check
/**
 * Opens the page while the service is away. Served at the address of the page, so that its scope is the page itself.
 *
 * It keeps the page and the assets of one version, nothing else: no answers of the service, no audio, no addresses.
 * The page comes from the service whenever that answers; the assets have the version in their address, and those of
 * other versions are left to the browser. So an update is visible at once, and no page mixes two versions.
 */

const worker = /** @type {any} */ (self)
const SCOPE = worker.registration.scope // ends with a slash; behind a proxy, below its path
const ASSETS = `${SCOPE}web/VERSION/`
const CACHE = `polymuse ${SCOPE} VERSION`
const AWAY = [502, 503, 504] // what a proxy answers for a service that is away

worker.addEventListener('install', event => {
  event.waitUntil(keepPage())
  worker.skipWaiting()
})

worker.addEventListener('activate', event => {
  event.waitUntil(forgetOthers().then(() => worker.clients.claim()))
})

/** The page says which assets it has loaded before this worker saw its requests. */
worker.addEventListener('message', event => event.waitUntil(keepAssets(event.data)))

worker.addEventListener('fetch', event => {
  const { method, mode, url } = event.request
  if (method !== 'GET') return
  if (url.startsWith(ASSETS)) event.respondWith(asset(event.request))
  else if (mode === 'navigate' && url.split(/[?#]/)[0] === SCOPE) event.respondWith(page(event.request))
})

async function keepPage() {
  const response = await fetch(SCOPE, { cache: 'no-cache' })
  const isOwn = response.ok && (await response.clone().text()).includes('web/VERSION/')
  if (!isOwn) throw new Error('The page is of another version')
  await (await caches.open(CACHE)).put(SCOPE, response)
}

async function forgetOthers() {
  const names = await caches.keys()
  const old = names.filter(name => name.startsWith(`polymuse ${SCOPE} `) && name !== CACHE)
  await Promise.all(old.map(name => caches.delete(name)))
}

const keepAssets = addresses => Promise.all(addresses.filter(address => address.startsWith(ASSETS)).map(asset))

async function page(request) {
  const kept = async () => (await caches.open(CACHE)).match(SCOPE)
  try {
    const response = await fetch(request)
    return (AWAY.includes(response.status) && (await kept())) || response
  } catch (problem) {
    const page = await kept()
    if (!page) throw problem
    return page
  }
}

/** @param {string | Request} request */
async function asset(request) {
  const cache = await caches.open(CACHE).catch(() => null)
  const known = await cache?.match(request)
  if (known) return known
  const response = await fetch(request)
  // A service of another version sends its own assets at this address as well, which are not to be kept.
  const isOwn = response.ok && response.headers.get('Cache-Control')?.includes('immutable')
  if (isOwn) await cache?.put(request, response.clone()).catch(() => {}) // no room: it is fetched again the next time
  return response
}
