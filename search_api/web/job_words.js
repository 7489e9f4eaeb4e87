// @ts-check
/** A job of the service in words. */

import { currentLanguage, t } from './i18n.js'

const COUNTS = ['indexed', 'updated', 'unchanged', 'measured', 'failed', 'skipped']

/** @param {Job | undefined} job @param {boolean} paused */
export function titleOf(job, paused) {
  if (!job) return t(paused ? 'job.pausedIdle' : 'job.none')
  if (paused && job.state !== 'stopped' && !job.ended) return t('job.paused')
  if (job.kind === 'weights' && job.state === 'failed') return t('job.weightsFailed')
  if (job.state === 'running') return t(`job.phase.${job.phase}`)
  return t(`job.${job.state}`)
}

/** The finished part from 0 to 1; null while it is unknown. */
export function partOf({ phase, files, download }) {
  if (phase === 'weights') return download?.total ? Math.min(1, download.bytes / download.total) : null
  if (phase === 'measuring') return Math.min(1, files.measured / files.to_measure)
  return phase === 'analysing' && files.total ? Math.min(1, files.done / files.total) : null
}

/** What has been done so far, such as "312 of 2,000 files". */
export function progressOf({ phase, files, download }) {
  if (phase === 'weights') {
    if (!download) return ''
    const sizes = { name: download.name, done: megabytes(download.bytes), total: megabytes(download.total) }
    if (!download.bytes) return download.name // a step without a size, such as unpacking
    return t(download.total ? 'job.download' : 'job.downloadUnknown', sizes)
  }
  if (files.total === null) return ''
  if (phase === 'measuring') return t('job.files', { n: files.to_measure, done: files.measured })
  return t('job.files', { n: files.total, done: files.done })
}

/** Time left and speed; empty while nothing is known. */
export function paceOf({ seconds_left: left, speed }) {
  const pace = []
  if (left !== null) pace.push(timeLeft(left))
  if (speed.files_per_minute) pace.push(t('job.perMinute', { n: rounded(speed.files_per_minute) }))
  if (speed.times_realtime) pace.push(t('job.realtime', { n: rounded(speed.times_realtime) }))
  return pace
}

/** The files by outcome, those that occur: "12 new", "3 failed". */
export const outcomesOf = ({ files, forgotten }) => [
  ...COUNTS.filter(name => files[name]).map(name => t(`job.count.${name}`, { n: files[name] })),
  ...(forgotten ? [t('job.count.forgotten', { n: forgotten })] : []),
]

const MINUTE = 60
const HOUR = 60 * MINUTE

function timeLeft(seconds) {
  if (seconds < MINUTE) return t('job.left', { time: t('time.second') })
  const minutes = Math.round(seconds / MINUTE)
  if (seconds < HOUR) return t('job.left', { time: t('time.minutes', { n: minutes }) })
  const [hours, rest] = [Math.floor(minutes / 60), 5 * Math.round((minutes % 60) / 5)]
  return t('job.left', { time: t('time.hours', { n: hours + Math.floor(rest / 60), minutes: rest % 60 }) })
}

/** The moment of an ISO time as people write it. */
export const moment = iso =>
  new Date(iso).toLocaleString(currentLanguage(), { dateStyle: 'medium', timeStyle: 'short' })

const rounded = value => (value < 10 ? Math.round(value * 10) / 10 : Math.round(value))
const megabytes = bytes => Math.round(bytes / 1e5) / 10
