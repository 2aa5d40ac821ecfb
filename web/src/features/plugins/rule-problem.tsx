/** Why a rule was refused, below its fields. */
export function RuleProblem({ id, problems }: { id: string; problems: readonly (string | undefined)[] }) {
  const told = [...new Set(problems.filter(Boolean))].join(". ");
  if (!told) return null;
  return (
    <p id={id} className="col-span-full text-xs break-words text-bad">
      {told}
    </p>
  );
}
