// @ts-check
/** Formats numbers for display. */

/** 65.4 → 1:05, 3725 → 1:02:05. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const tail = String(rest).padStart(2, '0')
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`
}

/** 0.7134 → 0.71, with a real minus sign. */
export const score = value => value.toFixed(2).replace('-', '−')

export const percent = value => `${Math.round(value * 100)} %`
