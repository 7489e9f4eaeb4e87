// @ts-check
/** Writes and splits `field:value` terms of the service's filter language. */

/** A term; values with spaces or quotes are quoted. */
export function filterTerm(field, value) {
  const plain = !/[\s"]/.test(value)
  return `${field}:${plain ? value : `"${value.replace(/[\\"]/g, '\\$&')}"`}`
}

/** The terms in a text, with their quotes. */
export const splitTerms = text => text.match(/(?:[^\s:"]*:)?"(?:\\.|[^"\\])*"(?=\s|$)|\S+/g) ?? []
