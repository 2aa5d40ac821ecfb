import { useFileAddress } from "./file-address";
import { text } from "./text";
import type { Step } from "./turns";

/** Pictures that tools gave back, small, each opening whole. */
export function Pictures({ steps }: { steps: readonly Step[] }) {
  const addressOf = useFileAddress();
  const shown = steps.flatMap((step) => step.pictures.map((token) => ({ token, label: step.label })));
  if (shown.length === 0) return null;
  return (
    <ul aria-label={text.pictures} className="mb-2.5 flex flex-wrap gap-1.5">
      {shown.map(({ token, label }) => {
        const address = addressOf(`/v1/files/${token}`);
        return (
          <li key={token} className="max-w-full">
            <a
              href={address}
              target="_blank"
              rel="noopener noreferrer"
              className="block overflow-hidden rounded-md border border-line bg-bg hover:border-line-strong"
            >
              <img src={address} alt={text.pictureOf(label)} loading="lazy" className="max-h-48 max-w-64 object-contain" />
            </a>
          </li>
        );
      })}
    </ul>
  );
}
