/** Running sums of evidence, for the waterfall. */
import type { Evidence } from "../api/client";

export interface Step {
  evidence: Evidence;
  from: number;
  to: number;
}

/** Running sums of the weights. */
export function steps(evidence: readonly Evidence[]): Step[] {
  let sum = 0;
  return evidence.map((it) => {
    const from = sum;
    sum += it.weight_bits;
    return { evidence: it, from, to: sum };
  });
}

/** Lowest and highest running sum, zero included. */
export function range(all: readonly Step[]): [number, number] {
  const sums = [0, ...all.map((it) => it.to)];
  const low = Math.min(...sums);
  const high = Math.max(...sums);
  return high - low < 1e-9 ? [-1, 1] : [low, high];
}
