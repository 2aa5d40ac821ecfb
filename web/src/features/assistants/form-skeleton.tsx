import { useQuery } from "@tanstack/react-query";

import { Delayed } from "@/components/delayed";
import { modelsQuery } from "@/features/models/queries";

import { text } from "./text";

export function FormSkeleton() {
  return (
    <Delayed label={text.loading}>
      <div className="grid gap-6">
        <div className="skeleton h-28" />
        <div className="skeleton h-64" />
        <div className="skeleton h-28" />
      </div>
    </Delayed>
  );
}

export function useDefaultModelName() {
  const query = useQuery(modelsQuery);
  const model = query.data?.find((item) => item.default) ?? query.data?.[0];
  return { ready: !query.isPending, name: model?.base_name ?? "" };
}
