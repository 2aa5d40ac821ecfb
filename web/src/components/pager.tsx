import { ChevronLeft, ChevronRight } from "lucide-react";

import type { Schemas } from "@/api/schema";
import { Button } from "@/components/ui/button";

export type Pagination = Schemas["Pagination"];

/** Previous and next over 0-based pages; hidden while one page holds everything. */
export function Pager({ pagination, onPage }: { pagination: Pagination; onPage: (page: number) => void }) {
  const { page, per_page: size, total, pages } = pagination;
  if (pages <= 1) return null;
  return (
    <nav aria-label="Pages" className="flex items-center justify-between gap-3 text-[13px] text-fg-muted">
      <span className="tabular-nums">
        {page * size + 1}–{Math.min(total, (page + 1) * size)} of {total.toLocaleString("en")}
      </span>
      <div className="flex gap-2">
        <Button disabled={page === 0} onClick={() => onPage(page - 1)}>
          <ChevronLeft /> Previous
        </Button>
        <Button disabled={page + 1 >= pages} onClick={() => onPage(page + 1)}>
          Next <ChevronRight />
        </Button>
      </div>
    </nav>
  );
}
