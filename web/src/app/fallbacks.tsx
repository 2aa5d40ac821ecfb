import { Link, useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { Compass } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";

import { text } from "./text";

export function NotFound() {
  return (
    <div className="grid min-h-full place-items-center">
      <title>{`${text.notFound} · CodeMie`}</title>
      <h1 className="sr-only">CodeMie</h1>
      <EmptyState icon={Compass} title={text.notFound} text={text.notFoundText}>
        <Button asChild look="primary">
          <Link to="/chat">{text.toChat}</Link>
        </Button>
      </EmptyState>
    </div>
  );
}

export function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <div className="mx-auto max-w-xl p-6">
      <ErrorNote title={text.crashed} error={error} onRetry={retry} />
    </div>
  );
}
