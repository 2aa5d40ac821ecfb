import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Pencil, Plus, Tags, Trash2 } from "lucide-react";
import { useState } from "react";

import { DataTable, type Column } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { Page } from "@/components/page";
import { Results } from "@/components/results";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { IconButton } from "@/components/ui/icon-button";

import { categoryPageQuery, useDeleteCategory, type Category } from "./categories-queries";
import { text } from "./categories-text";
import { CategoryDialog } from "./category-dialog";

const columns = (onEdit: (category: Category) => void, onRemove: (category: Category) => void): readonly Column<Category>[] => [
  {
    key: "name",
    label: text.name,
    cell: ({ name, description }) => (
      <div className="min-w-0">
        <p className="truncate font-medium">{name}</p>
        {description && <p className="truncate text-xs text-fg-muted">{description}</p>}
      </div>
    ),
  },
  { key: "published", label: text.published, align: "right", className: "w-36", cell: (row) => row.marketplaceAssistantCount },
  { key: "others", label: text.others, align: "right", from: "sm", className: "w-28", cell: (row) => row.projectAssistantCount },
  {
    key: "changed",
    label: text.changed,
    align: "right",
    from: "md",
    className: "w-32 text-fg-muted",
    cell: ({ updatedAt, createdAt }) => <Time value={updatedAt ?? createdAt} />,
  },
  {
    key: "actions",
    label: text.actions,
    headless: true,
    align: "right",
    className: "w-24",
    cell: (category) => (
      <div className="flex justify-end gap-1">
        <IconButton label={text.editLabel(category.name)} onClick={() => onEdit(category)}>
          <Pencil />
        </IconButton>
        <IconButton label={text.remove(category.name)} onClick={() => onRemove(category)}>
          <Trash2 />
        </IconButton>
      </div>
    ),
  },
];

function Remove({ category, onClose }: { category: Category; onClose: () => void }) {
  const remove = useDeleteCategory();
  const used = category.marketplaceAssistantCount + category.projectAssistantCount;
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={text.removeTitle(category.name)}
      consequence={used > 0 ? text.removeUsed(used) : text.removeText}
      action={text.removeAction}
      busy={remove.isPending || used > 0}
      error={remove.error}
      onConfirm={() => remove.mutate(category.id, { onSuccess: onClose })}
    />
  );
}

/** Categories of assistants: everybody sees them, administrators look after them. */
export function CategoriesPage() {
  const search = useSearch({ from: "/app/administration/categories" });
  const navigate = useNavigate({ from: "/administration/categories" });
  const query = useQuery(categoryPageQuery(search));
  const [editing, setEditing] = useState<Category | "new">();
  const [removing, setRemoving] = useState<Category>();
  const create = (
    <Button look="primary" onClick={() => setEditing("new")}>
      <Plus /> {text.create}
    </Button>
  );
  return (
    <Page title={text.title} description={text.description} wide actions={create}>
      <Results
        query={query}
        loading={text.loading}
        failed={text.loadFailed}
        empty={<EmptyState icon={Tags} title={text.emptyTitle} text={text.emptyText} />}
        onPage={(page) => void navigate({ search: { page } })}
      >
        {(rows) => <DataTable label={text.title} rows={rows} columns={columns(setEditing, setRemoving)} rowKey={({ id }) => id} />}
      </Results>
      {editing && <CategoryDialog category={editing === "new" ? null : editing} onClose={() => setEditing(undefined)} />}
      {removing && <Remove category={removing} onClose={() => setRemoving(undefined)} />}
    </Page>
  );
}
