// @ts-check
/** Formats numbers for display. */

import { currentLanguage } from './i18n.js'

/** 65.4 → 1:05, 3725 → 1:02:05. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const tail = String(rest).padStart(2, '0')
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`
}

/** 0.7134 → 0.71 or 0,71, with a real minus sign. */
export const score = value => decimal(value, 2)

/** With so many decimals, in the language of the page. */
export const decimal = (value, minimumFractionDigits = 1) =>
  value
    .toLocaleString(currentLanguage(), { minimumFractionDigits, maximumFractionDigits: minimumFractionDigits })
    .replace('-', '−')

export const percent = value => value.toLocaleString(currentLanguage(), { style: 'percent' })
