export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden>
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path d="M20.8 11.6a6.6 6.6 0 1 0 0 8.8" fill="none" className="stroke-accent-fg" strokeWidth="3" strokeLinecap="round" />
      <circle cx="23" cy="16" r="2" className="fill-accent-fg" />
    </svg>
  );
}
