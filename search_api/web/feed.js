// @ts-check
/**
 * What the service is doing: its jobs, requested at intervals, and while somebody looks at a running job, its events.
 * Also notices that the service is away, and that it is back.
 */

import { events } from './events.js'
import { jobEvents, jobs } from './service_api.js'

const BUSY = 2_000 // ms between requests while a job runs
const IDLE = 20_000
const STREAMED = 10_000 // while its events arrive: these requests find what the events do not say
const AWAY = [1_000, 1_000, 2_000, 4_000, 8_000] // after the first failure, the second …
const MISSES = 2 // failures in a row until the service counts as away

const ACTIVE = ['waiting', 'running', 'paused']

/** The job that is being done, or will be next. */
export const activeJob = ({ jobs }) =>
  jobs.find(job => job.started && !job.ended) ?? jobs.find(job => ACTIVE.includes(job.state))

/** The job to show: the active one, but before one that waits for models, why these could not be fetched. */
export function shownJob(state) {
  const active = activeJob(state)
  if (active?.started) return active
  const models = state.jobs.find(({ kind }) => kind === 'weights')
  if (models && ['failed', 'stopped'].includes(models.state)) return models
  return active ?? state.jobs.find(({ kind }) => kind !== 'weights') ?? state.jobs[0]
}

/** @type {Feed} */
let state = { jobs: [], paused: false, gone: 0, known: false, away: false, indexes: true }
let misses = 0
let refused = false // no session: the next request of the page asks for a key
let due = false
let wake = () => {}
let started = false
let looking = 0 // views that show a running job
let stream = null // {id, controller} of the open stream
const listeners = new Set()

/**
 * Calls `listener(state)` at once and after every change; returns a function that ends it. `closely`: request events,
 * too.
 * @param {(state: Feed) => void} listener
 */
export function follow(listener, { closely = false } = {}) {
  listeners.add(listener)
  looking += Number(closely)
  if (state.known) listener(state)
  if (!started) run()
  else if (closely) refresh()
  started = true
  return () => {
    if (!listeners.delete(listener)) return
    looking -= Number(closely)
    if (!looking) closeStream()
  }
}

/** Requests the jobs now: something has just been changed, or worked again. */
export function refresh() {
  refused = false
  due = true
  wake()
}

function publish(change) {
  state = { ...state, ...change }
  for (const listener of [...listeners]) listener(state)
}

async function run() {
  document.addEventListener('visibilitychange', () => {
    if (document.hidden)
      closeStream() // browsers open only six connections to a host over HTTP/1.1, for all tabs
    else refresh()
  })
  window.addEventListener('online', refresh)
  for (;;) {
    due = false
    await request()
    if (due) continue
    const woken = new Promise(resolve => {
      wake = () => resolve(undefined)
    })
    const wait = pauseLength()
    if (wait !== Infinity) setTimeout(wake, wait)
    await woken
  }
}

async function request() {
  try {
    publish({ ...(await jobs()), known: true, away: false, indexes: true })
    misses = 0
    if (looking) watch()
  } catch (problem) {
    if (problem.status === 401) {
      refused = true
      if (state.away) publish({ away: false }) // it is back, and will ask for a key
    } else if (problem.status === 404) publish({ known: true, away: false, indexes: false })
    else if (++misses >= MISSES) publish({ away: true })
  }
}

function pauseLength() {
  if (document.hidden || refused) return Infinity
  if (misses) return AWAY[Math.min(misses, AWAY.length) - 1]
  if (!activeJob(state)) return IDLE
  return stream ? STREAMED : BUSY
}

/** Opens the stream of the running job. When it breaks, the requests go on, and the next of them opens another. */
async function watch() {
  const job = activeJob(state)
  if (stream?.id === job?.id) return
  closeStream()
  if (!job || document.hidden) return
  const own = { id: job.id, controller: new AbortController() }
  stream = own
  let ended = false
  try {
    for await (const news of events(await jobEvents(job.id, own.controller.signal), 'job')) {
      if (own.controller.signal.aborted) return
      publish({ jobs: state.jobs.map(known => (known.id === news.id ? news : known)) })
      ended = true
    }
  } catch {
    ended = false // the next request of the jobs says what is wrong
  }
  if (stream !== own) return
  stream = null
  if (ended) refresh()
}

function closeStream() {
  stream?.controller.abort()
  stream = null
}
