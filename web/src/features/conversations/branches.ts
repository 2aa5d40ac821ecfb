import type { Turn, Variant } from "./turns";

/** A version of a turn; an address names it `turn.version`. */
export interface Anchor {
  index: number;
  number: number;
}

export const anchorText = ({ index, number }: Anchor): string => `${index}.${number}`;

export function anchorFrom(value: string | undefined): Anchor | null {
  const numbers = /^(\d{1,7})\.(\d{1,7})$/.exec(value ?? "");
  return numbers && { index: Number(numbers[1]), number: Number(numbers[2]) };
}

/** A turn as a branch has it. Its variants are those between which the reader may choose here: what they follow is the same. */
export interface BranchTurn extends Turn {
  shown: Variant;
  /** How many versions the turn has, those of other branches included. */
  versions: number;
  /** Tells apart what stands at the same place in different branches. */
  under: number;
}

export const positionOf = ({ variants, shown }: BranchTurn): number => variants.indexOf(shown);

/** Which version of the turn before a version follows; one that does not say follows the newest. */
function parentOf(variant: Variant, index: number, before: Turn | undefined): Variant | undefined {
  const named = before?.index === index - 1 ? before.variants.find(({ number }) => number === variant.follows) : undefined;
  return named ?? before?.variants.at(-1);
}

interface Kin {
  parents: Map<Variant, Variant | undefined>;
  /** What follows a version, in the branch in which something was said last. */
  heirs: Map<Variant, Variant>;
  written: Map<Variant, number>;
}

function kinOf(turns: readonly Turn[]): Kin {
  const parents = new Map<Variant, Variant | undefined>();
  const heirs = new Map<Variant, Variant>();
  const written = new Map<Variant, number>();
  for (const [at, { index, variants }] of [...turns.entries()].reverse()) {
    for (const variant of variants) {
      const heir = heirs.get(variant);
      const last = Math.max(variant.place, heir ? (written.get(heir) ?? 0) : 0);
      written.set(variant, last);
      const parent = parentOf(variant, index, turns[at - 1]);
      parents.set(variant, parent);
      const rival = parent && heirs.get(parent);
      if (parent && (!rival || last > (written.get(rival) ?? 0))) heirs.set(parent, variant);
    }
  }
  return { parents, heirs, written };
}

/** The branch through a version down to what was said last in it; without one, the branch in which something was said last. */
export function branchOf(turns: readonly Turn[], anchor: Anchor | null): BranchTurn[] {
  const { parents, heirs, written } = kinOf(turns);
  const roots = turns[0]?.variants.toSorted((one, other) => (written.get(one) ?? 0) - (written.get(other) ?? 0));
  const named = anchor && turns.find(({ index }) => index === anchor.index)?.variants.find(({ number }) => number === anchor.number);
  const through = named ?? roots?.at(-1);
  const path = new Set<Variant>();
  for (let up = through; up; up = parents.get(up)) path.add(up);
  for (let down = through && heirs.get(through); down; down = heirs.get(down)) path.add(down);
  return turns.flatMap(({ index, variants }) => {
    const shown = variants.find((variant) => path.has(variant));
    if (!shown) return [];
    const parent = parents.get(shown);
    const siblings = variants.filter((variant) => parents.get(variant) === parent);
    return [{ index, variants: siblings, shown, versions: variants.length, under: parent?.place ?? -1 }];
  });
}

/** The version that a turn follows which is being answered. */
export function versionBefore(turns: readonly Turn[], index: number, parentVariant: number | null): Anchor | null {
  const before = turns.find((turn) => turn.index === index - 1);
  const number = parentVariant ?? before?.variants.at(-1)?.number;
  return number === undefined ? null : { index: index - 1, number };
}

/** Where the next question goes; nothing where there are no branches, which leaves it to the server. */
export function nextPlace(turns: readonly Turn[], branch: readonly BranchTurn[]): { historyIndex?: number; parentVariant?: number } {
  const last = branch.at(-1);
  const branched = turns.some(({ variants }) => variants.length > 1);
  return branched && last ? { historyIndex: last.index + 1, parentVariant: last.shown.number } : {};
}
