/**
 * The shortest decimal that reads back as a float32, the closest one among several, as Steele and
 * White asked for in 1990 and Ryu and Schubfach compute today. A float32 leaves 29 bits of a double
 * unused: enough to decide in doubles all but a few cases, which are then decided in integers.
 */

/** 10^k at index k + 60. */
const POWERS = Float64Array.from({ length: 121 }, (_, i) => Number(`1e${i - 60}`));
/** Large enough for all rounding below, which stays under 3e-7; small beside the 0.5 that counts. */
const DOUBT = 1e-6;

/** Half the distance to the next float, for each exponent field. */
const HALF_GAPS = Float64Array.from({ length: 256 }, (_, e) => 2 ** (Math.max(e, 1) - 151));

const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);

/** floor(log10(2^(e - 127))) for each exponent field e of normal numbers. */
const DECIMAL_EXPONENT = Int8Array.from({ length: 256 }, (_, e) => Math.floor((e - 127) * Math.log10(2)));

let exponent = 0;
/** The power of ten that goes with what {@link shortestDigits} has just returned. */
export const shortestExponent = (): number => exponent;

/** The digits, as an integer below 10^9, of a positive finite float32. */
export function shortestDigits(value: number): number {
  floats[0] = value;
  const field = bits[0] >>> 23;
  const fraction = bits[0] & 0x7fffff;
  // Below a power of two floats lie closer, which the symmetric interval here does not show.
  if (fraction === 0) return powerOfTwo(value, field);

  let first = field === 0 ? Math.floor(Math.log10(value)) : DECIMAL_EXPONENT[field];
  if (value >= POWERS[first + 61]) first++;
  // Nine digits before the point: the interval is then at least 3 wide to each side.
  const scale = 8 - first;
  const halfGap = HALF_GAPS[field];
  let scaled: number;
  let reach: number;
  if (scale >= 0) {
    scaled = value * POWERS[scale + 60];
    reach = halfGap * POWERS[scale + 60];
  } else {
    scaled = value / POWERS[60 - scale];
    reach = halfGap / POWERS[60 - scale];
  }

  // Drop digits while a number with fewer of them lies inside the interval.
  let dropped = 0;
  let unit = 1;
  let digits = (scaled + 0.5) | 0;
  let distance = Math.abs(scaled - digits);
  while (dropped < 9) {
    const nextUnit = unit * 10;
    const next = (scaled / nextUnit + 0.5) | 0;
    const nextDistance = Math.abs(scaled - next * nextUnit);
    const margin = nextDistance - reach;
    if (margin > DOUBT) break;
    if (margin > -DOUBT) return exactDigits(value);
    dropped++;
    unit = nextUnit;
    digits = next;
    distance = nextDistance;
  }
  // Halfway between two candidates, which of them is closer needs a closer look.
  if (unit - 2 * distance < DOUBT) return exactDigits(value);
  exponent = dropped - scale;
  return digits;
}

const POWER_DIGITS = new Int32Array(256);
const POWER_EXPONENTS = new Int8Array(256);

function powerOfTwo(value: number, field: number): number {
  if (field === 0) return exactDigits(value);
  if (POWER_DIGITS[field] === 0) {
    POWER_DIGITS[field] = exactDigits(value);
    POWER_EXPONENTS[field] = exponent;
  }
  exponent = POWER_EXPONENTS[field];
  return POWER_DIGITS[field];
}

/** The definition itself, in integers. */
function exactDigits(value: number): number {
  floats[0] = value;
  const field = bits[0] >>> 23;
  const fraction = bits[0] & 0x7fffff;
  const mantissa = BigInt(field === 0 ? fraction : fraction | 0x800000);
  const binary = Math.max(field, 1) - 150;

  for (let power = Math.floor(Math.log10(value)) + 1; ; power--) {
    // The value, half the gap to the next float, and 10^power, over a common denominator.
    const tenDown = 10n ** BigInt(Math.max(-power, 0));
    const reach = 2n ** BigInt(Math.max(binary, 0)) * tenDown;
    const center = 2n * mantissa * reach;
    const unit = 10n ** BigInt(Math.max(power, 0)) * 2n ** BigInt(Math.max(-binary, 0) + 1);
    const floor = center / unit;
    let best = 0n;
    let closest = reach;
    for (const candidate of [floor, floor + 1n]) {
      const at = candidate * unit;
      const distance = at < center ? center - at : at - center;
      if (distance > closest || (distance === closest && best !== 0n && candidate % 2n === 1n)) continue;
      // Who reads it through a double rounds twice, and must arrive here as well: 7.038531e-26 would
      // not. This settles, too, where halfway goes, and the smaller gap below a power of two.
      if (Math.fround(Number(`${candidate}e${power}`)) !== value) continue;
      best = candidate;
      closest = distance;
    }
    if (best !== 0n) {
      exponent = power;
      return Number(best);
    }
  }
}
