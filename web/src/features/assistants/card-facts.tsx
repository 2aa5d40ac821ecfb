import type { AgentCard } from "./agent-card";
import { text } from "./text";

/** Who answers at the other end, and what it says it can do. */
export function CardFacts({ card }: { card: AgentCard }) {
  return (
    <section aria-label={text.agent.card} className="grid gap-3 rounded-lg border border-line bg-subtle p-4">
      <div className="grid gap-0.5">
        <p className="text-sm font-semibold">
          {card.name} <span className="font-normal text-fg-muted">{card.version}</span>
        </p>
        <p className="font-mono text-xs break-all text-fg-muted">{card.url}</p>
        {card.description && <p className="text-[13px] break-words">{card.description}</p>}
      </div>
      {card.skills.length > 0 && (
        <ul aria-label={text.agent.skills} className="grid gap-2 border-t border-line pt-3">
          {card.skills.map(({ id, name, description }) => (
            <li key={id} className="text-[13px]">
              <span className="font-medium">{name}</span>
              {description && <span className="text-fg-muted"> – {description}</span>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
