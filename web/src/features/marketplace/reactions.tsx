import { useQuery } from "@tanstack/react-query";
import { Star, ThumbsDown, ThumbsUp } from "lucide-react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { cn } from "@/lib/cn";

import { reactionsQuery, useFavorite, useReact, type Kind, type Reaction } from "./queries";
import { text } from "./text";

interface ThingProps {
  kind: Kind;
  id: string;
  name: string;
}

/** Likes and dislikes with their numbers; once more takes one's own back. */
export function Reactions({ kind, id, likes, dislikes }: Omit<ThingProps, "name"> & { likes: number; dislikes: number }) {
  const { data } = useQuery(reactionsQuery);
  const react = useReact(kind, id);
  const own = data?.get(id);
  const button = (reaction: Reaction, count: number, Icon: typeof ThumbsUp, label: string) => (
    <Button
      look="ghost"
      aria-pressed={own === reaction}
      aria-label={`${label}: ${count}`}
      disabled={react.isPending}
      onClick={() => react.mutate(reaction)}
      className={cn("tabular-nums", own === reaction && "bg-accent-soft text-accent-text hover:bg-accent-soft hover:text-accent-text")}
    >
      <Icon /> {count}
    </Button>
  );
  return (
    <div className="flex items-center gap-1">
      {button("like", likes, ThumbsUp, text.like)}
      {button("dislike", dislikes, ThumbsDown, text.dislike)}
    </div>
  );
}

export function FavoriteButton({ kind, id, name, className }: ThingProps & { className?: string }) {
  const { isFavorite, toggle, ready } = useFavorite(kind, id);
  return (
    <IconButton
      label={isFavorite ? text.unfavorite(name) : text.favorite(name)}
      aria-pressed={isFavorite}
      disabled={!ready}
      className={className}
      onClick={toggle}
    >
      <Star className={cn(isFavorite && "fill-current text-accent-text")} />
    </IconButton>
  );
}
