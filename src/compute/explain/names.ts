/** Names of values in LaTeX. */

const GREEK = new Set(
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega'.split(
    ' ',
  ),
);

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': String.raw`\backslash `,
  '^': String.raw`\wedge `,
  '~': String.raw`\sim `,
  ' ': String.raw`\ `,
};

/** A name as upright text, whatever characters it has. */
function upright(name: string): string {
  // Control characters and halves of pairs have no picture.
  const clean = name.toWellFormed().replace(/[\p{Cc}\uFFFD]/gu, '?');
  if (/[^ -~]/.test(clean))
    return String.raw`\text{${clean.replace(/[\\^~{}$%&#_]/g, (c) => (/[\\^~]/.test(c) ? '?' : `\\${c}`))}}`;
  return String.raw`\mathrm{${clean.replace(/[\\^~ {}$%&#_]/g, (c) => ESCAPES[c] ?? `\\${c}`)}}`;
}

const letter = (text: string): string | undefined => {
  if (/^[A-Za-z]$/.test(text)) return text;
  return GREEK.has(text) ? `\\${text}` : undefined;
};

/** Longer names are cut: they come from clients. */
const LONGEST = 80;

/**
 * A value's name: one letter as it stands, `w1` and `w_1` with an index, all else upright; a version `x#2` with
 * its number above.
 */
export function latexName(given: string): string {
  const name = given.length > LONGEST ? `${given.slice(0, LONGEST)}...` : given;
  const version = /^(.+)#(\d+)$/s.exec(name);
  if (version !== null) return `{${latexName(version[1])}^{(${version[2]})}}`;
  const alone = letter(name);
  if (alone !== undefined) return alone;
  const indexed = /^([A-Za-z]+?)(_?)(\d{1,4})$/.exec(name);
  const base = indexed === null ? undefined : letter(indexed[1]);
  // Both look alike; braces within braces say that the name has its line, for who makes plain text of it.
  if (indexed !== null && base !== undefined)
    return indexed[2] === '' ? `${base}_{${indexed[3]}}` : `${base}_{{${indexed[3]}}}`;
  const primed = /^([A-Za-z]+)_([A-Za-z]{1,8})$/.exec(name);
  const first = primed === null ? undefined : letter(primed[1]);
  if (primed !== null && first !== undefined) return `${first}_{${letter(primed[2]) ?? upright(primed[2])}}`;
  return upright(name);
}
