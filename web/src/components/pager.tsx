import { ChevronLeft, ChevronRight } from "lucide-react";

import { Button } from "@/components/ui/button";

/** Where a page stands in its list; `page` counts from 0. */
export interface Position {
  page: number;
  per_page: number;
  total: number;
}

/** Previous and next over 0-based pages; hidden while one page holds everything. */
export function Pager({ pagination, onPage }: { pagination: Position; onPage: (page: number) => void }) {
  const { page, per_page: size, total } = pagination;
  if (total <= size) return null;
  return (
    <nav aria-label="Pages" className="flex items-center justify-between gap-3 text-[13px] text-fg-muted">
      <span className="tabular-nums">
        {page * size + 1}–{Math.min(total, (page + 1) * size)} of {total.toLocaleString("en")}
      </span>
      <div className="flex gap-2">
        <Button disabled={page === 0} onClick={() => onPage(page - 1)}>
          <ChevronLeft /> Previous
        </Button>
        <Button disabled={(page + 1) * size >= total} onClick={() => onPage(page + 1)}>
          Next <ChevronRight />
        </Button>
      </div>
    </nav>
  );
}
